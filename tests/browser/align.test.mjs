// Those who align to the strategy do their part, with JavaScript and without: the executive sponsor from the link to the
// signature, the heads of functions, a reader by a shared link, a partner that asks.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { answerQuestions, makeThePage, setUp, signIn } from "./journey.mjs";
import { demo, pdfPages, serve, stage, troubles } from "./harness.mjs";

const person = (name, role) => ({ name, role, email: `${role.replace(" ", "-")}-${name.split(" ")[0].toLowerCase()}@northwind.example`, password: "teal ferry under oak" });
const SPONSOR = person("Dana Whitfield", "sponsor");
const HEADS = { sales: person("Mara Lind", "viewer"), marketing: person("Jonas Weber", "viewer"), product: person("Aiko Tanaka", "viewer") };

const MOST_LOADS_TO_A_SIGNATURE = 4;

async function enter(here, options, who) {
  const page = await here.page(options);
  await signIn(page, here, who);
  return page;
}

async function add(here, { name, role, email, password }) {
  await here.command(["user", "add", email, "--name", name, "--role", role], `${password}\n`);
}

for (const [how, options] of [["with JavaScript", {}], ["without JavaScript", { javaScriptEnabled: false }]]) {
  describe(how, () => {
    const here = stage(serve);
    let owner;
    let link;

    test("the owner starts, names who speaks for which function, and asks for a signature", async () => {
      owner = await here.page(options);
      await setUp(owner, here);
      await answerQuestions(owner);
      await makeThePage(owner, here);
      for (const who of [SPONSOR, ...Object.values(HEADS)]) await add(here, who);
      await owner.goto(here.url("/strategy/functions"));
      for (const [fn, { name }] of Object.entries(HEADS)) {
        await owner.getByLabel(fn[0].toUpperCase() + fn.slice(1), { exact: true }).selectOption({ label: `${name}, viewer` });
        await owner.getByRole("button", { name: `Save who speaks for ${fn}` }).click();
        await owner.getByRole("status").filter({ hasText: `${name} speaks for ${fn}` }).waitFor();
      }
      await owner.goto(here.url("/"));
      await owner.getByRole("button", { name: "Ask for a signature" }).click();
      await owner.getByRole("heading", { name: "Version 1 waits for a signature" }).waitFor();
      assert.match(await owner.locator("main").innerText(), /Not answered yet: sales \(Mara Lind\), marketing \(Jonas Weber\), product \(Aiko Tanaka\)/);
    });

    test("each head answers for their function, on the page that they land on", async () => {
      for (const [fn, stance, words] of [["sales", "Seen: we go along", ""], ["marketing", "We object", "Two campaign slots are promised elsewhere"]]) {
        const page = await enter(here, options, HEADS[fn]);
        await page.getByRole("heading", { name: /what do you say of version 1/ }).waitFor();
        await page.getByLabel(stance).check();
        await page.getByLabel("In words").fill(words);
        await page.getByRole("button", { name: `Answer for ${fn}` }).click();
        await page.getByRole("status").filter({ hasText: `Kept for ${fn}` }).waitFor();
        assert.deepEqual(troubles(page), []);
      }
    });

    test("the sponsor sends it back with a comment, which the owner reads first", async () => {
      const sponsor = await enter(here, options, SPONSOR);
      await sponsor.getByText("Send it back instead").click();
      await sponsor.getByLabel("What should change").fill("Say what it costs us in hours");
      await sponsor.getByRole("button", { name: "Send it back" }).click();
      await sponsor.getByRole("status").filter({ hasText: "sent back" }).waitFor();

      await owner.goto(here.url("/"));
      const card = owner.locator(".next-step").first();
      assert.match(await card.innerText(), /Version 1 came back with this comment:\s+Say what it costs us in hours/);
      await owner.goto(here.url("/bets/hris-integration-co-sell/edit"));
      await owner.getByRole("heading", { name: "Hours and targets" }).click();
      await owner.getByLabel("Targets in all").fill("37");
      await owner.getByRole("button", { name: "Save in the draft" }).click();
      await owner.goto(here.url("/"));
      await owner.getByRole("button", { name: "Ask for a signature" }).click();
      await owner.getByRole("heading", { name: "Version 2 waits for a signature" }).waitFor();
      await owner.getByRole("link", { name: "Since version 1" }).click();
      await owner.getByRole("heading", { name: "What changed from version 1 to version 2" }).waitFor();
      assert.match(await owner.locator("main").innerText(), /Bet HRIS integration co-sell[\s\S]*capacity: the targets changed from \d+ to 37/);
    });

    test("the sponsor reads one page and signs it under a condition, in few page loads", async () => {
      const sponsor = await here.page(options);
      let loads = 0;
      sponsor.on("load", () => (loads += 1));
      await signIn(sponsor, here, SPONSOR);
      assert.match(await sponsor.locator(".next-step").first().innerText(), /Below is version 2 on one page/);
      const page = await sponsor.locator(".one-page").innerText();
      for (const block of ["Outcome", "Where we win", "Where we do not", "Wedge and motion", "Bets", "Proof", "Sign-off"]) assert.ok(page.includes(block), block);
      assert.match(page, /Cost: .* of the team's .* hours/);
      assert.match(page, /Scale if/i);
      assert.match(page, /Next review/);
      await sponsor.getByLabel("Conditions, if you set any").fill("No more than 40 hours a week");
      await sponsor.getByRole("button", { name: "Sign version 2" }).click();
      await sponsor.getByRole("status").filter({ hasText: "Version 2 is signed" }).waitFor();
      assert.match(await sponsor.locator(".one-page .sign-off").innerText(), /Signed by Dana Whitfield.*Under the condition: No more than 40 hours a week/s);
      assert.ok(loads <= MOST_LOADS_TO_A_SIGNATURE, `${loads} page loads`);
      assert.deepEqual(troubles(sponsor), []);
    });

    test("an answer is of one version: the functions are asked anew, and what they say stands on the sheet", async () => {
      const sales = await enter(here, options, HEADS.sales);
      await sales.getByRole("heading", { name: "Sales: what do you say of version 2?" }).waitFor();
      await sales.getByLabel("We object").check();
      await sales.getByLabel("In words").fill("The quota does not count these deals");
      await sales.getByRole("button", { name: "Answer for sales" }).click();
      await sales.getByRole("status").waitFor();
      const sheet = await sales.locator(".one-page .sign-off").innerText();
      assert.match(sheet, /Sales\s+◆ We object\s+Mara Lind, .*“The quota does not count these deals”/s);
      assert.match(sheet, /Product\s+\? No answer yet/s);
      assert.equal(await pdfPages(sales), 1);
    });

    test("a reader by a link sees the one page, prints it on one sheet, and comes to nothing else", async () => {
      await owner.goto(here.url("/strategy/share"));
      await owner.getByLabel("30 days").check();
      await owner.getByRole("button", { name: "Make a link" }).click();
      await owner.getByRole("heading", { name: "Copy the link now" }).waitFor();
      link = await owner.getByLabel("The link", { exact: true }).inputValue();
      assert.ok(link.startsWith(here.url("/share/")), link);
      await owner.reload();
      assert.equal(await owner.getByLabel("The link", { exact: true }).count(), 0, "it is shown once");

      const reader = await here.page(options);
      const answer = await reader.goto(link);
      assert.equal(answer.status(), 200);
      assert.match(answer.headers()["x-robots-tag"], /noindex/);
      assert.equal(answer.headers()["referrer-policy"], "no-referrer");
      await reader.getByRole("heading", { name: "Where we do not" }).waitFor();
      assert.equal(await reader.locator("a, form, button").count(), 0, "nothing to follow");
      assert.equal(await pdfPages(reader), 1);
      await reader.goto(here.url("/where"));
      assert.match(reader.url(), /\/sign-in/);
      assert.deepEqual(await reader.context().cookies(), []);

      await owner.goto(here.url("/strategy/share"));
      await owner.getByRole("button", { name: /^Take back/ }).click();
      await owner.getByRole("status").filter({ hasText: "taken back" }).waitFor();
      assert.equal((await reader.goto(link)).status(), 404);
    });

    test("a partner asks, and the answer comes from the declines", async () => {
      await owner.goto(here.url("/where"));
      await owner.getByRole("link", { name: "Record an ask" }).click();
      await owner.getByLabel("Who asks").fill("Bo Berg");
      await owner.getByLabel("Their company").fill("Bright Resale");
      await owner.getByLabel("The cell").selectOption({ label: "Target accounts × reseller, ■ Parked" });
      await owner.getByLabel("What they ask").fill("Will you list us?");
      await owner.getByRole("button", { name: "Record it and get the answer" }).click();
      await owner.getByRole("heading", { name: "Bright Resale asks" }).waitFor();
      const letter = await owner.getByLabel("The answer to send").inputValue();
      assert.match(letter, /^Hello Bo Berg,[\s\S]*Not now: working with reseller partners[\s\S]*The reason: [\s\S]*look at it again when/);
      await owner.goto(here.url("/where"));
      await owner.getByRole("link", { name: "1 ask", exact: true }).click();
      await owner.getByRole("link", { name: "Bright Resale" }).waitFor();
      assert.deepEqual(troubles(owner), []);
    });
  });
}

describe("the worked example", () => {
  const here = stage(demo);

  test("many asks for one cell are a signal on the cell and in the list of what is ruled out", async () => {
    const page = await here.page();
    for (const address of ["/where", "/where/mid-market/reseller"]) {
      await page.goto(here.url(address));
      assert.match(await page.locator("main").innerText(), /3 companies asked for this cell and were told no/);
    }
  });

  test("who speaks for a function sees what it said, and the sheet stays one", async () => {
    const page = await here.page();
    await page.goto(here.url("/"));
    await page.getByRole("button", { name: "the head of sales" }).click();
    await page.getByText("You answered:").waitFor();
    assert.match(await page.locator(".one-page .sign-off").innerText(), /Marketing\s+◆ We object/s);
    assert.equal(await pdfPages(page), 1);
  });
});
