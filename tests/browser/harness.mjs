// The stage for browser tests: the built program in a folder of its own, Debian's Chromium, and the gates that every
// page must pass. Run by `cargo xtask test browser`, which builds the program and names it in BEACHHEAD_BIN.
//
//     import { test } from "node:test";
//     import { demo, looks, pdfPages, serve, stage } from "./harness.mjs";
//
//     const here = stage(demo);                        // or stage(serve): an empty program; starts before the tests
//     test("the strategy looks right and prints on one page", async () => {
//       const page = await here.page();                // a Playwright page in a fresh session, watched for troubles
//       await looks(page, here.url("/"), "strategy");  // axe, reflow, HTML, weight, at 1280 and 320, light and dark
//       assert.equal(await pdfPages(page), 1);
//     });
//
// `here.page(options)` takes the options of a Playwright context: `{ javaScriptEnabled: false }`, `{ storageState }`.
// `here.program.output()` is what the program has printed so far, the set-up link among it.
// `troubles(page)` lists the console errors, page errors, broken answers and requests that left the program's origin;
// `looks` demands that it is empty, a test that does not call `looks` asserts it itself.
// Screenshots of `looks` are in tests/browser/out/, NAME-WIDTH-SCHEME.png. What axe cannot decide ("incomplete") fails
// too until a person has looked at it and said so in triaged.json: { "rule", "html", "why" }, where `html` is a part
// of the element's own HTML; with `message`, only when axe gives that reason; with `within`, only inside that selector.
// `here.command(...)` runs the program on the same data folder from the command line; it fails when the program does.
// Pages keep their Content-Security-Policy: axe is evaluated from outside and needs no hole in it.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { gzipped, invalid } from "./html.mjs";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const OUT = new URL("out/", import.meta.url);
const TRIAGED = JSON.parse(await readFile(new URL("triaged.json", import.meta.url), "utf8"));

const VIEWPORTS = [{ width: 1280, height: 900 }, { width: 320, height: 800 }];
const SCHEMES = ["light", "dark"];

// A cold start of a development build on a busy machine.
const START_MS = 60_000;
const STOP_MS = 10_000;
// One click or one page, there too.
const STEP_MS = 15_000;

// What a page may weigh under gzip, and the two files that every page loads.
const MOST_BYTES = { page: 60_000, style: 8_000, script: 20_000 };

/** The worked example. */
export const demo = () => program((port, folder) => ["demo", "--no-open", "--port", String(port), "--folder", path.join(folder, "demo")]);

/** An empty program, waiting for its set-up link to be opened. */
export const serve = () => program((port) => ["serve", "--listen", `127.0.0.1:${port}`]);

/** Starts the built program on a free port with a data folder of its own; `{ origin, data, output(), stop() }`. */
export async function program(argumentsFor) {
  const binary = process.env.BEACHHEAD_BIN;
  assert.ok(binary, "BEACHHEAD_BIN names no program; run `cargo xtask test browser`");
  const folder = await mkdtemp(path.join(tmpdir(), "beachhead-browser-"));
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const child = spawn(binary, ["--data", path.join(folder, "data"), ...argumentsFor(port, folder)], { stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (printed += text));
  let ended;
  child.on("error", (error) => (ended ??= error.message));
  child.on("exit", (code, signal) => (ended ??= `it ended with ${code ?? signal}`));

  const stop = async () => {
    if (ended === undefined) {
      const exit = once(child, "exit");
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
      await exit;
      clearTimeout(late);
    }
    await rm(folder, { recursive: true, force: true });
  };
  const deadline = Date.now() + START_MS;
  while (!(await answers(`${origin}/healthz`))) {
    if (ended !== undefined || Date.now() > deadline) {
      const why = ended ?? `no answer within ${START_MS / 1000} s`;
      await stop();
      throw new Error(`${binary} did not start: ${why}\n${printed}`);
    }
    await pause(50);
  }
  return { origin, data: path.join(folder, "data"), output: () => printed, stop };
}

async function answers(url) {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false; // Not listening yet.
  }
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Starts what `start` starts, and a browser, before the tests of a file or suite, and stops both after them. */
export function stage(start) {
  const here = {
    url: (pathAndQuery) => here.program.origin + pathAndQuery,
    command: async (words, input = "") => {
      const run = promisify(execFile)(process.env.BEACHHEAD_BIN, ["--data", here.program.data, ...words]);
      run.child.stdin.end(input);
      return (await run).stdout;
    },
    page: async (options = {}) => {
      const context = await here.browser.newContext(options);
      context.setDefaultTimeout(STEP_MS);
      return watched(await context.newPage(), here.program.origin);
    },
  };
  before(async () => {
    here.program = await start();
    here.browser = await chromium.launch({
      executablePath: process.env.BEACHHEAD_CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
      ],
    });
  });
  after(async () => {
    await here.browser?.close();
    await here.program?.stop();
  });
  return here;
}

const TROUBLES = new WeakMap();

/** What went wrong on the page since it was opened, in words. */
export const troubles = (page) => TROUBLES.get(page);

function watched(page, origin) {
  const list = [];
  TROUBLES.set(page, list);
  page.on("console", (message) => {
    // A page that is not there is answered with 404 by right, and the browser complains of every one.
    if (message.type() === "error" && !/status of 4\d\d/.test(message.text())) list.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => list.push(`script: ${error.message}`));
  page.on("request", (request) => {
    const { protocol, origin: to } = new URL(request.url());
    if (/^(https?|wss?):$/.test(protocol) && to !== origin) list.push(`left the origin: ${request.url()}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 500) list.push(`answered ${response.status()}: ${response.url()}`);
  });
  return page;
}

/** What axe finds by the tags of WCAG 2.2 AA and its best practice: `{ violations, incomplete }`, a line for each node. */
export async function axe(page, triaged = TRIAGED) {
  await page.evaluate(AXE);
  const results = await page.evaluate(
    async ({ tags, selectors }) => {
      // The rule on the size of targets is off unless asked for.
      const found = await globalThis.axe.run(document, { runOnly: tags, rules: { "target-size": { enabled: true } } });
      const nodes = (list) =>
        list.flatMap(({ id, help, nodes }) =>
          nodes.map(({ target, html, any }) => {
            const element = document.querySelector(target.at(-1));
            const inside = selectors.filter((selector) => element?.closest(selector));
            return { rule: id, help, target: target.flat().join(" "), html, message: any[0]?.data?.messageKey, inside };
          }),
        );
      return { violations: nodes(found.violations), incomplete: nodes(found.incomplete) };
    },
    { tags: TAGS, selectors: triaged.flatMap(({ within }) => within ?? []) },
  );
  const line = ({ rule, help, target, html }) => `${rule}: ${help}: ${target}: ${html}`;
  const covers = (known, node) =>
    known.rule === node.rule &&
    node.html.includes(known.html) &&
    (known.message === undefined || known.message === node.message) &&
    (known.within === undefined || node.inside.includes(known.within));
  return {
    violations: results.violations.map(line),
    incomplete: results.incomplete.filter((node) => !triaged.some((known) => covers(known, node))).map(line),
  };
}

/** The elements that make the page wider than its window; none when it does not scroll sideways. */
export async function overflow(page) {
  return page.evaluate(() => {
    const { scrollWidth } = document.scrollingElement;
    if (scrollWidth <= innerWidth) return [];
    const wide = [...document.querySelectorAll("body *")].filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5);
    const words = wide.map((element) => `<${element.localName} class="${element.getAttribute("class") ?? ""}">`);
    return [`the page is ${scrollWidth} px wide in a window of ${innerWidth}`, ...words.slice(0, 5)];
  });
}

/** How far things on the page have moved after they were shown, to the thousandth: a part of a line while it is set counts as none. */
export async function layoutShift(page) {
  return page.evaluate(
    () =>
      new Promise((resolve) => {
        let moved = 0;
        const observer = new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => (moved += value)));
        observer.observe({ type: "layout-shift", buffered: true });
        // What was buffered is handed over before the second frame.
        requestAnimationFrame(() => requestAnimationFrame(() => resolve(Math.round(moved * 1000) / 1000)));
      }),
  );
}

/** What is too heavy about a page, with the style and the script that it loads. */
async function tooHeavy(page, html) {
  const fetched = async (file) => gzipped(await (await page.request.get(new URL(file, page.url()).href)).text());
  const [style, script] = [await fetched("/assets/beachhead.css"), await fetched("/assets/beachhead.js")];
  const weights = { page: gzipped(html) + style + script, style, script };
  return Object.entries(weights).filter(([what, bytes]) => bytes > MOST_BYTES[what]).map(([what, bytes]) => `${what}: ${bytes} bytes`);
}

/** Demands that the page does not scroll sideways. */
export async function noOverflow(page) {
  assert.deepEqual(await overflow(page), [], `${page.url()} scrolls sideways`);
}

/**
 * Loads the page wide and narrow, light and dark, and demands each time that it answers 200 (or `status`), that axe finds nothing and
 * leaves nothing undecided, that it does not scroll sideways, that nothing on it moves after it was shown, and that nothing else went
 * wrong; once, that its HTML is valid and that it is not too heavy. Keeps a screenshot.
 */
export async function looks(page, url, name, { status = 200 } = {}) {
  await mkdir(OUT, { recursive: true });
  let html;
  for (const viewport of VIEWPORTS) {
    for (const colorScheme of SCHEMES) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      const answer = await page.goto(url, { waitUntil: "load" });
      const once = html === undefined;
      // Now: the next load lets go of it.
      if (once) html = await answer.text();
      // Before the picture, for which the window grows.
      let shift = await layoutShift(page);
      // On a busy machine a table may be shown while it still arrives; what moves each time is the page's own fault.
      for (let again = 0; shift > 0 && again < 3; again += 1) {
        await page.reload({ waitUntil: "load" });
        shift = await layoutShift(page);
      }
      const file = `${name}-${viewport.width}-${colorScheme}.png`;
      await page.screenshot({ path: new URL(file, OUT).pathname, fullPage: true });
      const found = {
        status: answer.status(),
        html: once ? await invalid(html) : [],
        heavy: once ? await tooHeavy(page, html) : [],
        shift,
        ...(await axe(page)),
        overflow: await overflow(page),
        troubles: [...troubles(page)],
      };
      const clean = { status, html: [], heavy: [], shift: 0, violations: [], incomplete: [], overflow: [], troubles: [] };
      assert.deepEqual(found, clean, `${url} at ${viewport.width} px, ${colorScheme}; see tests/browser/out/${file}`);
    }
  }
}

/** How many sheets of A4 the page prints on, by the page's own print rules. */
export async function pdfPages(page) {
  const pdf = await page.pdf({ format: "A4", preferCSSPageSize: true, printBackground: true });
  // Chromium writes each page as a plain object; `/Pages` is the tree above them.
  return pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length ?? 0;
}
