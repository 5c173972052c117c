// What several tests do on the pages before they come to their own matter: an account, and the five questions.

import assert from "node:assert/strict";

export const OWNER = { name: "Ines Marchetti", email: "ines@northwind.example", password: "correct horse battery" };
export const SPONSOR = { name: "Dana Whitfield", email: "dana@northwind.example", password: "staple wind orchard" };

/** The one-time link that the program has printed. */
export function setupLink(here) {
  const [link] = here.program.output().match(/http:\/\/\S+\/setup\/\S+/) ?? [];
  assert.ok(link, `no set-up link was printed:\n${here.program.output()}`);
  return link;
}

/** Makes the first account by the set-up link; ends on the page that begins the five questions. */
export async function setUp(page, here) {
  await page.goto(setupLink(here));
  await page.getByLabel("Your name").fill(OWNER.name);
  await page.getByLabel("E-mail").fill(OWNER.email);
  await page.getByLabel("Password").fill(OWNER.password);
  await page.getByRole("button", { name: "Make the account" }).click();
  await page.waitForURL("**/start");
}

/** The answers to the five questions, by the labels of their fields; the days lie ahead of any clock. */
const QUESTIONS = [
  async (page) => {
    await page.getByLabel("The outcome in one sentence").fill("Double the enterprise pipeline that partners start");
    await page.getByLabel("Where it should stand by then").fill("3800000");
    await page.getByLabel("Whose outcome is it").fill("Dana Whitfield, CRO");
    await page.getByLabel("Your company").fill("Northwind Analytics");
  },
  async (page) => {
    const running = ["HRIS integration co-sell", "Channel resale", "Agency referrals", "Marketplace listing", "Partner events"];
    await page.getByLabel("What are you running?").fill(running.join("\n"));
  },
  async (page) => {
    await page.getByLabel("HRIS integration co-sell").check();
    await page.getByLabel("Why would a partner work with you").fill("Their renewal risk falls where our integration is live");
    await page.getByLabel("Why does the customer care").fill("Security review is already done for the integration");
  },
  async () => {},
  async () => {},
];

/** From the first page of the start to the page that shows the answers; `seen` is called on every page on the way. */
export async function answerQuestions(page, seen = async () => {}) {
  await page.getByRole("link", { name: "Answer the first question" }).click();
  for (const [at, answer] of QUESTIONS.entries()) {
    await page.waitForURL(`**/start/${at + 1}`);
    await seen(page, at + 1);
    await answer(page);
    await page.getByRole("button", { name: at + 1 < QUESTIONS.length ? "Next question" : "Check the answers" }).click();
  }
  await page.waitForURL("**/start/6");
}

/** From the answers to the one page. */
export async function makeThePage(page, here) {
  await page.getByRole("button", { name: "Make the one page" }).click();
  await page.waitForURL(here.url("/"));
}

/** Signs somebody in on a page of a session of their own. */
export async function signIn(page, here, { email, password }) {
  await page.goto(here.url("/sign-in"));
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(here.url("/"));
}

/** Sends a form of ours as a browser would, with fields of our own choosing; `{ status, text }`. */
export async function send(page, action, fields) {
  return page.evaluate(
    async ({ action, fields }) => {
      const csrf = document.querySelector("input[name=csrf]").value;
      const answer = await fetch(action, { method: "POST", body: new URLSearchParams({ csrf, ...fields }) });
      return { status: answer.status, text: await answer.text() };
    },
    { action, fields },
  );
}
