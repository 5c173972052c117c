// From the printed set-up link to a signed one page: one person starts, another signs, nobody signs twice.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SPONSOR, answerQuestions, makeThePage, send, setUp, signIn } from "./journey.mjs";
import { serve, stage, troubles } from "./harness.mjs";

const MOST_PAGE_LOADS = 12;
const MOST_SECONDS = 20;

const here = stage(serve);
let owner;

test("five questions lead from the set-up link to the one page in few page loads", async () => {
  owner = await here.page();
  let loads = 0;
  owner.on("load", () => (loads += 1));
  const began = performance.now();
  await setUp(owner, here);
  await answerQuestions(owner);
  await makeThePage(owner, here);
  await owner.waitForLoadState("load");
  const seconds = (performance.now() - began) / 1000;

  assert.ok(loads <= MOST_PAGE_LOADS, `${loads} page loads`);
  assert.ok(seconds <= MOST_SECONDS, `${seconds.toFixed(1)} s`);
  await owner.getByRole("heading", { name: "Where we do not" }).waitFor();
  assert.equal(await owner.locator(".one-page .not li").count(), 4, "every other initiative is parked on the page");
  assert.match(await owner.locator(".one-page .outcome").innerText(), /Double the enterprise pipeline/);
  assert.deepEqual(troubles(owner), []);
});

test("the sponsor signs what the owner asked for, and the owner cannot", async () => {
  await owner.getByRole("button", { name: "Ask for a signature" }).click();
  await owner.getByRole("heading", { name: "Version 1 waits for a signature" }).waitFor();
  assert.equal(await owner.getByRole("button", { name: /Sign version/ }).count(), 0);

  const { name, email, password } = SPONSOR;
  await here.command(["user", "add", email, "--name", name, "--role", "sponsor"], `${password}\n`);
  const sponsor = await here.page();
  await signIn(sponsor, here, SPONSOR);
  const form = sponsor.locator("form[action='/strategy/sign']");
  const bound = {
    version: await form.locator("[name=version]").inputValue(),
    sha256: await form.locator("[name=sha256]").inputValue(),
  };

  const forged = await send(owner, "/strategy/sign", bound);
  assert.equal(forged.status, 403);
  assert.match(forged.text, /sponsor/);

  await sponsor.getByRole("button", { name: "Sign version 1" }).click();
  await sponsor.getByRole("status").filter({ hasText: "Version 1 is signed" }).waitFor();
  assert.match(await sponsor.locator(".one-page .sign-off").innerText(), /Signed by Dana Whitfield/);

  const again = await send(sponsor, "/strategy/sign", bound);
  assert.equal(again.status, 409);
  assert.deepEqual([...troubles(owner), ...troubles(sponsor)], []);
});
