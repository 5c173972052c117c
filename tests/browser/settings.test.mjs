// The owner's administration, from an invite to a role that limits, a password, a backup and the log; with and without
// JavaScript.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { OWNER, setUp } from "./journey.mjs";
import { looks, serve, stage, troubles } from "./harness.mjs";

const LENA = { name: "Lena Fischer", email: "lena@northwind.example", password: "amber kiln by noon" };
const OTHER = "orchard staple wind";

for (const javaScriptEnabled of [true, false]) {
  describe(`with JavaScript ${javaScriptEnabled ? "on" : "off"}`, () => {
    const here = stage(serve);
    let owner;
    let lena;

    test("an owner invites somebody by a link that is shown once", async () => {
      owner = await here.page({ javaScriptEnabled });
      await setUp(owner, here);
      await owner.goto(here.url("/settings"));
      await owner.getByText("There is no backup yet").waitFor();
      await owner.getByRole("link", { name: "Invite someone" }).click();
      await owner.getByRole("button", { name: "Make the link" }).click();
      assert.match(await owner.title(), /^Error: /);
      await owner.getByLabel("Their name").fill(LENA.name);
      await owner.getByLabel("Their e-mail").fill(LENA.email);
      await owner.getByLabel(/^data/).check();
      await owner.getByRole("button", { name: "Make the link" }).click();
      const link = await owner.getByLabel("The link").inputValue();
      await owner.getByRole("link", { name: "Done" }).click();
      const row = owner.getByRole("row", { name: /Lena/ });
      assert.match(await row.innerText(), /Open/);

      lena = await here.page({ javaScriptEnabled });
      if (javaScriptEnabled) await looks(lena, link, "join");
      await lena.goto(link);
      await lena.getByText("Your role will be data").waitFor();
      await lena.getByLabel("Password").fill(LENA.password);
      await lena.getByRole("button", { name: "Make the account" }).click();
      await lena.waitForURL(here.url("/data"));
      await owner.reload();
      assert.match(await owner.getByRole("row", { name: /Lena/ }).innerText(), /Used/);
    });

    test("their role limits them, and the page says who may", async () => {
      await lena.goto(here.url("/settings/invites"));
      await lena.getByRole("heading", { name: "This is not yours to do" }).waitFor();
      await lena.getByText(`Here that is ${OWNER.name} (owner)`).waitFor();
      await lena.goto(here.url("/bets/new"));
      await lena.getByRole("heading", { name: "This is not yours to do" }).waitFor();
      await lena.goto(here.url("/settings"));
      assert.equal(await lena.getByRole("link", { name: "Audit log" }).count(), 0);
    });

    test("a password is changed, and the other browser has to sign in again", async () => {
      const second = await here.page({ javaScriptEnabled });
      await second.goto(here.url("/sign-in"));
      await second.getByLabel("E-mail").fill(LENA.email);
      await second.getByLabel("Password").fill(LENA.password);
      await second.getByRole("button", { name: "Sign in" }).click();
      await second.waitForURL(here.url("/data"));
      await lena.goto(here.url("/account"));
      assert.equal(await lena.getByRole("region", { name: "Your sessions" }).locator("tbody tr").count(), 2);
      await lena.getByLabel("The password you have").fill("not this one at all");
      await lena.getByLabel("A new password").fill(OTHER);
      await lena.getByRole("button", { name: "Change the password" }).click();
      await lena.getByText("This is not your password").first().waitFor();
      await lena.getByLabel("The password you have").fill(LENA.password);
      await lena.getByLabel("A new password").fill(OTHER);
      await lena.getByRole("button", { name: "Change the password" }).click();
      await lena.getByRole("status").filter({ hasText: "changed" }).waitFor();
      await second.goto(here.url("/account"));
      assert.match(second.url(), /\/sign-in/);
    });

    test("a role is changed, access ends and is given again", async () => {
      await owner.goto(here.url("/settings/people"));
      await owner.getByRole("link", { name: LENA.name }).click();
      await owner.getByLabel(/^viewer/).check();
      await owner.getByRole("button", { name: "Save the role" }).click();
      await owner.getByRole("status").filter({ hasText: "viewer" }).waitFor();
      await lena.goto(here.url("/data"));
      assert.equal(await lena.getByLabel("Choose files").count(), 0);
      await owner.getByRole("link", { name: "End access" }).click();
      if (javaScriptEnabled) await looks(owner, owner.url(), "person-end");
      await owner.getByRole("button", { name: "End access" }).click();
      await lena.goto(here.url("/data"));
      assert.match(lena.url(), /\/sign-in/);
      await owner.getByRole("link", { name: LENA.name }).click();
      if (javaScriptEnabled) await looks(owner, owner.url(), "person");
      await owner.getByRole("button", { name: "Give access again" }).click();
      await owner.getByRole("status").filter({ hasText: "again" }).waitFor();
      await owner.goto(here.url("/settings/people"));
      await owner.getByRole("region", { name: "People" }).getByRole("link", { name: OWNER.name }).click();
      await owner.getByRole("link", { name: "End access" }).click();
      await owner.getByRole("button", { name: "End access" }).click();
      await owner.getByText("nobody with the role owner would be left").waitFor();
    });

    test("a backup is made and taken out, and the log says who did what", async () => {
      await owner.goto(here.url("/settings/backups"));
      await owner.getByRole("button", { name: "Make a backup now" }).click();
      await owner.getByRole("status").filter({ hasText: "read back" }).waitFor();
      const [download] = await Promise.all([
        owner.waitForEvent("download"),
        owner.getByRole("link", { name: /^beachhead-.*\.tar\.zst$/ }).click(),
      ]);
      assert.match(download.suggestedFilename(), /^beachhead-.*\.tar\.zst$/);
      const said = await here.command(["backup", "verify", await download.path()]);
      assert.match(said, /can be restored/);

      await owner.goto(here.url("/settings/audit"));
      await owner.getByText("The chain holds").waitFor();
      await owner.getByLabel("What").selectOption("end access");
      await owner.getByRole("button", { name: "Show" }).click();
      const rows = owner.getByRole("region", { name: "Audit log" }).locator("tbody tr");
      assert.equal(await rows.count(), 1);
      assert.match(await rows.innerText(), new RegExp(`${OWNER.name}.*end access.*${LENA.name}`, "s"));
      assert.deepEqual([...troubles(owner), ...troubles(lena)], []);
    });
  });
}
