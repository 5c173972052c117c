// The review of the worked example: nothing is carried on that nobody decided, and going against a gate is said aloud.

import assert from "node:assert/strict";
import { test } from "node:test";
import { demo, stage, troubles } from "./harness.mjs";

const here = stage(demo);

/** Fills and sends the form of one bet on the agenda. */
async function decide(page, bet, choice, reason) {
  const item = page.locator("section.meeting", { has: page.getByRole("heading", { name: bet }) });
  await item.getByLabel(choice).check();
  await item.getByLabel(/^Why/).fill(reason);
  await item.getByRole("button", { name: /the decision$/ }).click();
}

test("a review closes once every bet is decided, and its decisions are in the draft", async () => {
  const page = await here.page();
  await page.goto(here.url("/review"));
  await page.getByRole("button", { name: /Open the review/ }).click();
  await page.getByText("0 of 2 bets decided").waitFor();

  await page.getByRole("button", { name: "Close the review" }).click();
  const problem = page.getByRole("alert");
  await problem.waitFor();
  assert.match(await page.title(), /^Error: /);

  // The gate of this bet says scale.
  await decide(page, "HRIS co-sell", /Retire/, "Too slow for us");
  assert.match(await problem.innerText(), /40/);
  await decide(page, "HRIS co-sell", /Retire/, "The vendor bought a competitor of ours and ends the programme this quarter");
  await page.getByText("1 of 2 bets decided").waitFor();
  await decide(page, "Identity co-sell", /Park/, "Its prototype needs the engineer that HRIS has until spring");
  await page.getByText("2 of 2 bets decided").waitFor();

  await page.getByRole("button", { name: "Close the review" }).click();
  await page.waitForURL(here.url("/"));
  await page.getByRole("heading", { name: "The draft has changed since it was signed" }).waitFor();
  await page.goto(here.url("/strategy/written"));
  const draft = await page.getByLabel("The text").inputValue();
  const stateOf = (bet) => draft.match(new RegExp(`name = "${bet}"[^\\[]*?state = "(\\w+)"`))?.[1];
  assert.equal(stateOf("HRIS co-sell"), "retired");
  assert.equal(stateOf("Identity co-sell"), "parked");

  await page.goto(here.url("/bets/hris-co-sell"));
  await page.getByText("Against the gate", { exact: false }).first().waitFor();
  assert.deepEqual(troubles(page), []);
});
