// What people print: the one page is one page, whatever it was made from.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { answerQuestions, makeThePage, setUp } from "./journey.mjs";
import { demo, pdfPages, serve, stage } from "./harness.mjs";

const MOST_OF_A_BET = 2;
const BETS_ON_A_SHEET = 4;

describe("the worked example on paper", () => {
  const here = stage(demo);
  const sheets = async (page, address) => {
    await page.goto(here.url(address));
    return pdfPages(page);
  };

  test("the strategy is one sheet", async () => {
    assert.equal(await sheets(await here.page(), "/"), 1);
  });

  test("a bet is two sheets at most", async () => {
    const page = await here.page();
    for (const bet of ["hris-co-sell", "identity-co-sell"]) {
      const count = await sheets(page, `/bets/${bet}`);
      assert.ok(count <= MOST_OF_A_BET, `${bet} prints on ${count} sheets`);
    }
  });

  test("the pre-read has a sheet for every four bets at most", async () => {
    const page = await here.page();
    await page.goto(here.url("/review"));
    await page.getByRole("button", { name: /Open the review/ }).click();
    await page.getByRole("link", { name: /Pre-read/ }).click();
    await page.waitForURL("**/pre-read");
    const bets = await page.locator(".pre-read .bet").count();
    assert.ok(bets > 0);
    const count = await pdfPages(page);
    assert.ok(count <= Math.ceil(bets / BETS_ON_A_SHEET), `${bets} bets print on ${count} sheets`);
  });
});

describe("a strategy from the five questions on paper", () => {
  const here = stage(serve);

  test("it is one sheet", async () => {
    const page = await here.page();
    await setUp(page, here);
    await answerQuestions(page);
    await makeThePage(page, here);
    assert.equal(await pdfPages(page), 1);
  });
});
