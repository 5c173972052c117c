// Facts come in through the pages: seen before they are taken, counted so that the counts add up, asked about in doubt.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { setUp } from "./journey.mjs";
import { looks, serve, stage, troubles } from "./harness.mjs";

const SHARED = process.env.BEACHHEAD_SHARED ?? new URL("../../../shared/data", import.meta.url).pathname;
const MAVEN = path.join(SHARED, "crm/maven_crm_iso");
const skip = existsSync(MAVEN) ? false : `${MAVEN} is not here`;

const here = stage(serve);
let page;

/** Uploads files; ends on the page that says what would become of them. */
async function upload(files) {
  await page.goto(here.url("/data"));
  await page.getByLabel("Choose files").setInputFiles(files);
  await page.getByRole("button", { name: "Look at the files" }).click();
  await page.waitForURL("**/data/import/*");
}

const csv = (name, lines) => ({ name, mimeType: "text/csv", buffer: Buffer.from(lines.join("\n") + "\n") });

/** The counts of every file shown: read, and what became of the rows. */
async function counted(where) {
  const lines = await where.getByText(/rows read = /).allInnerTexts();
  return lines.map((line) => {
    const [file, rest] = line.split(": ");
    const [read, ...parts] = rest.replaceAll(/[\s\u202f]/g, "").match(/\d+/g).map(Number);
    return { file, read, accepted: parts[0], sum: parts.reduce((a, b) => a + b, 0) };
  });
}

test("an export is shown with counts that add up, then taken", { skip }, async () => {
  page = await here.page();
  await setUp(page, here);
  await upload([path.join(MAVEN, "accounts.csv"), path.join(MAVEN, "sales_pipeline.csv")]);
  const files = await counted(page);
  assert.deepEqual(files.map(({ file }) => file), ["accounts.csv", "sales_pipeline.csv"]);
  for (const { file, read, sum } of files) assert.equal(sum, read, file);
  assert.deepEqual(files.map(({ read }) => read), [85, 8800]);

  await page.getByRole("button", { name: /^Import the / }).click();
  await page.waitForURL(here.url("/data"));
  await page.getByRole("status").filter({ hasText: "imported" }).waitFor();
  const row = page.getByRole("row", { name: /^Opportunities/ });
  assert.match((await row.innerText()).replaceAll(/\u202f/g, ""), /8800/);
});

test("the same files again change nothing", { skip }, async () => {
  await upload([path.join(MAVEN, "accounts.csv"), path.join(MAVEN, "sales_pipeline.csv")]);
  await page.getByRole("button", { name: /^Import the / }).click();
  await page.getByRole("status").filter({ hasText: "nothing has changed" }).waitFor();
});

test("dates that could be read two ways are asked about and answered on the page", { skip }, async () => {
  const deals = ["05/06/2017,06/07/2017", "01/02/2017,03/04/2017"].map((days, at) => `X${at},Acme Corporation,Won,${days},${1000 + at}`);
  await upload(csv("deals.csv", ["opportunity_id,account,deal_stage,engage_date,close_date,close_value", ...deals]));
  await page.getByRole("alert").waitFor();
  assert.equal(await page.getByRole("button", { name: /^Import the / }).count(), 0);
  await page.getByLabel(/The day: /).first().check();
  await page.getByRole("button", { name: /Read the files again/ }).click();
  await page.getByRole("button", { name: "Import the 2 valid rows" }).waitFor();
});

test("an import is undone on a page that says what goes, and its profile is seen and handed on", { skip }, async () => {
  await page.getByRole("button", { name: "Import the 2 valid rows" }).click();
  await page.getByRole("status").filter({ hasText: "2 rows imported" }).waitFor();
  await page.getByRole("link", { name: "Import 3", exact: true }).click();
  await looks(page, page.url(), "import-done");
  await page.getByRole("link", { name: "Undo this import" }).click();
  await looks(page, page.url(), "import-undo");
  await page.getByRole("button", { name: "Undo import 3" }).click();
  await page.getByRole("status").filter({ hasText: "Import 3 is undone" }).waitFor();

  await page.getByRole("link", { name: "Mapping profiles" }).click();
  await page.getByRole("link", { name: "deals.csv" }).click();
  await looks(page, page.url(), "profile");
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download as TOML" }).click()]);
  assert.equal(download.suggestedFilename(), "deals.csv.toml");
  await page.getByLabel("Name").fill("Weekly deals");
  await page.getByRole("button", { name: "Rename the profile" }).click();
  await page.getByRole("heading", { name: "Weekly deals", level: 1 }).waitFor();
});

test("rejected rows are downloaded, and a file over the share is taken by a choice", { skip }, async () => {
  const deals = ["yesterday", "2017-06-07"].map((day, at) => `Y${at},Acme Corporation,Won,${day},2017-08-01,${1000 + at}`);
  await upload(csv("few.csv", ["opportunity_id,account,deal_stage,engage_date,close_date,close_value", ...deals]));
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: /Download the rejected rows/ }).click()]);
  assert.equal(download.suggestedFilename(), "rejected-1.csv");
  await page.getByLabel(/Take the rest/).check();
  await page.getByRole("button", { name: /Read the files again/ }).click();
  await page.getByRole("button", { name: "Import the 1 valid row" }).waitFor();
  await page.getByRole("button", { name: "Cancel and forget the files" }).click();
  await page.getByRole("status").filter({ hasText: "forgotten" }).waitFor();
});

test("a file that cannot be read is refused, and nothing changes", { skip }, async () => {
  await page.goto(here.url("/data"));
  const before = await page.getByRole("region", { name: "Tables" }).innerText();
  await upload({ name: "deals.xlsx", mimeType: "application/octet-stream", buffer: Buffer.from("PK\u0003\u0004 but no workbook") });
  await page.getByRole("alert").waitFor();
  assert.match(await page.title(), /^Error: /);
  assert.equal(await page.getByRole("button", { name: /^Import the / }).count(), 0);
  await page.goto(here.url("/data"));
  assert.equal(await page.getByRole("region", { name: "Tables" }).innerText(), before);
  assert.deepEqual(troubles(page), []);
});
