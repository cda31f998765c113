// Opens pages as people do and fails on the first thing that is not as it should be. Called by pages.sh.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [tools, ...rest] = process.argv.slice(2);
const require = createRequire(tools + "/package.json");
const puppeteer = require("puppeteer-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const picture = rest.includes("--picture");
const files = rest.filter((name) => name.endsWith(".html"));
assert.ok(files.length >= 3, "no pages to open");

const browser = await puppeteer.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--font-render-hinting=none"],
});
let passed = 0;

// A page on which nothing is complained of and nothing is asked for but the file itself.
async function open(file, { width = 1280, scheme = "light", scripts = true, language } = {}) {
  const page = await browser.newPage();
  const where = `${file} at ${width}, ${scheme}, ${language ?? "first language"}, scripts ${scripts}`;
  const complaints = [];
  page.on("console", (message) => complaints.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("request", (request) => request.url() === `file://${file}` || complaints.push(`request: ${request.url()}`));
  await page.setJavaScriptEnabled(scripts);
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.goto(`file://${file}`);
  if (language) await page.click(`label[for="in-${language}"]`);
  const check = (holds, told) => assert.ok(holds, `${where}: ${told}`);
  const close = async () => {
    check(complaints.length === 0, complaints.join("; "));
    await page.close();
    passed += 1;
  };
  return { page, check, close };
}

const shown = (page, selector) => page.$$eval(selector, (all) => all.filter((one) => one.checkVisibility()).length);

async function languages(file) {
  for (const language of ["en", "zh-CN"]) {
    for (const scripts of [true, false]) {
      const { page, check, close } = await open(file, { language, scripts });
      check((await shown(page, `article[lang="${language}"]`)) === 1, "its language is not shown");
      check((await shown(page, "article")) === 1, "another language is shown, too");
      check((await shown(page, ".search")) === (scripts ? 1 : 0), "the search belongs to scripts");
      await close();
    }
  }
}

async function widths(file) {
  for (const width of [320, 390, 1280]) {
    for (const language of ["en", "zh-CN"]) {
      const { page, check, close } = await open(file, { width, language });
      const [content, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      check(content <= room, `the page is ${content} wide and has ${room}`);
      await close();
    }
  }
}

async function search(file) {
  const { page, check, close } = await open(file, { language: "en" });
  const rows = await shown(page, "article[lang=en] .document");
  const image = await page.$eval("article[lang=en] .document:last-of-type code", (code) => code.textContent);
  await page.type("#search-en", image.toUpperCase());
  check((await shown(page, "article[lang=en] .document")) === 1, `not one document is found for ${image}`);
  const told = await page.$eval("article[lang=en] output", (output) => output.textContent);
  check(told === `1 of ${rows}`, `it tells ${told}`);
  await close();
}

// Closed documents are open on paper, whatever was clicked, and paper is never dark.
async function paper(file) {
  const { page, check, close } = await open(file, { scheme: "dark", scripts: false });
  const documents = await shown(page, "article .document");
  check((await shown(page, ".document .files")) === 0, "a document is open on the screen");
  await page.emulateMediaType("print");
  check((await shown(page, ".document .files")) === documents, "a document is closed on paper");
  const paper = await page.$eval("body", (body) => getComputedStyle(body).backgroundColor);
  check(paper === "rgb(255, 255, 255)", `paper is ${paper}`);
  await page.pdf({ preferCSSPageSize: true });
  await close();
}

// With the keyboard alone: to the report, and from one language to the other.
async function keyboard(file) {
  const { page, check, close } = await open(file);
  const focused = () => page.evaluate(() => document.activeElement.className || document.activeElement.id);
  await page.keyboard.press("Tab");
  check((await focused()) === "skip", "the first stop is the way past the head");
  await page.keyboard.press("Tab");
  const before = await focused();
  await page.keyboard.press("ArrowRight");
  check(before.startsWith("in-") && (await focused()) !== before, "the arrow does not change the language");
  check((await shown(page, "article")) === 1, "one language is shown");
  await close();
}

async function accessibility(file) {
  for (const scheme of ["light", "dark"]) {
    for (const language of ["en", "zh-CN"]) {
      const { page, check, close } = await open(file, { scheme, language });
      await page.$$eval("article details", (all) => all.forEach((one) => (one.open = true)));
      await page.evaluate(axe);
      const found = await page.evaluate(() => axe.run({ resultTypes: ["violations"] }));
      check(found.passes.length > 20, "the checker has looked at nothing");
      const told = found.violations.map((one) => `${one.impact} ${one.id}: ${one.nodes[0].html}: ${one.nodes[0].failureSummary}`);
      check(told.length === 0, told.join("\n"));
      await close();
    }
  }
}

for (const file of files) {
  for (const test of [languages, widths, paper, keyboard, search, accessibility]) await test(file);
}
if (picture) {
  const { page, close } = await open(files.find((name) => name.includes("acme-expenses")), { width: 1080, language: "en" });
  await page.screenshot({ path: "docs/report.png", clip: { x: 0, y: 0, width: 1080, height: 800 } });
  await close();
}
await browser.close();
console.log(`${passed} passed, 0 failed`);
