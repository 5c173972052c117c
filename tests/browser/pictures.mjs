// Writes the pictures of the main pages that the README shows: docs/pages/*.png, of the worked example.
//
//     BEACHHEAD_BIN=target/debug/beachhead node tests/browser/pictures.mjs

import { mkdir, stat } from "node:fs/promises";
import { chromium } from "playwright-core";
import { demo } from "./harness.mjs";

const PAGES = { strategy: "/", where: "/where", bet: "/bets/hris-co-sell", roadmap: "/roadmap" };
const FOLDER = new URL("../../docs/pages/", import.meta.url);
const TALLEST = 900;
const MOST_BYTES = 200_000;

await mkdir(FOLDER, { recursive: true });
const program = await demo();
const browser = await chromium.launch({
  executablePath: process.env.BEACHHEAD_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu"],
});
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: "light" });
  for (const [name, address] of Object.entries(PAGES)) {
    await page.goto(program.origin + address);
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    const file = new URL(`${name}.png`, FOLDER).pathname;
    await page.screenshot({ path: file, fullPage: true, clip: { x: 0, y: 0, width: 1280, height: Math.min(height, TALLEST) } });
    const { size } = await stat(file);
    if (size > MOST_BYTES) throw new Error(`${file} has ${size} bytes; ${MOST_BYTES} is the most`);
    console.log(`${file}: ${size} bytes`);
  }
} finally {
  await browser.close();
  await program.stop();
}
