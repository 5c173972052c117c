// The partnerships leader: whether a bet works in its fifth week, what is running, and what the last reviews decided.

import assert from "node:assert/strict";
import { test } from "node:test";
import { demo, stage, troubles } from "./harness.mjs";

const here = stage(demo);

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? "with JavaScript" : "without";

  test(`a bet in its fifth week is judged by what was known then, ${how}`, async () => {
    const page = await here.page({ javaScriptEnabled });
    await page.goto(here.url("/bets"));
    assert.match(await page.locator(".lede").innerText(), /^HRIS co-sell: Scale\. Identity co-sell: Too early/);
    await page.getByRole("link", { name: "HRIS co-sell", exact: true }).first().click();
    await page.getByText("Another day", { exact: true }).click();
    await page.getByLabel("As it was known on").fill("2026-06-12");
    await page.getByRole("button", { name: "Show that day" }).click();
    await page.waitForURL(here.url("/bets/hris-co-sell?as_of=2026-06-12"));
    await page.getByText(/by week 5 of 25, 0 of the 12 .* from 30 targets/).first().waitFor();
    const shown = await page.locator("main").innerText();
    for (const later of ["4 Nov 2026", "28 Jul 2026", "3 Aug 2026"]) assert.ok(!shown.includes(later), `${later} had not come`);
    assert.equal(await page.locator("main form[method=post]").count(), 0, "the past is read, not written");
    await page.getByRole("link", { name: "Back to now" }).click();
    await page.waitForURL(here.url("/bets/hris-co-sell"));
    await page.locator("#decisions + ol").getByText("Scaled").first().waitFor();
    assert.deepEqual(troubles(page), []);
  });

  test(`the ways to another day and back to now keep what a list was asked, ${how}`, async () => {
    const page = await here.page({ javaScriptEnabled });
    await page.goto(here.url("/targets?bet=hris-co-sell&status=open"));
    await page.getByText("Another day", { exact: true }).click();
    await page.getByLabel("As it was known on").fill("2026-09-07");
    await page.getByRole("button", { name: "Show that day" }).click();
    await page.waitForURL(here.url("/targets?bet=hris-co-sell&status=open&as_of=2026-09-07"));
    await page.getByRole("link", { name: "Back to now" }).click();
    await page.waitForURL(here.url("/targets?bet=hris-co-sell&status=open"));
    assert.deepEqual(troubles(page), []);
  });

  test(`past reviews say what they decided, and the roadmap what runs and what waits, ${how}`, async () => {
    const page = await here.page({ javaScriptEnabled });
    await page.goto(here.url("/review"));
    const past = page.locator("h2:has-text('Past reviews') + ul li");
    assert.match(await past.nth(0).innerText(), /^Review of 2026-Q3, closed on 4 Nov 2026: scale HRIS co-sell$/);
    assert.match(await past.nth(1).innerText(), /: continue HRIS co-sell$/);
    await past.nth(0).getByRole("link", { name: "HRIS co-sell" }).click();
    await page.waitForURL(here.url("/bets/hris-co-sell"));
    await page.goto(here.url("/roadmap"));
    assert.match(await page.locator(".lede").innerText(), /^HRIS co-sell and Identity co-sell run now; nothing waits for its start\. The team has the hours/);
    assert.deepEqual(troubles(page), []);
  });
}
