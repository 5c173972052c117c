// The partner manager's half hour: from sign-in to my named targets by next date, a step logged in two taps, and the
// number of the bet's funnel that it changed, down to who said it. With JavaScript and without.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SPONSOR, answerQuestions, makeThePage, setUp, signIn } from "./journey.mjs";
import { demo, looks, serve, stage } from "./harness.mjs";

const MANAGER = { name: "Tom Okafor", email: "tom@northwind.example", password: "ferry under teal oak" };
const OTHER = { name: "Kim Park", email: "kim@northwind.example", password: "orchard wind under oak" };
const BET = "HRIS integration co-sell";
const KEY = "hris-integration-co-sell";

/** A signed program whose bet runs, and a partner manager. */
async function running(here) {
  const owner = await here.page();
  await setUp(owner, here);
  await answerQuestions(owner);
  await makeThePage(owner, here);
  await owner.getByRole("button", { name: "Ask for a signature" }).click();
  for (const [person, role] of [[SPONSOR, "sponsor"], [MANAGER, "partner manager"], [OTHER, "partner manager"]]) {
    await here.command(["user", "add", person.email, "--name", person.name, "--role", role], `${person.password}\n`);
  }
  const sponsor = await here.page();
  await signIn(sponsor, here, SPONSOR);
  await sponsor.getByRole("button", { name: "Sign version 1" }).click();
  await sponsor.getByRole("status").waitFor();
  await owner.goto(here.url(`/bets/${KEY}`));
  await owner.getByRole("button", { name: "Start this bet" }).click();
  await owner.getByRole("status").waitFor();
}

/** Signs a partner manager in, who lands on the list of targets. */
async function enter(page, here, { email, password } = MANAGER) {
  await page.goto(here.url("/sign-in"));
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(here.url("/targets?owner=me"));
}

/** Names an account as a target of the bet. */
async function name(page, here, account) {
  await page.goto(here.url(`/targets/new?bet=${KEY}`));
  await page.getByLabel("Account").fill(account);
  await page.getByLabel("Next step").fill("Ask the partner for an introduction");
  await page.getByRole("button", { name: "Name it" }).click();
  await page.getByText(`${account} is a target of ${BET}.`).waitFor();
}

for (const javaScriptEnabled of [true, false]) {
  describe(`from sign-in to the funnel's number, ${javaScriptEnabled ? "with" : "without"} JavaScript`, () => {
    const here = stage(serve);

    test("my targets by next date, and one-line updates", async () => {
      await running(here);
      const page = await here.page({ javaScriptEnabled, viewport: { width: 320, height: 800 } });
      await enter(page, here);
      await page.getByRole("link", { name: "Name a target" }).waitFor();
      for (const account of ["Cobalt Labs", "Juniper Health"]) await name(page, here, account);
      await page.goto(here.url("/targets?owner=me"));
      await page.getByText("You have 2 open targets", { exact: false }).waitFor();

      // Two taps: the target, and what happened.
      await page.getByRole("link", { name: "Cobalt Labs", exact: true }).click();
      await page.getByRole("button", { name: "Log “introduced” today" }).click();
      await page.waitForURL("**/targets?owner=me");
      await page.getByText("“introduced” is logged for Cobalt Labs. 1 of 1 target has reached it now.").waitFor();

      // The funnel's number, its row, and who said so.
      await page.goto(here.url(`/bets/${KEY}`));
      const number = page.locator("#funnel ~ * a", { hasText: /^1/ }).first();
      await number.click();
      await page.waitForURL("**/evidence/targets?**");
      await page.goto(here.url(`/evidence/targets?bet=${KEY}&step=introduced&came_to=reached`));
      await page.getByRole("link", { name: `Step 3, said by ${MANAGER.name}` }).click();
      await page.waitForURL("**/targets/**");

      // Taken back, it counts no more.
      await page.getByRole("button", { name: /^Take it back.*Introduced/ }).click();
      await page.getByText("The step is taken back", { exact: false }).waitFor();
      await page.goto(here.url(`/evidence/targets?bet=${KEY}&step=introduced&came_to=reached`));
      await page.getByText("0 targets of", { exact: false }).waitFor();
    });

    test("several are edited once the counts are confirmed", async () => {
      const page = await here.page({ javaScriptEnabled });
      await enter(page, here);
      for (const box of await page.getByRole("checkbox").all()) await box.check();
      await page.getByRole("button", { name: "Edit the chosen" }).click();
      await page.getByLabel("Next step").fill("Call them");
      await page.getByRole("button", { name: "See what changes" }).click();
      await page.getByRole("heading", { name: "Change 2 targets?" }).waitFor();
      await page.getByRole("button", { name: "Change 2 targets" }).click();
      await page.getByText("2 targets were changed.").waitFor();
      assert.equal(await page.getByRole("cell", { name: "Call them" }).count(), 2);
    });

    test("what happened without a step is kept as a touch", async () => {
      const page = await here.page({ javaScriptEnabled, viewport: { width: 320, height: 800 } });
      await enter(page, here);
      await page.getByRole("link", { name: "Juniper Health", exact: true }).click();
      await page.getByText("Say more, or something else").click();
      await page.getByLabel("No step: what is said of it counts as a touch").check();
      await page.getByLabel("What is there to say of it?").fill("They ask for a reference");
      await page.getByLabel("What is next?").fill("Send the reference");
      await page.getByRole("button", { name: "Log it" }).click();
      await page.getByText("What there is of Juniper Health is saved.").waitFor();
      await page.getByRole("link", { name: "Juniper Health", exact: true }).click();
      await page.getByText("They ask for a reference").waitFor();
      await page.getByText("A touch", { exact: true }).waitFor();
    });

    test("what is somebody else's is read and not worked", async () => {
      const page = await here.page({ javaScriptEnabled });
      await enter(page, here, OTHER);
      await page.goto(here.url("/targets"));
      await page.getByRole("link", { name: "Juniper Health", exact: true }).waitFor();
      assert.equal(await page.getByRole("checkbox").count(), 0);
      await page.getByRole("link", { name: "Juniper Health", exact: true }).click();
      await page.getByText(`Owner ${MANAGER.name}`, { exact: false }).waitFor();
      assert.equal(await page.getByRole("button", { name: /^Log/ }).count(), 0);
    });

    test("what leads nowhere is lost, with the reason", async () => {
      const page = await here.page({ javaScriptEnabled });
      await enter(page, here);
      await page.getByRole("checkbox", { name: "Choose Juniper Health" }).check();
      await page.getByRole("button", { name: "Edit the chosen" }).click();
      await page.getByText("Or nothing comes of them: they are lost").click();
      await page.getByRole("button", { name: "See which are lost" }).click();
      await page.getByRole("link", { name: /^The reason is missing/ }).waitFor();
      await page.getByLabel("Why? It stands with each of them").fill("They were bought, and the buyer has a tool of its own");
      await page.getByRole("button", { name: "See which are lost" }).click();
      await page.getByRole("heading", { name: "Mark 1 target as lost?" }).waitFor();
      await page.getByText(`1 target of ${BET}`, { exact: false }).waitFor();
      await page.getByRole("button", { name: "Mark 1 target as lost" }).click();
      await page.getByText("1 target was marked as lost.").waitFor();
      await page.goto(here.url("/targets?status=lost"));
      await page.getByRole("link", { name: "Juniper Health", exact: true }).click();
      await page.getByText("They were bought, and the buyer has a tool of its own").waitFor();
    });
  });
}

describe("the pages of targets and partners of a program without facts", () => {
  const here = stage(serve);

  test("empty, and with a partner added by hand", async () => {
    await running(here);
    const page = await here.page();
    await enter(page, here);
    await looks(page, here.url("/targets"), "targets-empty");
    await looks(page, here.url("/partners"), "partners-empty");
    await page.goto(here.url("/partners/new"));
    await page.getByLabel("Name").fill("PeopleOak");
    await page.getByLabel("Partner type").selectOption("technology");
    await page.getByRole("button", { name: "Add it" }).click();
    await page.getByText("PeopleOak is added.").waitFor();
    await page.getByLabel("We agreed on a motion").check();
    await page.getByLabel("In words").fill("Two introductions a month");
    await page.getByRole("button", { name: "Save it" }).click();
    await page.getByText("Version 1, agreed on", { exact: false }).waitFor();
    await looks(page, page.url(), "partner-by-hand");
  });
});

describe("an earlier day of the worked example", () => {
  const here = stage(demo);

  for (const javaScriptEnabled of [true, false]) {
    test(`targets and partners as they were, with nothing to do, ${javaScriptEnabled ? "with" : "without"} JavaScript`, async () => {
      const page = await here.page({ javaScriptEnabled });
      await page.goto(here.url("/targets?as_of=2026-09-30"));
      await page.getByText("You are looking at 30 Sep 2026", { exact: false }).waitFor();
      assert.equal(await page.getByRole("checkbox").count(), 0);
      const [stuck] = (await page.getByRole("link", { name: /^Stuck/ }).textContent()).match(/\d+/);
      await page.getByRole("link", { name: /^Stuck/ }).click();
      await page.waitForURL("**as_of=2026-09-30**");
      assert.equal(await page.locator("tbody tr").count(), Number(stuck));
      await page.locator("tbody th a").first().click();
      await page.waitForURL("**/targets/**as_of=2026-09-30**");
      await page.getByText("You are looking at 30 Sep 2026", { exact: false }).waitFor();
      assert.equal(await page.locator("main form[method=post]").count(), 0);
      await page.locator(".lede a").last().click();
      await page.waitForURL("**/partners/**as_of=2026-09-30**");
      assert.equal(await page.locator("main form[method=post]").count(), 0);
      await page.getByRole("link", { name: "Targets", exact: true }).waitFor();
    });
  }
});
