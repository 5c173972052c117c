// Writes the pictures of the pages that the README shows, docs/pages/*.png, and docs/pages/README.md with all of them, of the
// worked example.
//
//     BEACHHEAD_BIN=target/debug/beachhead node tests/browser/pictures.mjs

import { mkdir, stat, writeFile } from "node:fs/promises";
import { chromium } from "playwright-core";
import { demo } from "./harness.mjs";

// The four of the README stand first and are taken at full size.
const PAGES = {
  strategy: ["/", "Strategy: the one page"],
  where: ["/where", "Where to win"],
  bet: ["/bets/hris-co-sell", "A bet"],
  roadmap: ["/roadmap", "Roadmap"],
  versions: ["/strategy/1", "A version of the strategy"],
  written: ["/strategy/written", "The strategy as text"],
  cell: ["/where/enterprise/technology", "A cell"],
  asks: ["/asks", "Partners that asked"],
  segments: ["/segments", "Segments"],
  bets: ["/bets", "Bets"],
  "bet-edit": ["/bets/hris-co-sell/edit", "Writing a bet"],
  assumptions: ["/roadmap/assumptions", "If an assumption is off"],
  "bet-begun": ["/bets/identity-co-sell", "A bet that has just begun"],
  "bet-evidence": ["/bets/hris-co-sell/evidence", "What speaks for a bet and against it"],
  miss: ["/miss", "Why the outcome is behind or ahead"],
  board: ["/board", "Board: three numbers"],
  partners: ["/partners", "Partners"],
  partner: ["/partners/P-02", "A partner"],
  targets: ["/targets", "Targets"],
  matrix: ["/mapping/P-02", "Accounts in common with a partner"],
  match: ["/mapping/P-02/review", "Is this one company?"],
  review: ["/review", "Review"],
  minutes: ["/reviews/2", "Minutes of a review"],
  "pre-read": ["/review/pre-read", "Pre-read"],
  data: ["/data", "Data"],
  sources: ["/data/sources", "Sources"],
  attribution: ["/data/attribution", "Attribution"],
  exports: ["/data/exports", "Exports"],
  evidence: ["/evidence?segment=enterprise&partner_type=technology", "The rows behind a number"],
  cohorts: ["/evidence/cohorts", "Conversion by month"],
  lift: ["/evidence/lift", "Deals with a partner against those without"],
  settings: ["/settings", "Settings"],
  people: ["/settings/people", "People and roles"],
  "sign-in": ["/settings/sign-in", "Sign-in"],
  backups: ["/settings/backups", "Backups"],
  audit: ["/settings/audit", "Audit log"],
  account: ["/account", "Your account"],
  search: ["/search?q=co", "Search"],
  help: ["/help", "Help"],
};
const FULL_SIZE = 4;
const FOLDER = new URL("../../docs/pages/", import.meta.url);
const TALLEST = 900;
const MOST_BYTES = 200_000;

await mkdir(FOLDER, { recursive: true });
const program = await demo();
const browser = await chromium.launch({
  executablePath: process.env.BEACHHEAD_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu"],
});
const index = [
  "# The pages",
  "",
  "Of the worked example, with its made-up facts; made by `node tests/browser/pictures.mjs`. Every page is also dark, and fits a phone.",
  "",
];
try {
  for (const [at, [name, [address, title]]] of Object.entries(PAGES).entries()) {
    const deviceScaleFactor = at < FULL_SIZE ? 1 : 0.6;
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: "light", deviceScaleFactor });
    const answer = await page.goto(program.origin + address);
    if (answer.status() === 404) {
      console.log(`${address}: there is no such page`);
      await page.close();
      continue;
    }
    if (answer.status() !== 200) throw new Error(`${address} answers ${answer.status()}`);
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    const file = new URL(`${name}.png`, FOLDER).pathname;
    await page.screenshot({ path: file, fullPage: true, clip: { x: 0, y: 0, width: 1280, height: Math.min(height, TALLEST) } });
    await page.close();
    const { size } = await stat(file);
    if (size > MOST_BYTES) throw new Error(`${file} has ${size} bytes; ${MOST_BYTES} is the most`);
    console.log(`${file}: ${size} bytes`);
    index.push(`## ${title}`, "", `\`${address}\``, "", `![${title}](${name}.png)`, "");
  }
  await writeFile(new URL("README.md", FOLDER), index.join("\n"));
} finally {
  await browser.close();
  await program.stop();
}
