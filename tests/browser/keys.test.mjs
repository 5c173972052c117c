// Keys, search and help: everywhere the same, ignored while one types, switched off on the account page.

import assert from "node:assert/strict";
import { test } from "node:test";
import { axe, demo, noOverflow, stage, troubles } from "./harness.mjs";

const here = stage(demo);
const path = (page) => new URL(page.url()).pathname;

test("g and a letter lead to each place", async () => {
  const page = await here.page();
  // From elsewhere, so that each key changes the address.
  await page.goto(here.url("/help"));
  const places = await page.locator("nav [data-go]").evaluateAll((links) => links.map((link) => [link.dataset.go, link.getAttribute("href")]));
  assert.ok(places.length >= 7, String(places));
  for (const [key, address] of places) {
    await page.keyboard.press("g");
    await page.keyboard.press(key);
    await page.waitForURL(here.url(address));
  }
  assert.deepEqual(troubles(page), []);
});

test("Ctrl K finds while one types, and Enter opens the first", async () => {
  const page = await here.page();
  await page.goto(here.url("/roadmap"));
  await page.keyboard.press("Control+k");
  const box = page.getByRole("dialog", { name: "Search" });
  await box.getByRole("searchbox").pressSequentially("hris co");
  await box.getByRole("link", { name: "HRIS co-sell" }).waitFor();
  const found = await axe(page);
  assert.deepEqual(found, { violations: [], incomplete: [] });
  await page.setViewportSize({ width: 320, height: 800 });
  await noOverflow(page);
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.evaluate(() => document.activeElement.localName), "a");
  await page.keyboard.press("Escape");
  await box.waitFor({ state: "detached" });

  await page.keyboard.press("/");
  await box.getByRole("searchbox").pressSequentially("hris co");
  await box.getByRole("link", { name: "HRIS co-sell" }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(here.url("/bets/hris-co-sell"));
  assert.deepEqual(troubles(page), []);
});

test("? shows the keys, and Escape closes them", async () => {
  const page = await here.page();
  await page.goto(here.url("/mapping/P-02/review"));
  await page.keyboard.press("?");
  const box = page.getByRole("dialog", { name: "Keys" });
  await box.getByText("Roadmap").waitFor();
  await box.getByText("Same", { exact: true }).waitFor();
  assert.deepEqual(await axe(page), { violations: [], incomplete: [] });
  await page.keyboard.press("Escape");
  await box.waitFor({ state: "detached" });
});

test("j and k go through the rows, Enter opens one, n makes a new one", async () => {
  const page = await here.page();
  await page.goto(here.url("/bets"));
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  const first = await page.locator("main .current a").first().getAttribute("href");
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("href")), first);
  await page.keyboard.press("Enter");
  await page.waitForURL(here.url(first));
  await page.goto(here.url("/bets"));
  await page.keyboard.press("n");
  await page.waitForURL(here.url("/bets/new"));
});

test("in the lists of targets, partners, bets and accounts one goes, chooses, edits and opens by key", async () => {
  const page = await here.page();
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const current = () => page.locator("main .current a[href]").first().getAttribute("href");
  await page.goto(here.url("/targets"));
  await press("j", "j", "x");
  assert.equal(await page.getByRole("checkbox", { checked: true }).count(), 1);
  const target = await current();
  await press("e");
  await page.waitForURL(here.url(target));
  await page.goto(here.url("/targets"));
  await press("j");
  const first = await current();
  await press("Enter");
  await page.waitForURL(here.url(first));

  await page.goto(here.url("/partners"));
  const rows = await page.locator("main tbody tr").count();
  assert.ok((await page.locator("main tbody").count()) > 1 && rows > 5, "partners stand in several lists");
  await press(...Array(rows).fill("j"));
  const last = await page.locator("main tbody tr th a").last().getAttribute("href");
  assert.equal(await current(), last, "j goes on from list to list");
  await press("k", "j", "e");
  await page.waitForURL(here.url(`${last}#say`));

  await page.goto(here.url("/bets"));
  await press("j", "e");
  await page.waitForURL("**/bets/*/edit");
  await page.goto(here.url("/bets/hris-co-sell"));
  await press("e");
  await page.waitForURL(here.url("/bets/hris-co-sell/edit"));

  await page.goto(here.url("/segments/accounts?segment=enterprise"));
  await press("j", "j");
  const account = await current();
  await press("Enter");
  await page.waitForURL(here.url(account));
  assert.deepEqual(troubles(page), []);
});

test("keys do nothing in a field, and nothing at all when they are switched off", async () => {
  const page = await here.page();
  await page.goto(here.url("/bets/new"));
  await page.getByLabel("Name", { exact: false }).first().focus();
  await page.keyboard.type("gs?/jn");
  assert.equal(path(page), "/bets/new");
  assert.equal(await page.getByRole("dialog").count(), 0);

  await page.goto(here.url("/account"));
  await page.getByLabel("Off").check();
  await page.getByRole("button", { name: "Save the keys" }).click();
  await page.waitForURL(here.url("/account"));
  for (const key of ["g", "s", "?", "/", "n"]) await page.keyboard.press(key);
  assert.equal(path(page), "/account");
  assert.equal(await page.getByRole("dialog").count(), 0);
  await page.keyboard.press("Control+k");
  await page.getByRole("dialog", { name: "Search" }).waitFor();
});

test("search and help need no JavaScript, and help opens at the place one comes from", async () => {
  const page = await here.page({ javaScriptEnabled: false });
  await page.goto(here.url("/review"));
  await page.getByRole("link", { name: "Search" }).click();
  await page.getByRole("searchbox").fill("identity");
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByRole("link", { name: "Identity co-sell" }).click();
  await page.waitForURL(here.url("/bets/identity-co-sell"));
  await page.getByRole("link", { name: "Help", exact: true }).click();
  await page.waitForURL(here.url("/help#bets"));
});

test("an address with a slip leads to what was meant", async () => {
  const page = await here.page();
  await page.goto(here.url("/bets/hris-cosell"));
  await page.getByRole("link", { name: "HRIS co-sell" }).click();
  await page.waitForURL(here.url("/bets/hris-co-sell"));
  await page.goto(here.url("/partners/people-oka"));
  await page.getByRole("link", { name: "PeopleOak" }).click();
  await page.waitForURL(here.url("/partners/P-02"));
  await page.goto(here.url("/targets/cobalt-rial"));
  await page.getByRole("link", { name: "Cobalt Rail" }).click();
  await page.waitForURL("**/targets/hris-co-sell/ACC-*");
  assert.deepEqual(troubles(page), []);
});
