// The harness held against tiny pages: what must be caught is caught, and a clean page passes.

import assert from "node:assert/strict";
import { once } from "node:events";
import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { axe, looks, noOverflow, overflow, pdfPages, program, stage, troubles } from "./harness.mjs";

const STRICT = "default-src 'none'; style-src 'self'";
const CSS = `
  @page { size: A4; margin: 14mm }
  :root { color-scheme: light dark; color: light-dark(#14191f, #e8edf2); background: light-dark(#fff, #12161b) }
  .wide { width: 1500px } .sheet { break-after: page } .pale { color: #ccc; background: #fff }
  .shaded { background-image: linear-gradient(#fff, #888) } button { width: 12px; height: 12px; padding: 0 }
`;
const page = (body) =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Page</title>
   <meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
   <link rel="stylesheet" href="/style.css"></head><body><main><h1>Page</h1>${body}</main></body></html>`;

const PAGES = {
  "/clean": page("<p>All is well.</p>"),
  "/unlabelled": page('<p class="pale">Too pale to read.</p><input>'),
  "/tiny": page("<button>1</button><button>2</button>"),
  "/undecided": page('<p class="shaded">Who can say?</p>'),
  "/wide": page('<div class="wide">Too wide for any window here.</div>'),
  "/inline": page("<script>document.title = 'never'</script>"),
  "/abroad": page('<img src="http://127.0.0.1:9/pixel.png" alt="">'),
  "/sheets": page('<p class="sheet">1</p><p class="sheet">2</p><p>3</p>'),
};

async function pages() {
  const server = createServer(({ url }, response) => {
    if (url === "/style.css") return response.writeHead(200, { "content-type": "text/css" }).end(CSS);
    if (url === "/broken") return response.writeHead(500, { "content-type": "text/html" }).end(page("<p>Broken.</p>"));
    const policy = url === "/abroad" ? {} : { "content-security-policy": `${STRICT}; img-src data:` };
    response.writeHead(PAGES[url] ? 200 : 404, { "content-type": "text/html", ...policy }).end(PAGES[url] ?? page("<p>None.</p>"));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const stop = () => new Promise((done) => (server.close(done), server.closeAllConnections()));
  return { origin: `http://127.0.0.1:${server.address().port}`, output: () => "", stop };
}

const here = stage(pages);

const open = async (pathname, options) => {
  const page = await here.page(options);
  await page.goto(here.url(pathname));
  return page;
};

test("a clean page under a strict policy passes in every look and leaves its screenshots", async () => {
  await looks(await here.page(), here.url("/clean"), "harness-clean");
  for (const look of ["1280-light", "1280-dark", "320-light", "320-dark"]) {
    await access(new URL(`out/harness-clean-${look}.png`, import.meta.url));
  }
});

test("a field without a label and pale text are violations", async () => {
  const { violations } = await axe(await open("/unlabelled"));
  assert.deepEqual(violations.map((line) => line.split(":")[0]).sort(), ["color-contrast", "label"]);
});

test("targets too small to hit are violations", async () => {
  const { violations } = await axe(await open("/tiny"));
  assert.ok(violations.some((line) => line.startsWith("target-size")), violations.join("\n"));
});

test("what axe cannot decide fails until somebody has looked at it and said so", async () => {
  const page = await open("/undecided");
  const { violations, incomplete } = await axe(page, []);
  assert.deepEqual(violations, []);
  assert.match(incomplete.join("\n"), /^color-contrast: .*: <p class="shaded">/);
  await assert.rejects(looks(page, here.url("/undecided"), "harness-undecided"), /incomplete/);
  const triaged = [{ rule: "color-contrast", html: 'class="shaded"', why: "dark on grey at worst" }];
  assert.deepEqual((await axe(page, triaged)).incomplete, []);
});

test("a page wider than its window is caught, with what makes it so", async () => {
  const page = await open("/wide");
  assert.match((await overflow(page)).join("\n"), /1\d\d\d px wide in a window of 1280\n<div class="wide">/);
  await assert.rejects(noOverflow(page), /scrolls sideways/);
  await assert.rejects(looks(await here.page(), here.url("/wide"), "harness-wide"), /at 1280 px, light/);
});

test("what the policy blocks, what leaves the origin and what breaks are troubles", async () => {
  assert.match(troubles(await open("/inline")).join("\n"), /console: .*Content Security Policy/);
  assert.match(troubles(await open("/abroad")).join("\n"), /left the origin: http:\/\/127\.0\.0\.1:9\//);
  assert.match(troubles(await open("/broken")).join("\n"), /answered 500/);
  await assert.rejects(looks(await here.page(), here.url("/missing"), "harness-missing"), /404/);
});

test("printed sheets are counted", async () => {
  assert.equal(await pdfPages(await open("/clean")), 1);
  assert.equal(await pdfPages(await open("/sheets")), 3);
});

test("a page without scripts can be opened as such", async () => {
  const page = await open("/clean", { javaScriptEnabled: false });
  assert.equal(await page.getByText("All is well.").count(), 1);
});

test("a program is waited for, stopped, and quoted when it does not start", async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), "beachhead-harness-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const given = process.env.BEACHHEAD_BIN;
  t.after(() => (given === undefined ? delete process.env.BEACHHEAD_BIN : (process.env.BEACHHEAD_BIN = given)));
  process.env.BEACHHEAD_BIN = path.join(folder, "program.mjs");
  const script = (body) => writeFile(process.env.BEACHHEAD_BIN, `#!/usr/bin/env node\n${body}`, { mode: 0o755 });

  await script(`
    import { createServer } from "node:http";
    console.log("data in", process.argv[3]);
    setTimeout(() => createServer((_, answer) => answer.end("ok")).listen(Number(process.argv[4]), "127.0.0.1"), 200);
  `);
  const running = await program((port) => [String(port)]);
  assert.equal(await (await fetch(running.origin)).text(), "ok");
  assert.match(running.output(), /data in .*beachhead-browser-/);
  await running.stop();
  await assert.rejects(fetch(running.origin));

  await script('console.error("no such luck"); process.exit(5);');
  await assert.rejects(program(() => []), /ended with 5\nno such luck/);
});
