// What if on the Roadmap, without JavaScript and by its address alone; and why the outcome is behind or ahead.

import assert from "node:assert/strict";
import { test } from "node:test";
import { demo, stage, troubles } from "./harness.mjs";

const here = stage(demo);

/** A cell of the table before and after: "As planned" or "What if". */
const told = (page, row, column) =>
  page.getByRole("region", { name: "Before and after" }).getByRole("row", { name: row }).getByRole("cell").nth(column).innerText();

test("a what-if moves the answer, is an address, and saves nothing", async () => {
  const page = await here.page({ javaScriptEnabled: false });
  await page.goto(here.url("/roadmap"));
  await page.getByLabel("Team hours a week").fill("15");
  await page.getByLabel("Change a bet").selectOption("Identity co-sell");
  await page.getByRole("button", { name: "See what changes" }).click();
  await page.getByRole("columnheader", { name: "What if" }).waitFor();
  assert.match(page.url(), /hours=15/);
  const chance = /Chance of the target with the plan as written/;
  const share = async (column) => Number.parseInt(await told(page, chance, column), 10);
  assert.ok((await share(1)) < (await share(0)), "fewer hours, less of a chance");

  // The figures of the bet are open now; the hours are kept.
  await page.getByLabel("Hours of set-up").fill("900");
  await page.getByRole("button", { name: "See what changes" }).click();
  await page.waitForURL(/set_up.identity-co-sell=900/);
  assert.equal(await page.getByLabel("Team hours a week").inputValue(), "15");
  const shared = await told(page, /Outcome with the best plan/, 1);

  const other = await here.page();
  await other.goto(page.url());
  assert.equal(await told(other, /Outcome with the best plan/, 1), shared, "the address holds the what-if");
  assert.deepEqual(troubles(other), []);

  await page.getByLabel("Hours of set-up").fill("many");
  await page.getByRole("button", { name: "See what changes" }).click();
  assert.match(await page.title(), /^Error: /);
  await page.getByRole("alert").getByRole("link", { name: /“many” is not a number/ }).waitFor();
  assert.equal(await page.getByLabel("Hours of set-up").inputValue(), "many");

  await page.getByRole("link", { name: "Back to the plan" }).click();
  assert.equal(await page.getByLabel("Team hours a week").inputValue(), "55");
  assert.equal(await page.getByRole("columnheader", { name: "What if" }).count(), 0);
  assert.deepEqual(troubles(page), []);
});

test("the reason for a difference leads to its rows, and its parts add up", async () => {
  const page = await here.page();
  await page.goto(here.url("/"));
  await page.getByRole("link", { name: "Why behind or ahead?" }).click();
  await page.waitForURL(here.url("/miss"));
  await page.getByText(/stands USD .* (behind|ahead of) the plan/).waitFor();
  const amounts = await page.locator("table.waterfall tbody tr:not(.group)").evaluateAll((rows) =>
    rows.map((row) => Number(row.cells[1].textContent.replace("−", "-").replace(/[^\d-]/g, ""))),
  );
  const [planned, came] = [amounts.at(0), amounts.at(-1)];
  assert.equal(amounts.slice(1, -1).reduce((sum, part) => sum + part, planned), came);

  await page.getByRole("row", { name: /Reached “introduced”/ }).getByRole("link").click();
  await page.waitForURL(/\/evidence\/targets\?/);
  await page.goto(here.url("/miss"));
  await page.getByRole("row", { name: /Came by/ }).getByRole("link").click();
  await page.waitForURL(/\/evidence\?measure=outcome/);
  assert.deepEqual(troubles(page), []);
});
