// The roadmap: a bet is moved to another cycle by a form; where that asks more of the team than it has it is refused, and
// done with a reason that is kept. With JavaScript and without.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { answerQuestions, makeThePage, setUp } from "./journey.mjs";
import { demo, serve, stage, troubles } from "./harness.mjs";

for (const javaScriptEnabled of [true, false]) {
  describe(`a bet that waits, ${javaScriptEnabled ? "with" : "without"} JavaScript`, () => {
    const here = stage(serve);

    test("is moved, is refused where it asks too much, and is moved with a reason that stays", async () => {
      const page = await here.page({ javaScriptEnabled });
      await setUp(page, here);
      await answerQuestions(page);
      await makeThePage(page, here);
      await page.goto(here.url("/strategy/written"));
      const written = page.getByLabel("The text");
      await written.fill((await written.inputValue()).replace(/hours_per_week = \d+/, "hours_per_week = 1"));
      await page.getByRole("button", { name: /Save/ }).click();
      await page.waitForURL(here.url("/"));

      await page.goto(here.url("/roadmap"));
      await page.getByRole("row", { name: /HRIS integration co-sell/ }).getByText("a signature").waitFor();
      const cycles = await page.getByLabel("To the cycle").locator("option").allInnerTexts();
      await page.getByLabel("To the cycle").selectOption(cycles[2]);
      await page.getByRole("button", { name: "Move it" }).click();
      await page.getByRole("alert").getByText(new RegExp(`${cycles[2]} then asks .* more than the team has`)).waitFor();
      assert.match(await page.title(), /^Error: /);
      assert.equal(await page.getByLabel("To the cycle").inputValue(), cycles[2], "what was chosen is kept");
      await page.getByLabel("Why", { exact: true }).fill("Two people join us in the month before");
      await page.getByRole("button", { name: "Move it" }).click();
      await page.getByRole("status").getByText(`It is moved to ${cycles[2]} in the draft`).waitFor();

      await page.goto(here.url("/bets/hris-integration-co-sell/decisions"));
      await page.getByText(new RegExp(`Moved to ${cycles[2]}, although .*: Two people join us in the month before`)).waitFor();
      assert.deepEqual(troubles(page), []);
    });
  });
}

describe("the roadmap of the worked example", () => {
  const here = stage(demo);

  test("has the columns Now, Next and Later with their days, and hours in words", async () => {
    const page = await here.page();
    await page.goto(here.url("/roadmap"));
    const columns = await page.locator("table.timeline thead th").allInnerTexts();
    assert.deepEqual(columns.slice(1).map((words) => words.split(":")[0]), ["Now", "Next", "Later"]);
    for (const words of columns.slice(1)) assert.match(words, /\d+ \w{3} to \d+ \w{3} \d{4}/);
    await page.getByText(/^\d+ of \d+ person-weeks/).first().waitFor();
    await page.getByRole("region", { name: "The queue" }).getByText("the co-sell bet passes its gate", { exact: false }).waitFor();
    assert.deepEqual(troubles(page), []);
  });

  test("an address of a bet with a number before it leads to the bet, and its parts have pages", async () => {
    const page = await here.page();
    await page.goto(here.url("/bets/12-HRIS-co-sell"));
    await page.waitForURL(here.url("/bets/hris-co-sell"));
    await page.getByRole("link", { name: "Add evidence" }).click();
    await page.getByLabel("What did you see?").fill("Two vendors asked for a joint price list");
    await page.getByRole("button", { name: "Add it" }).click();
    await page.getByRole("status").waitFor();
    await page.goto(here.url("/bets/hris-co-sell/evidence"));
    await page.getByText("Two vendors asked for a joint price list").waitFor();
    await page.getByRole("row", { name: /reached “opportunity” so far/ }).getByRole("link", { name: "Facts" }).click();
    await page.waitForURL(/\/evidence\/targets/);
    assert.deepEqual(troubles(page), []);
  });
});
