// Every page, wide and narrow, light and dark: axe finds nothing, nothing scrolls sideways, nothing leaves the origin; its HTML
// is valid and it is light; and as each of the five roles, where that makes it another page.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { answerQuestions, makeThePage, send, setUp, setupLink } from "./journey.mjs";
import { demo, looks, serve, stage } from "./harness.mjs";

const SHARED = process.env.BEACHHEAD_SHARED ?? new URL("../../../shared/data", import.meta.url).pathname;
const MAVEN = path.join(SHARED, "crm/maven_crm_iso");
const skip = existsSync(MAVEN) ? false : `${MAVEN} is not here`;

const OF_THE_EXAMPLE = {
  strategy: "/",
  version: "/strategy/1",
  "version-changes": "/strategy/1..2",
  written: "/strategy/written",
  functions: "/strategy/functions",
  share: "/strategy/share",
  where: "/where",
  "where-then": "/where?as_of=2026-08-10",
  cell: "/where/enterprise/technology",
  "cell-parked": "/where/mid-market/reseller",
  "cell-undecided": "/where/enterprise/agency?as_of=2026-08-10",
  asks: "/asks",
  "asks-cell": "/asks?segment=mid-market&partner_type=reseller",
  "ask-new": "/asks/new",
  ask: "/asks/2",
  segments: "/segments",
  "segment-new": "/segments/rule",
  "segment-rule": "/segments/rule?segment=enterprise",
  "segment-accounts": "/segments/accounts?segment=enterprise",
  "segment-overlap": "/segments/accounts?segment=enterprise&partner_type=technology",
  "segment-none": "/segments/accounts?fall=none",
  bets: "/bets",
  "bet-new": "/bets/new",
  bet: "/bets/hris-co-sell",
  "bet-next": "/bets/identity-co-sell",
  "bet-edit": "/bets/hris-co-sell/edit",
  roadmap: "/roadmap",
  "roadmap-what-if": "/roadmap?hours=30&tax=20&bet=identity-co-sell&set_up.identity-co-sell=200",
  assumptions: "/roadmap/assumptions",
  partners: "/partners",
  partner: "/partners/P-02",
  "partners-then": "/partners?as_of=2026-09-30",
  "partner-then": "/partners/P-02?as_of=2026-09-30",
  "partner-new": "/partners/new",
  targets: "/targets",
  "targets-stuck": "/targets?status=stuck&sort=-age",
  "targets-then": "/targets?as_of=2026-09-30",
  "target-lost": "/targets/hris-co-sell/ACC-0001",
  "target-then": "/targets/hris-co-sell/ACC-0001?as_of=2026-10-20",
  "targets-edit": "/targets/edit",
  "targets-edit-some": "/targets/edit?pick=identity-co-sell%7C1%7CACC-0001",
  "target-new": "/targets/new?bet=identity-co-sell",
  miss: "/miss",
  board: "/board",
  "bet-evidence": "/bets/hris-co-sell/evidence",
  "bet-decisions": "/bets/hris-co-sell/decisions",
  review: "/review",
  "review-past": "/reviews/2",
  "pre-read-early": "/review/pre-read",
  data: "/data",
  "data-sources": "/data/sources",
  "data-import": "/data/imports/1",
  "data-profiles": "/data/profiles",
  mapping: "/mapping",
  "mapping-matrix": "/mapping/P-02",
  "mapping-rows": "/mapping/P-02/rows",
  "mapping-cell": "/mapping/P-02/rows?ours=open+opportunity&theirs=customer",
  "mapping-decided": "/mapping/P-02/rows?which=decided",
  "mapping-review": "/mapping/P-02/review",
  "mapping-review-next": "/mapping/P-02/review?at=3",
  evidence: "/evidence",
  "evidence-outcome": "/evidence?measure=outcome",
  attribution: "/data/attribution",
  "attribution-what-if": "/data/attribution?sourced_by=joint+meeting&window_days=90&open=any&lock_days=&credit=equal+shares",
  touches: "/data/attribution/touches",
  "touches-late": "/data/attribution/touches?came_to=claimed+after+lock",
  "evidence-sorted": "/evidence?side=with&segment=enterprise&partner_type=technology&text=draft&sort=-amount&page=2",
  "evidence-drift": "/evidence?side=with&created_from=2026-10-01&created_to=2026-12-31&cells=out",
  "evidence-targets": "/evidence/targets?bet=hris-co-sell",
  "evidence-progress": "/evidence/tables/progress",
  "evidence-touches": "/evidence/tables/touches?page=2",
  cohorts: "/evidence/cohorts",
  "cohorts-split": "/evidence/cohorts?by=segment&within=180",
  lift: "/evidence/lift",
  "lift-by-rule": "/evidence/lift?with=source+%3D+%27Partner%27&strata=region",
  help: "/help",
  search: "/search?q=hris",
  "search-nothing": "/search?q=zzz",
  exports: "/data/exports",
  settings: "/settings",
  people: "/settings/people",
  invites: "/settings/invites",
  backups: "/settings/backups",
  audit: "/settings/audit",
  program: "/settings/program",
  limits: "/settings/limits",
  "sign-in-rules": "/settings/sign-in",
  account: "/account",
  "second-factor": "/account/second-factor",
};

describe("the worked example", () => {
  const here = stage(demo);

  for (const [name, address] of Object.entries(OF_THE_EXAMPLE)) {
    test(address, async () => looks(await here.page(), here.url(address), name));
  }

  test("a what-if that cannot be", async () => {
    await looks(await here.page(), here.url("/roadmap?hours=none&bet=nothing"), "roadmap-refused", { status: 422 });
  });

  test("a policy that cannot be", async () => {
    await looks(await here.page(), here.url("/data/attribution?window_days=long&credit=last"), "attribution-mistake", { status: 422 });
  });

  test("an address that is none", async () => looks(await here.page(), here.url("/nowhere"), "nowhere", { status: 404 }));

  test("as the head of a function sees it, and a reader by a link", async () => {
    const page = await here.page();
    await page.goto(here.url("/strategy/share"));
    await page.getByRole("button", { name: "Make a link" }).click();
    await page.getByRole("heading", { name: "Copy the link now" }).waitFor();
    const link = await page.getByRole("textbox", { name: "The link" }).inputValue();
    await page.goto(here.url("/"));
    await page.getByRole("button", { name: "the head of sales" }).click();
    await page.getByText("You answered:").waitFor();
    await looks(page, here.url("/"), "strategy-head");
    await looks(page, link, "shared");
    await looks(page, here.url("/share/nothing"), "shared-not", { status: 404 });
  });

  test("as the sponsor sees it, with a version to sign", async () => {
    const page = await here.page();
    await page.goto(here.url("/where/small/agency"));
    await page.getByLabel("Parked").check();
    await page.getByLabel("Why").fill("Small deals that nobody has the hours to follow");
    await page.getByLabel("What would change our mind").fill("an agency brings ten of them at once");
    await page.getByRole("button", { name: "Save the decision" }).click();
    await page.waitForURL(here.url("/where"));
    await page.goto(here.url("/"));
    await page.getByRole("button", { name: "Ask for a signature" }).click();
    await page.getByRole("heading", { name: /waits for a signature/ }).waitFor();
    await page.getByRole("button", { name: "the sponsor" }).click();
    await page.getByRole("button", { name: /^Sign version/ }).waitFor();
    await looks(page, here.url("/"), "strategy-sign");
  });

  test("a review in progress, and its pre-read", async () => {
    const page = await here.page();
    await page.goto(here.url("/review"));
    await page.getByRole("button", { name: /Open the review/ }).click();
    await page.getByRole("heading", { name: /^Review of/ }).waitFor();
    await looks(page, here.url("/review"), "review-open");
    await looks(page, here.url(await page.getByRole("link", { name: /Pre-read/ }).getAttribute("href")), "pre-read");
    for (const screen of ["commitments", "1", "2", "close"]) await looks(page, here.url(`/reviews/3/${screen}`), `meeting-${screen}`);
    const taken = await send(page, "/reviews/3/1", { bet: "hris-co-sell", choice: "park", reason: "Short" });
    assert.equal(taken.status, 422);
  });
});

/** What a page shows somebody, without the token of its forms. */
const shown = (html) => html.match(/<main[^>]*>([^]*)<\/main>/)[1].replaceAll(/value="[0-9a-f]{64}"/g, "");

describe("the worked example as each role", () => {
  const here = stage(demo);
  const seen = new Map(); // What was looked at of each address: the owner's page stands above.

  const as = async (role) => {
    const page = await here.page();
    await page.context().addCookies([{ name: "beachhead-persona", value: encodeURIComponent(role), url: here.url("/") }]);
    return page;
  };

  for (const role of ["sponsor", "partner manager", "data", "viewer"]) {
    test(role, async () => {
      const [page, owner] = [await as(role), await as("owner")];
      let refused = 0;
      for (const [name, address] of Object.entries(OF_THE_EXAMPLE)) {
        if (!seen.has(address)) seen.set(address, [shown(await (await owner.request.get(here.url(address))).text())]);
        const answer = await page.request.get(here.url(address));
        const [status, main] = [answer.status(), shown(await answer.text())];
        assert.ok([200, 403].includes(status), `${address} answers ${status}`);
        if (status === 403) assert.match(main, /This is not yours to do[^]*\(owner\)/, address);
        // Refusals differ in their words alone: the first is looked at.
        if (status === 403 ? refused++ > 0 : seen.get(address).includes(main)) continue;
        seen.get(address).push(main);
        await looks(page, here.url(address), `${name}-${role.replace(" ", "-")}`, { status });
      }
    });
  }
});

describe("an empty program", () => {
  const here = stage(serve);
  let page;

  test("the set-up link and the sign-in", async () => {
    page = await here.page();
    await looks(page, setupLink(here), "setup");
    await looks(page, here.url("/sign-in"), "sign-in");
  });

  test("the five questions", async () => {
    await setUp(page, here);
    await looks(page, here.url("/start"), "start");
    await answerQuestions(page, (page, number) => looks(page, page.url(), `start-${number}`));
    await looks(page, page.url(), "start-6");
    await makeThePage(page, here);
    await looks(page, here.url("/"), "start-page");
    await looks(page, here.url("/bets/hris-integration-co-sell"), "bet-before");
  });

  test("the places before there is anything in them", async () => {
    for (const place of ["where", "asks", "asks/new", "strategy/share", "strategy/functions", "bets", "roadmap", "roadmap/assumptions", "miss", "board", "review", "data", "mapping"]) await looks(page, here.url(`/${place}`), `empty-${place.replaceAll("/", "-")}`);
  });

  test("a form with a mistake in it", async () => {
    await page.goto(here.url("/bets/new"));
    await page.getByRole("button", { name: "Save in the draft" }).click();
    assert.match(await page.title(), /^Error: /);
    assert.equal(await page.evaluate(() => document.activeElement.id), "error-summary");
  });

  test("what an import would do", { skip }, async () => {
    await page.goto(here.url("/data"));
    await page.getByLabel("Choose files").setInputFiles(["accounts.csv", "sales_pipeline.csv"].map((file) => path.join(MAVEN, file)));
    await page.getByRole("button", { name: "Look at the files" }).click();
    await page.waitForURL("**/data/import/*");
    await looks(page, page.url(), "import");
  });
});
