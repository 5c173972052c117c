// Every page and every write works without JavaScript: the whole start, with it off.

import assert from "node:assert/strict";
import { test } from "node:test";
import { answerQuestions, makeThePage, setUp } from "./journey.mjs";
import { serve, stage, troubles } from "./harness.mjs";

const here = stage(serve);

test("the start needs no JavaScript, and a wrong answer is said on the page", async () => {
  const page = await here.page({ javaScriptEnabled: false });
  await setUp(page, here);
  await page.goto(here.url("/start/1"));
  await page.getByRole("button", { name: "Next question" }).click();
  assert.match(await page.title(), /^Error: /);
  await page.getByRole("link", { name: "Say the outcome in one sentence" }).waitFor();

  await page.goto(here.url("/start"));
  await answerQuestions(page);
  await makeThePage(page, here);
  await page.getByRole("heading", { name: "Where we win" }).waitFor();
  await page.getByRole("button", { name: "Ask for a signature" }).click();
  await page.getByRole("heading", { name: "Version 1 waits for a signature" }).waitFor();
  assert.deepEqual(troubles(page), []);
});
