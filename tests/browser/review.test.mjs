// The partnerships leader's review: does the bet work in week 5, what was promised, what do we decide, and what follows.
// With JavaScript and without.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SPONSOR, answerQuestions, makeThePage, setUp, signIn } from "./journey.mjs";
import { demo, pdfPages, serve, stage, troubles } from "./harness.mjs";

const WEEK = 7 * 24 * 3600 * 1000;
const TARGETS = 48;
const ago = (weeks) => new Date(Date.now() - weeks * WEEK).toISOString().slice(0, 10);

/** Progress of a bet's weeks up to today, the fifth: eight targets a week, half of the early ones introduced, a few opportunities. */
function fiveWeeks(bet) {
  const rows = ["bet,account_id,step,on"];
  for (let at = 0; at < TARGETS; at += 1) {
    const week = 5 - Math.floor(at / 8);
    rows.push(`${bet},a${at},targeted,${ago(week)}`);
    if (at % 2 === 0 && week > 2) rows.push(`${bet},a${at},introduced,${ago(week - 1)}`);
    if (at % 4 === 0 && week > 3) rows.push(`${bet},a${at},met,${ago(week - 2)}`);
  }
  return rows.join("\n") + "\n";
}

/** Decides the bet of the screen that is open. */
async function decide(page, choice, reason) {
  await page.getByLabel(choice).check();
  await page.getByLabel(/^Why/).fill(reason);
  await page.getByRole("button", { name: /the decision$/ }).click();
}

for (const javaScriptEnabled of [true, false]) {
  describe(`from sign-in to the minutes, ${javaScriptEnabled ? "with" : "without"} JavaScript`, () => {
    const here = stage(serve);

    test("the leader knows in week 5 whether it works, and runs the review", async () => {
      const owner = await here.page({ javaScriptEnabled });
      await setUp(owner, here);
      await answerQuestions(owner);
      await makeThePage(owner, here);
      await owner.getByRole("button", { name: "Ask for a signature" }).click();
      const { name, email, password } = SPONSOR;
      await here.command(["user", "add", email, "--name", name, "--role", "sponsor"], `${password}\n`);
      const sponsor = await here.page({ javaScriptEnabled });
      await signIn(sponsor, here, SPONSOR);
      await sponsor.getByRole("button", { name: "Sign version 1" }).click();
      await sponsor.getByRole("status").waitFor();
      const bet = here.url("/bets/hris-integration-co-sell");
      await owner.goto(bet);
      await owner.getByRole("button", { name: "Start this bet" }).click();
      await owner.getByRole("status").waitFor();

      await owner.goto(here.url("/data"));
      const file = { name: "progress.csv", mimeType: "text/csv", buffer: Buffer.from(fiveWeeks("HRIS integration co-sell")) };
      await owner.getByLabel("Choose files").setInputFiles(file);
      await owner.getByRole("button", { name: "Look at the files" }).click();
      await owner.waitForURL("**/data/import/*");
      await owner.getByRole("button", { name: /^Import/ }).click();
      await owner.waitForURL((url) => !url.pathname.includes("/data/import/"));
      for (let tries = 0; tries < 40 && owner.url().includes("/jobs/"); tries += 1) {
        await owner.waitForTimeout(250);
        await owner.goto(owner.url());
      }
      await owner.goto(bet);
      assert.match(await owner.locator("#gate + p").innerText(), /Too early|Continue|Scale|Retire/);
      await owner.getByText(/by week 5 of/).first().waitFor();

      await owner.goto(here.url("/review"));
      await owner.getByRole("button", { name: /^Open the review/ }).click();
      await owner.getByRole("link", { name: "Start the meeting" }).click();
      await owner.waitForURL("**/reviews/1/1");
      await owner.getByText("0 of 1 decided").waitFor();
      const timer = await owner.locator("[data-timer]").textContent();
      assert.equal(javaScriptEnabled ? /^On this screen \d+:\d\d$/.test(timer) : timer === "", true, timer);
      await owner.getByText("Promise something").click();
      await owner.getByLabel("What", { exact: true }).fill("Ten named buyers");
      await owner.getByLabel("Who", { exact: true }).fill("Tom Okafor");
      await owner.getByRole("button", { name: "Promise it" }).click();
      await owner.getByText(/^Ten named buyers \(Tom Okafor/).waitFor();
      await decide(owner, /Continue to/, "Introductions come, and it is too young to tell");
      await owner.waitForURL("**/reviews/1/close");
      await owner.getByLabel(/^Minutes/).fill("Sales was in the room");
      await owner.getByLabel(/^The next ask/).fill("A solutions engineer for a day a week");
      await owner.getByRole("button", { name: "Close the review" }).click();

      await owner.waitForURL("**/reviews/1");
      await owner.getByText("Introductions come, and it is too young to tell").waitFor();
      await owner.getByText("A solutions engineer for a day a week").waitFor();
      await owner.getByText("Ten named buyers (Tom Okafor", { exact: false }).waitFor();
      if (javaScriptEnabled) assert.equal(await pdfPages(owner), 1);
      await owner.getByRole("button", { name: "Ask for a signature" }).click();
      await owner.getByRole("heading", { name: "Version 2 waits for a signature" }).waitFor();
      assert.deepEqual([...troubles(owner), ...troubles(sponsor)], []);
    });
  });
}

describe("the meeting of the worked example", () => {
  const here = stage(demo);

  test("keys choose, record and go on; what was promised comes first", async () => {
    const page = await here.page();
    await page.goto(here.url("/review"));
    await page.getByRole("button", { name: /Open the review/ }).click();
    await page.getByText("0 of 2 bets decided").waitFor();
    await page.getByRole("link", { name: "Start the meeting" }).click();
    await page.waitForURL("**/reviews/3/commitments");
    await page.getByRole("button", { name: /^Not kept.*Keyring/ }).click();
    await page.getByText("1 of 2 commitments answered for").waitFor();

    await page.keyboard.press("ArrowRight");
    await page.waitForURL("**/reviews/3/1");
    await page.keyboard.press("4");
    assert.ok(await page.getByLabel(/Retire –/).isChecked());
    await page.keyboard.press("Enter");
    await page.getByRole("alert").waitFor();
    assert.match(await page.title(), /^Error: /);
    // A digit that is typed into the reason is a digit.
    await page.getByLabel(/^Why/).fill("");
    await page.getByLabel(/^Why/).press("1");
    assert.ok(await page.getByLabel(/Retire –/).isChecked());

    await page.getByRole("button", { name: "Switch keys off" }).click();
    await page.getByRole("button", { name: "Switch keys on" }).waitFor();
    await page.keyboard.press("1");
    assert.ok(!(await page.getByLabel(/Scale –/).isChecked()));
    await page.getByRole("button", { name: "Switch keys on" }).click();
    await page.getByRole("button", { name: "Switch keys off" }).waitFor();
    assert.deepEqual(troubles(page), []);
  });

  test("of two people who decide one bet at once, the second sees both texts", async () => {
    const [first, second] = [await here.page(), await here.page({ javaScriptEnabled: false })];
    for (const page of [first, second]) await page.goto(here.url("/reviews/3/2"));
    await decide(first, /Continue to/, "It has only begun");
    await first.getByText("1 of 2 decided").first().waitFor();
    await decide(second, /Park –/, "The engineer is needed elsewhere until spring");
    const theirs = second.locator("section", { has: second.getByRole("heading", { name: "Recorded meanwhile" }) });
    const yours = second.locator("section", { has: second.getByRole("heading", { name: "Yours, not recorded" }) });
    assert.match(await theirs.innerText(), /Continue, by Ines Marchetti\s+It has only begun/);
    assert.match(await yours.innerText(), /Park\s+The engineer is needed elsewhere until spring/);
    await second.getByRole("button", { name: "Change the decision" }).click();
    await second.getByRole("status").getByText("Identity co-sell: Park. 1 of 2 bets decided.").waitFor();
    assert.deepEqual([...troubles(first), ...troubles(second)], []);
  });

  test("it closes only once every bet is decided, going against a gate is said aloud, and the draft follows", async () => {
    const page = await here.page();
    await page.goto(here.url("/reviews/3/close"));
    await page.getByText("HRIS co-sell is not decided").waitFor();
    await page.getByRole("button", { name: "Close the review" }).click();
    await page.getByRole("alert").getByText(/HRIS co-sell/).waitFor();

    await page.goto(here.url("/reviews/3/1"));
    // The gate of this bet says scale.
    await decide(page, /Retire –/, "Too slow for us");
    assert.match(await page.getByRole("alert").innerText(), /40/);
    await decide(page, /Retire –/, "The vendor bought a competitor of ours and ends the programme this quarter");
    await page.waitForURL("**/reviews/3/close");
    await page.getByRole("button", { name: "Close the review" }).click();
    await page.waitForURL("**/reviews/3");
    await page.getByText("Against the gate", { exact: false }).first().waitFor();
    await page.getByText("Bet HRIS co-sell", { exact: false }).first().waitFor();

    await page.goto(here.url("/strategy/written"));
    const draft = await page.getByLabel("The text").inputValue();
    const stateOf = (bet) => draft.match(new RegExp(`name = "${bet}"[^\\[]*?state = "(\\w+)"`))?.[1];
    assert.equal(stateOf("HRIS co-sell"), "retired");
    assert.equal(stateOf("Identity co-sell"), "parked");
    await page.goto(here.url("/bets/hris-co-sell"));
    await page.getByText("Against the gate", { exact: false }).first().waitFor();
    const answer = await page.request.get(here.url("/review.ics"));
    assert.match(await answer.text(), /BEGIN:VEVENT[\s\S]*DTSTART;VALUE=DATE:\d{8}/);
    assert.deepEqual(troubles(page), []);
  });
});

describe("a review that nobody finishes", () => {
  const here = stage(demo);

  test("parks the undecided, and says so in the minutes", async () => {
    const page = await here.page({ javaScriptEnabled: false });
    await page.goto(here.url("/review"));
    await page.getByRole("button", { name: /Open the review/ }).click();
    await page.goto(here.url("/reviews/3/1"));
    await decide(page, /Scale –/, "It goes on as it is");
    await page.goto(here.url("/reviews/3/close"));
    await page.getByRole("button", { name: "Park the undecided (1) and close" }).click();
    await page.waitForURL("**/reviews/3");
    await page.getByText("No decision by the close of the review: it is parked, not carried on").waitFor();
    assert.deepEqual(troubles(page), []);
  });
});
