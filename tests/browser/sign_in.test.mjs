// Getting in: a second factor from its drawing to its recovery codes, demanded of everybody, a lost phone, a forgotten
// password; with and without JavaScript.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, test } from "node:test";
import { OWNER, setUp } from "./journey.mjs";
import { looks, serve, stage, troubles } from "./harness.mjs";

const LENA = { name: "Lena Fischer", email: "lena@northwind.example", password: "amber kiln by noon" };
const OTHER = "orchard staple wind";
const STEP_MS = 30_000;

/** What an authenticator app makes of a secret (RFC 6238). */
function code(secret, at = Date.now()) {
  const bits = [...secret].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(at / STEP_MS)));
  const hash = createHmac("sha1", key).update(step).digest();
  const number = hash.readUInt32BE(hash.at(-1) & 0xf) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

/** The secret that a page shows, as its link has it. */
async function secretOn(page) {
  const link = await page.getByRole("link", { name: "open it on this device" }).getAttribute("href");
  const secret = new URL(link).searchParams.get("secret");
  const shown = await page.locator("dd code").innerText();
  assert.equal(shown.replaceAll(" ", ""), secret, "text and link are one secret");
  return secret;
}

async function give(page, here, { email, password }) {
  await page.goto(here.url("/sign-in?back=%2Faccount"));
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

const codesOn = (page) => page.getByRole("list", { name: "Recovery codes" }).locator("code").allInnerTexts();

for (const javaScriptEnabled of [true, false]) {
  describe(`with JavaScript ${javaScriptEnabled ? "on" : "off"}`, () => {
    const here = stage(serve);
    const look = async (page, name) => javaScriptEnabled && looks(page, page.url(), name);
    let owner;
    let secret;
    let recovery;

    test("an owner sets up a second factor by what their app shows", async () => {
      owner = await here.page({ javaScriptEnabled });
      await setUp(owner, here);
      await owner.goto(here.url("/settings/sign-in"));
      await owner.getByText("0 of 1 person has one").waitFor();
      await owner.getByLabel("Everybody needs one").check();
      await owner.getByRole("button", { name: "Save" }).click();
      await owner.getByText("You have no second factor yourself").first().waitFor();
      await owner.goto(here.url("/account"));
      await owner.getByRole("link", { name: "Set up a second factor" }).click();
      await look(owner, "factor-none");
      await owner.getByLabel("Your password").fill(OWNER.password);
      await owner.getByRole("button", { name: "Set it up" }).click();
      await owner.getByRole("img", { name: /QR drawing/ }).waitFor();
      await look(owner, "factor-offered");
      secret = await secretOn(owner);
      await owner.getByLabel("The code that your app shows").fill("000000");
      await owner.getByRole("button", { name: "Switch it on" }).click();
      assert.match(await owner.title(), /^Error: /);
      await owner.getByLabel("The code that your app shows").fill(code(secret));
      await owner.getByRole("button", { name: "Switch it on" }).click();
      await owner.getByRole("heading", { name: "Your recovery codes" }).waitFor();
      recovery = await codesOn(owner);
      assert.equal(new Set(recovery).size, 10);
      await owner.getByRole("link", { name: "I have kept them" }).click();
      await owner.getByText("10 recovery codes are left").waitFor();
      await owner.getByRole("link", { name: "Recovery codes, or switch it off" }).click();
      await look(owner, "factor-on");
    });

    test("the code is asked on a page of its own, and each works once", async () => {
      const page = await here.page({ javaScriptEnabled });
      await give(page, here, OWNER);
      await page.getByRole("heading", { name: "Your code" }).waitFor();
      await look(page, "sign-in-code");
      const field = page.getByLabel("The code that your app shows");
      assert.equal(await field.getAttribute("autocomplete"), "one-time-code");
      await page.goto(here.url("/account"));
      assert.match(page.url(), /\/sign-in\?/, "a password alone is not in");
      await page.goto(here.url("/sign-in/code?back=%2Faccount"));
      await field.fill(code(secret, Date.now() + STEP_MS));
      await page.getByRole("button", { name: "Go on" }).click();
      await page.waitForURL(here.url("/account"));

      await give(page, here, OWNER);
      await page.getByLabel("The code that your app shows").fill(code(secret, Date.now() + STEP_MS));
      await page.getByRole("button", { name: "Go on" }).click();
      await page.getByText("was used before").first().waitFor();
      await page.getByRole("link", { name: /use a recovery code/ }).click();
      await look(page, "sign-in-recovery");
      await page.getByLabel("A recovery code").fill(recovery[0]);
      await page.getByRole("button", { name: "Go on" }).click();
      await page.waitForURL(here.url("/account"));
      await page.getByText("9 recovery codes are left").waitFor();
      assert.deepEqual(troubles(page), []);
    });

    test("demanded, everybody sets one up on the way in", async () => {
      await here.command(["user", "add", LENA.email, "--name", LENA.name, "--role", "viewer"], LENA.password);
      await owner.goto(here.url("/settings/sign-in"));
      await owner.getByLabel("Everybody needs one").check();
      await owner.getByRole("button", { name: "Save" }).click();
      await owner.getByRole("status").filter({ hasText: "Everybody needs" }).waitFor();
      await look(owner, "settings-sign-in");
      const lena = await here.page({ javaScriptEnabled });
      await give(lena, here, LENA);
      await lena.getByRole("heading", { name: "Set up a second factor" }).waitFor();
      await look(lena, "sign-in-set-up");
      await lena.getByLabel("The code that your app shows").fill(code(await secretOn(lena)));
      await lena.getByRole("button", { name: "Switch it on" }).click();
      assert.equal((await codesOn(lena)).length, 10);
      await lena.getByRole("link", { name: "I have kept them" }).click();
      await lena.waitForURL(here.url("/account"));
      assert.deepEqual(troubles(lena), []);
    });

    test("an owner helps who lost a phone and a password, and the command line helps an owner", async () => {
      await owner.goto(here.url("/settings/people"));
      const row = owner.getByRole("row", { name: new RegExp(LENA.name) });
      assert.match(await row.innerText(), /Has one/);
      await row.getByRole("link", { name: LENA.name }).click();
      await look(owner, "person-factor");
      await owner.getByRole("button", { name: "Take the second factor off" }).click();
      await owner.getByRole("status").filter({ hasText: "taken off" }).waitFor();
      await owner.getByRole("button", { name: "Make a reset link" }).click();
      const link = await owner.getByLabel("The link").inputValue();
      const lena = await here.page({ javaScriptEnabled });
      await lena.goto(link);
      await look(lena, "reset");
      await lena.getByLabel("A new password").fill("short");
      await lena.getByRole("button", { name: "Set the password" }).click();
      assert.match(await lena.title(), /^Error: /);
      await lena.getByLabel("A new password").fill(OTHER);
      await lena.getByRole("button", { name: "Set the password" }).click();
      await lena.getByRole("status").filter({ hasText: "Sign in with it" }).waitFor();
      await give(lena, here, { ...LENA, password: OTHER });
      await lena.getByRole("heading", { name: "Set up a second factor" }).waitFor();
      const gone = await lena.goto(link);
      assert.equal(gone.status(), 404, "a link works once");

      await here.command(["user", "take-off-second-factor", OWNER.email]);
      const said = JSON.parse(await here.command(["user", "reset-link", OWNER.email, "--at", here.url("/"), "--json"]));
      await owner.goto(said.link);
      await owner.getByLabel("A new password").fill(OTHER);
      await owner.getByRole("button", { name: "Set the password" }).click();
      await owner.waitForURL("**/sign-in");
      await give(owner, here, { ...OWNER, password: OTHER });
      await owner.getByRole("heading", { name: "Set up a second factor" }).waitFor();
      assert.deepEqual([...troubles(owner), ...troubles(lena)], []);
    });
  });
}
