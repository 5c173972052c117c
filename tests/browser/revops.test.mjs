// RevOps: an export of the CRM is dropped in, its columns are settled once, and next week's goes in without a question; with
// and without JavaScript.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setUp } from "./journey.mjs";
import { serve, stage, troubles } from "./harness.mjs";

const PRIYA = { name: "Priya Nair", email: "priya@northwind.example", password: "amber kiln by noon" };
// As HubSpot names them; no day is over 12, so that their order has to be asked for.
const HEADER = ["Record ID", "Deal Name", "Deal Stage", "Create Date", "Close Date", "Amount", "Associated Company", "Deal owner", "Our tier"];
const DEALS = [
  ["9001", "Alder rollout", "Closed Won", "02/03/2026", "05/04/2026", "48000", "Alder Foods", "Ines", "A"],
  ["9002", "Velplex pilot", "Verbal commit", "03/03/2026", "", "12500", "Velplex", "Ines", "B"],
  ["9003", "Kestrel renewal", "Closed Lost", "04/02/2026", "06/03/2026", "7000", "Kestrel", "Tom", "A"],
];
const LATER = [
  ["9002", "Velplex pilot", "Closed Won", "03/03/2026", "07/04/2026", "12500", "Velplex", "Ines", "B"],
  ["9004", "Rowan start", "Verbal commit", "08/04/2026", "", "30000", "Rowan", "Tom", "C"],
];

const csv = (name, rows) => ({ name, mimeType: "text/csv", buffer: Buffer.from([HEADER, ...rows].map((row) => row.join(",")).join("\n") + "\n") });

for (const javaScriptEnabled of [true, false]) {
  describe(`with JavaScript ${javaScriptEnabled ? "on" : "off"}`, () => {
    const here = stage(serve);
    let page;

    const upload = async (file) => {
      await page.getByLabel("Choose files").setInputFiles(file);
      await page.getByRole("button", { name: "Look at the files" }).click();
      await page.waitForURL("**/data/import/*");
    };

    const take = async (rows) => {
      await page.getByRole("button", { name: `Import the ${rows} valid rows` }).click();
      await page.waitForURL((url) => url.pathname === "/data" || url.pathname.startsWith("/data/jobs/"));
      await page.waitForURL(here.url("/data"));
      await page.getByRole("status").filter({ hasText: "imported" }).waitFor();
    };

    test("signing in leads to Data, and what is unsure is asked once", async () => {
      await setUp(await here.page({ javaScriptEnabled }), here);
      const { name, email, password } = PRIYA;
      await here.command(["user", "add", email, "--name", name, "--role", "data"], `${password}\n`);
      page = await here.page({ javaScriptEnabled });
      await page.goto(here.url("/sign-in"));
      await page.getByLabel("E-mail").fill(email);
      await page.getByLabel("Password").fill(password);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.waitForURL(here.url("/data"));

      await upload(csv("hubspot-deals.csv", DEALS));
      await page.getByRole("alert").waitFor();
      assert.equal(await page.getByRole("button", { name: /^Import the / }).count(), 0, "nothing is taken in doubt");
      await page.getByLabel(/The day: /).first().check();
      await page.getByRole("button", { name: /Read the files again/ }).click();
      await take(3);
    });

    test("every row is accounted for", async () => {
      await page.getByRole("link", { name: "Import 1", exact: true }).click();
      await page.getByText("3 rows read = 3 accepted + 0 rejected + 0 duplicates + 0 footer", { exact: false }).waitFor();
      await page.goto(here.url("/evidence/tables/opportunities"));
      assert.equal(await page.locator("main tbody tr").count(), 3);
      await page.goto(here.url("/evidence/opportunities/9001"));
      await page.getByText("5 Apr 2026").first().waitFor();
    });

    test("next week's export goes in without a question", async () => {
      await page.goto(here.url("/data"));
      await upload(csv("hubspot-deals-week-2.csv", [...DEALS.filter(([id]) => id !== "9002"), ...LATER]));
      assert.equal(await page.getByRole("alert").count(), 0, await page.locator("main").innerText());
      await take(4);
      await page.goto(here.url("/evidence/opportunities/9002"));
      await page.getByText("won").first().waitFor();
      await page.goto(here.url("/data"));
      await page.getByRole("link", { name: "Exports" }).click();
      const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Opportunities as CSV" }).click()]);
      assert.equal(download.suggestedFilename(), "opportunities.csv");
      assert.deepEqual(troubles(page), []);
    });
  });
}
