// The CFO and the board: three numbers, each with its definition, n, range and day, each down to its rows; on one sheet.
// With JavaScript and without.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setUp, signIn } from "./journey.mjs";
import { demo, pdfPages, serve, stage, troubles } from "./harness.mjs";

const VIEWER = { name: "Lena Brandt", email: "lena@northwind.example", password: "copper meadow lantern" };
const NUMBERS = ["Sourced pipeline", "Change of cycle time", "Conversion against direct"];

const card = (page, name) => page.locator("section.card", { has: page.getByRole("heading", { name, exact: true }) });
const fact = (card, name) => card.locator("dl.facts > div", { hasText: new RegExp(`^${name}`) }).locator("dd");

describe("the board page of the worked example", () => {
  const here = stage(demo);

  for (const javaScriptEnabled of [true, false]) {
    test(`three numbers lead to their rows, ${javaScriptEnabled ? "with" : "without"} JavaScript`, async () => {
      const page = await here.page({ javaScriptEnabled });
      await page.goto(here.url("/"));
      await page.getByRole("link", { name: /^Board page/ }).click();
      await page.waitForURL(here.url("/board"));
      const board = page.url();
      for (const name of NUMBERS) {
        const number = card(page, name);
        for (const what of ["Counts", "Rests on", "Range"]) assert.notEqual(await fact(number, what).innerText(), "", `${name}: ${what}`);
        assert.match(await fact(number, "As of").innerText(), /^\d+ \w+ \d{4}$/, name);
        const n = Number.parseInt((await fact(number, "Rests on").innerText()).replaceAll("\u202f", ""), 10);
        await number.locator("p.lede a").click();
        await page.waitForURL(/\/evidence\?/);
        await page.getByText(new RegExp(`(^|\\D)${n} opportunit`)).first().waitFor();
        await page.goto(board);
      }
      // Accounts by name, at most five, each down to its opportunity.
      const accounts = card(page, NUMBERS[0]).locator("table tbody a");
      const named = await accounts.count();
      assert.ok(named >= 3 && named <= 5, `${named} accounts`);
      const account = await accounts.first().innerText();
      await accounts.first().click();
      await page.waitForURL(/\/evidence\/opportunities\//);
      await page.getByText(account).first().waitFor();

      await page.goto(board);
      // The drawing says its finding, and each row of it what is drawn.
      for (const name of NUMBERS) assert.notEqual(await card(page, name).locator("figure .finding").innerText(), "", name);
      assert.match(await card(page, NUMBERS[0]).locator("figure .finding").innerText(), /^The largest 5 of \d+ accounts bring \d+% of it$/);
      // Too few is said, and no number is made of it.
      assert.match(await card(page, NUMBERS[1]).locator("p.lede").innerText(), /too few to say/);
      await page.getByRole("link", { name: "Explain a miss" }).click();
      await page.waitForURL(here.url("/miss"));
      assert.deepEqual(troubles(page), []);
    });
  }

  test("it prints on one sheet, and the minutes lead to it", async () => {
    const page = await here.page();
    await page.goto(here.url("/reviews/2"));
    await page.getByRole("link", { name: "Board page" }).click();
    await page.waitForURL(here.url("/board"));
    assert.equal(await pdfPages(page), 1);
  });
});

describe("a viewer", () => {
  const here = stage(serve);

  test("signs in and reads the board page, which says that there is nothing yet", async () => {
    const owner = await here.page();
    await setUp(owner, here);
    await here.command(["user", "add", VIEWER.email, "--name", VIEWER.name, "--role", "viewer"], `${VIEWER.password}\n`);
    const viewer = await here.page();
    await signIn(viewer, here, VIEWER);
    await viewer.goto(here.url("/board"));
    await viewer.getByRole("heading", { name: "Partnerships in three numbers" }).waitFor();
    assert.equal(await viewer.locator("main form[method=post]").count(), 0, "a viewer reads");
    assert.deepEqual(troubles(viewer), []);
  });
});
