// A mapping session: from the matrix to the review by keys, back again, and from a cell to targets of a bet.

import assert from "node:assert/strict";
import { test } from "node:test";
import { demo, looks, stage, troubles } from "./harness.mjs";

const here = stage(demo);
const PARTNER = "/mapping/P-02";

/** How many pairs are decided, and how many there are. */
async function progress(page) {
  const words = await page.locator("p.lede").innerText();
  const [, decided, all] = words.match(/(\d+) of (\d+) pairs/);
  return { decided: Number(decided), all: Number(all) };
}

const names = (page) => page.getByRole("row", { name: /^Name/ }).innerText();

test("pairs are decided by single keys, taken back, and skipped", async () => {
  const page = await here.page();
  await page.goto(here.url("/data"));
  await page.getByRole("link", { name: "Accounts in common with partners" }).click();
  await page.getByRole("link", { name: "PeopleOak" }).click();
  await page.getByRole("link", { name: /^Review \d+ pairs$/ }).click();
  const [first, before] = [await names(page), await progress(page)];
  assert.equal(before.decided, 0);

  await page.keyboard.press("s");
  await page.getByRole("status").getByText("You said: the same company.").waitFor();
  assert.notEqual(await names(page), first);
  const second = await names(page);
  await page.keyboard.press("d");
  await page.getByRole("status").getByText("You said: different companies.").waitFor();
  assert.equal((await progress(page)).decided, 2);

  await page.keyboard.press("z");
  await page.getByRole("status").getByText("It is taken back; this pair waits again.").waitFor();
  assert.equal(await names(page), second);
  assert.equal((await progress(page)).decided, 1);
  await page.goto(here.url(`${PARTNER}/review`));
  assert.equal(await names(page), second);
  await page.keyboard.press("k");
  await page.waitForURL(/at=1$/);
  assert.notEqual(await names(page), second);

  await page.getByRole("button", { name: "Switch keys off" }).click();
  await page.getByRole("button", { name: "Switch keys on" }).waitFor();
  await page.keyboard.press("s");
  assert.equal((await progress(page)).decided, 1);
  assert.deepEqual(troubles(page), []);
});

test("the review needs no JavaScript, and a pair that shares records is decided with its group", async () => {
  const page = await here.page({ javaScriptEnabled: false });
  await page.goto(here.url(`${PARTNER}/review`));
  const before = await names(page);
  await page.getByRole("button", { name: "Not sure" }).click();
  await page.getByRole("status").getByText("You said: not sure.").waitFor();
  assert.notEqual(await names(page), before);
  assert.deepEqual(troubles(page), []);
});

test("every number of the matrix leads to as many companies as it says", async () => {
  const page = await here.page();
  await page.goto(here.url(PARTNER));
  const links = page.getByRole("region", { name: "The matrix" }).getByRole("link", { name: /compan(y|ies)$/ });
  for (let at = 0; at < (await links.count()); at++) {
    const said = (await links.nth(at).innerText()).match(/[\d\u202f]+ compan(y|ies)/)[0];
    await links.nth(at).click();
    await page.getByText(`${said}:`).waitFor();
    await page.goBack();
  }
  assert.deepEqual(troubles(page), []);
});

test("accounts of a cell become targets of a bet", async () => {
  const page = await here.page();
  await page.goto(here.url(`${PARTNER}/rows?ours=open+opportunity&theirs=customer`));
  const choose = page.getByRole("checkbox");
  const chosen = [await choose.nth(0).getAttribute("aria-label"), await choose.nth(1).getAttribute("aria-label")];
  await choose.nth(0).check();
  await choose.nth(1).check();
  await page.getByRole("button", { name: "Name the chosen accounts as targets" }).click();
  await looks(page, page.url(), "mapping-targets");
  await page.getByLabel("The bet").selectOption("Identity co-sell");
  await page.getByLabel("Next step").first().fill("");
  await page.getByRole("button", { name: "Name them as targets" }).click();
  assert.match(await page.title(), /^Error: /);
  assert.equal(await page.getByLabel("The bet").inputValue(), "identity-co-sell", "what was typed is kept");
  await page.getByLabel("Next step").first().fill("Ask Sanne who decides there");
  await page.getByRole("button", { name: "Name them as targets" }).click();
  await page.waitForURL(/bets\/identity-co-sell/);
  await page.getByRole("status").getByText("2 targets were named.").waitFor();
  await page.goto(here.url("/targets?bet=identity-co-sell"));
  for (const name of chosen) await page.getByRole("link", { name: name.replace("Choose ", "") }).first().waitFor();
  await page.getByText("Ask Sanne who decides there").first().waitFor();
  await looks(page, here.url("/bets/identity-co-sell"), "bet-targets");
});
