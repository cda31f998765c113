// Opens the live pages as people do and fails on the first thing that is not as it should be. Called by page.sh.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const [tools, origin, place, ...rest] = process.argv.slice(2);
const require = createRequire(tools + "/package.json");
const puppeteer = require("puppeteer-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const pictures = rest[0] === "--pictures" ? rest[1] : undefined;
if (pictures) mkdirSync(pictures, { recursive: true });

const browser = await puppeteer.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--font-render-hinting=none"],
});
let passed = 0;

// A page on which nothing is complained of and nothing is asked for but what the daemon serves.
async function open(path, { width = 1280, scheme = "light", language = "en", scripts = true, status = 200, token } = {}) {
  const where = `${path} ${language} ${scheme} ${width}${scripts ? "" : " without scripts"}`;
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  const complaints = [];
  // The browser's own icon of a field for days is such data, and its viewer of PDFs lies in it; both ask nobody.
  const ours = (url) => url.startsWith(origin + "/") || /^(data:image\/svg\+xml|chrome:|chrome-extension:)/.test(url);
  page.on("request", (request) => ours(request.url()) || complaints.push(`asks for ${request.url()}`));
  // That the page itself is not there is what a test of lost pages wants.
  page.on("console", (message) => ["error", "warn"].includes(message.type()) && (status === 200 || !message.text().includes("Failed to load")) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("dialog", (dialog) => complaints.push(`a dialog: ${dialog.message()}`) && dialog.dismiss());
  await page.setExtraHTTPHeaders({ "accept-language": language });
  await page.setViewport({ width, height: 900 });
  await page.setJavaScriptEnabled(scripts);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  if (token) {
    await page.goto(origin + "/sign-in");
    await enter(page, token);
  }
  const answer = await page.goto(origin + path, { waitUntil: "load" });
  const check = (holds, told) => assert.ok(holds, `${where}: ${told}`);
  check(answer.status() === status, `the answer is ${answer.status()}`);
  const close = async () => {
    check(complaints.length === 0, complaints.join("; "));
    await context.close();
    passed += 1;
  };
  return { page, check, close };
}

// What the form to sign in does.
async function enter(page, token) {
  await page.type("#token", token);
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
}

// Follows what has this text.
async function press(page, selector, text) {
  for (const one of await page.$$(selector)) {
    if ((await one.evaluate((element) => element.textContent.trim())).includes(text)) {
      await Promise.all([page.waitForNavigation(), one.click()]);
      return;
    }
  }
  assert.fail(`${page.url()}: nothing says ${text}`);
}

const texts = (page, selector) => page.$$eval(selector, (all) => all.map((one) => one.textContent.trim()));
const hrefs = (page, selector) => page.$$eval(selector, (all) => all.map((one) => one.getAttribute("href")));

async function paths(as = {}) {
  const { page, check, close } = await open("/", as);
  const batches = Object.fromEntries(
    await page.$$eval("#rows tr", (rows) => rows.map((row) => [row.querySelector(".name").textContent, row.querySelector("a").getAttribute("href")])),
  );
  for (const name of ["acme-expenses-2025-q1", "hostile", "held-back", "after-others"]) check(batches[name], `${name} is not listed`);
  await close();
  return batches;
}

// From the list to the files by clicks alone, without and with scripts.
async function way(scripts) {
  const { page, check, close } = await open("/", { scripts });
  const click = async (selector, text) => {
    const links = await page.$$(selector);
    for (const link of links) {
      const told = (await (await link.getProperty("textContent")).jsonValue()).trim();
      if (told.includes(text)) {
        await Promise.all([page.waitForNavigation(), link.click()]);
        return;
      }
    }
    check(false, `no link ${text}`);
  };
  await page.type("#q", "HOSTILE");
  await Promise.all([page.waitForNavigation(), page.click("form.filters button")]);
  check((await texts(page, "#rows .name")).join() === "hostile", "the filter finds the batch");
  await click("#rows a", "MB-");
  check((await texts(page, "h1"))[0] === "hostile", "the batch's page");
  await click("a.button", "Failed documents");
  const failed = await texts(page, "tbody .badge");
  check(failed.length > 10 && failed.every((text) => text.includes("Failed")), `only failed ones: ${failed}`);
  await click("tbody th a", "DOC-0");
  check((await texts(page, ".cards > li")).length >= 1, "its files are there");
  check((await texts(page, ".verdict")).join().includes("MissingRole"), "its reason is there");
  await close();
}

// A PDF is shown by the browser's own viewer, which only the page of its file may frame.
async function viewer(batches) {
  const { page, check, close } = await open(batches["acme-expenses-2025-q1"] + "/documents/EXP-0001/files/1");
  check((await texts(page, "h1"))[0] === "invoice-01.pdf", "the file's page");
  const isShown = () => page.frames().some((frame) => frame.url().startsWith("chrome-extension:"));
  for (let tries = 0; tries < 100 && !isShown(); tries += 1) await new Promise((done) => setTimeout(done, 100));
  check(isShown(), `the viewer has not opened it: ${page.frames().map((frame) => frame.url())}`);
  if (pictures) await page.screenshot({ path: `${pictures}/pdf-1280-light-en.png`, fullPage: true });
  await close();
}

// A keyset of pages: every document once, whatever its name.
async function pager(batches) {
  const { page, check, close } = await open(batches.hostile + "/documents");
  const seen = [];
  for (;;) {
    seen.push(...(await texts(page, "tbody th")));
    const next = (await hrefs(page, "a[rel=next]"))[0];
    if (!next) break;
    await page.goto(origin + next);
  }
  check(seen.length === 126 && new Set(seen).size === 126, `${seen.length} documents, ${new Set(seen).size} of them different`);
  check(seen.some((name) => name.includes("<script>")), "a name is shown as it is");
  check(seen.some((name) => name.includes("\\u{202e}")), "what turns the direction is spelled out");
  await page.goto(`${origin}${batches.hostile}/documents?image=DOC-01`);
  check((await texts(page, "tbody th")).length === 20, "the beginning of an image number finds those that begin so");
  await close();
}

// Every document with a name of its own has a page; none of them is anything but text there.
async function hostile(batches) {
  const { page, check, close } = await open(batches.hostile + "/documents");
  const odd = (await hrefs(page, "tbody th a")).filter((href) => !href.includes("DOC-"));
  await page.goto(`${origin}${batches.hostile}/documents?image=L`);
  odd.push(...(await hrefs(page, "tbody th a")));
  for (const name of ["<script>", "\"'", "A\u202e", "发票", "{{"]) {
    await page.goto(`${origin}${batches.hostile}/documents?image=${encodeURIComponent(name)}`);
    odd.push(...(await hrefs(page, "tbody th a")));
  }
  const all = [...new Set(odd)];
  check(all.length === 6, `${all.length} odd names`);
  for (const href of all) {
    const answer = await page.goto(origin + href);
    check(answer.status() === 200, `${href}: ${answer.status()}`);
    check((await page.$$("main script, main [onmouseover], main b > b")).length === 0, `${href}: a name became markup`);
    check(!(await page.title()).startsWith("owned"), `${href}: a name became a script`);
  }
  await close();
}

async function languages(batches) {
  const { page, check, close } = await open(batches.hostile, { language: "zh-CN" });
  check((await page.$eval("html", (html) => html.lang)) === "zh-CN", "what the browser prefers");
  const english = (await hrefs(page, ".languages a[lang=en]"))[0];
  await page.goto(origin + english);
  check((await page.$eval("html", (html) => html.lang)) === "en", "what is chosen");
  await page.goto(origin + "/");
  check((await page.$eval("html", (html) => html.lang)) === "en", "and is remembered");
  await close();
}

// Without a touch: a batch that is let go runs and ends on a page that is open.
async function live(batches) {
  const { page, check, close } = await open("/");
  const badge = () => page.$eval(`[data-batch="${batches["held-back"].split("/").pop()}"] td`, (cell) => cell.textContent);
  const number = batches["held-back"].split("/").pop();
  check((await badge()).includes("Suspended"), "it is held");
  const second = await open(batches["held-back"]);
  const spec = place + "/jobs/held.yaml";
  writeFileSync(spec, readFileSync(spec, "utf8").replace("suspend: true", "suspend: false"));
  const ended = (selector) => (document.querySelector(selector)?.textContent ?? "").includes("Partial");
  await page.waitForFunction(ended, { timeout: 60_000 }, `[data-batch="${number}"] td`);
  await second.page.waitForFunction(ended, { timeout: 60_000 }, ".head");
  // The rest of the batch's page follows.
  await second.page.waitForFunction(() => document.querySelector(".sentence").textContent.startsWith("Partly synced"), { timeout: 60_000 });
  check((await texts(page, "#live"))[0].startsWith("Live"), "it says that it is live");
  await second.close();
  await close();
}

async function keyboard(batches) {
  const { page, check, close } = await open(batches.hostile);
  const focused = () => page.evaluate(() => document.activeElement.className || document.activeElement.textContent);
  await page.keyboard.press("Tab");
  check((await focused()) === "skip", "the first stop is the way past the head");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  check((await page.evaluate(() => document.querySelector("main").contains(document.activeElement))), "it leads into the content");
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  check(outline !== "none", "what has the focus is marked");
  await close();
}

async function downloads(batches) {
  const { page, check, close } = await open(batches.hostile);
  const files = await hrefs(page, "a[download]");
  check(files.length === 7, `${files.length} files`);
  for (const file of files) {
    const [status, saved] = await page.evaluate(async (href) => {
      const answer = await fetch(href);
      return [answer.status, answer.headers.get("content-disposition")];
    }, file);
    check(status === 200 && saved.startsWith("attachment"), `${file}: ${status} ${saved}`);
  }
  await close();
}

async function lost() {
  for (const path of ["/nowhere", "/batches/MB-19990101-0001", "/batches/MB-19990101-0001/documents/x", "/batches/none/audit"]) {
    const { page, check, close } = await open(path, { status: 404 });
    await Promise.all([page.waitForNavigation(), page.click("a.button")]);
    check(new URL(page.url()).pathname === "/", "the way back leads to the list");
    await close();
  }
}

async function looks(pages, token, prepare = async () => {}) {
  for (const [name, path] of Object.entries(pages)) {
    for (const width of [1280, 390]) {
      for (const scheme of ["light", "dark"]) {
        for (const language of ["en", "zh-CN"]) {
          const { page, check, close } = await open(path, { width, scheme, language, token });
          await prepare(page);
          const [content, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
          check(content <= room, `the page is ${content} wide and has ${room}`);
          await page.$$eval("details", (all) => all.forEach((one) => (one.open = true)));
          if (pictures) await page.screenshot({ path: `${pictures}/${name}-${width}-${scheme}-${language}.png`, fullPage: true });
          const found = await page.evaluate(`${axe}; axe.run({ resultTypes: ["violations"] })`);
          check(found.passes.length > 15, "the checker has looked at nothing");
          const told = found.violations.map((one) => `${one.impact} ${one.id}: ${one.nodes[0].html}: ${one.nodes[0].failureSummary}`);
          check(told.length === 0, told.join("\n"));
          await close();
        }
      }
    }
  }
}

// An operator's whole way, with the words of a language.
async function acting(batches, token, language, words, scripts) {
  const { page, check, close } = await open(batches["acme-expenses-2025-q1"], { language, scripts });
  check(page.url().includes("/sign-in?next="), "a browser without a session is led to sign in");
  await enter(page, "not-a-token-of-anyone-at-all-0123456789");
  check((await texts(page, "#told")).join().includes(words.wrong), "a wrong token is told");
  await enter(page, token);
  check(page.url() === origin + batches["acme-expenses-2025-q1"], "signing in leads to where one wanted to be");
  check((await texts(page, ".who")).join().includes("olga"), "who is signed in");
  await page.goto(origin + "/");
  await press(page, "#rows a", batches["acme-expenses-2025-q1"].split("/").pop());
  await press(page, "a.button", words.failed);
  await press(page, "tbody th a", "");
  check((await texts(page, ".cards > li")).length >= 1, "the files of a document");
  await page.goto(origin + batches["acme-expenses-2025-q1"]);
  await press(page, ".actions > form button", words.resync);
  check((await texts(page, "#told")).join().includes(words.resynced), "it says what was done");
  const runs = async () => (await page.goto(origin + batches["acme-expenses-2025-q1"]), texts(page, ".runs tbody tr"));
  for (let tries = 0; tries < 100 && !(await runs())[0].includes("olga (by token)"); tries += 1) await new Promise((done) => setTimeout(done, 100));
  check((await texts(page, ".runs tbody tr"))[0].includes("olga (by token)"), "a run of hers");
  // What cannot be taken back by a click is explained first, and is reached by the keyboard.
  await page.goto(origin + batches["after-others"]);
  await press(page, ".actions > form button", words.suspend);
  check((await texts(page, ".head")).join().includes("SuspendedByCommand"), "it is suspended");
  await press(page, ".actions > form button", words.resume);
  check(!(await texts(page, ".head")).join().includes("SuspendedByCommand"), "it goes on");
  await page.focus(".actions summary");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  check((await page.evaluate(() => document.activeElement.textContent)).includes(words.cancel), "the button follows what it does");
  await page.goto(`${origin}${batches["acme-expenses-2025-q1"]}/audit`);
  const log = (await hrefs(page, "a[download]"))[0];
  if (scripts) {
    const lines = await page.evaluate(async (href) => (await (await fetch(href)).text()).trim().split("\n").map((line) => JSON.parse(line)), log);
    check(lines.length > 10 && JSON.stringify(lines).includes("olga (by token)"), "the log is whole and has her name");
  }
  await press(page, ".who button", words.out);
  check((await texts(page, "#told")).join().includes(words.gone), "it says that she is signed out");
  await page.goto(origin + "/");
  check(page.url().includes("/sign-in"), "and she is");
  await close();
}

const KEYS = "{organization}/{documentType}/{collected:%Y/%m/%d}/{imageNumber}/{role}-{sequence}.{extension}";
const SOUND = { from: "2025-01-01", to: "2025-03-31", zone: "Asia/Shanghai", source: "scans", keys: KEYS, organizations: "ACME-CN", types: "expense-report", target: "vault" };

const fill = async (page, values) => {
  for (const [name, value] of Object.entries(values)) await page.$eval("#" + name, (field, value) => (field.value = value), value);
};

const submit = async (page, step) => {
  await Promise.all([page.waitForNavigation({ timeout: 120_000 }), page.click(`#new button[value=${step}]`)]);
};

// Asks for the page again until it shows something.
async function until(page, holds) {
  for (let tries = 0; tries < 300; tries += 1) {
    if (await holds()) return;
    await new Promise((done) => setTimeout(done, 100));
    await page.reload();
  }
  assert.fail(`${page.url()}: it does not come`);
}

// From nothing to a bag: a new batch, the list, its documents, their files, a resync, a download.
async function making(token, language, words, scripts) {
  const name = `made-${language.toLowerCase()}${scripts ? "" : "-plain"}`;
  const { page, check, close } = await open("/", { language, scripts, token });
  await press(page, "a.button", words.make);
  check(page.url() === origin + "/new", "the form");
  await page.type("#name", "Not A Name");
  if (scripts) {
    await page.waitForFunction(() => document.querySelector("#wrong-name p") && document.getElementById("yaml"), { timeout: 60_000 });
    check((await page.$$("#wrong-to p")).length === 0, "a field that nobody was at is not complained about");
  } else {
    await submit(page, "plan");
    check((await page.$$("#wrong-to p")).length === 1, "every field is judged");
  }
  check((await texts(page, "#wrong-name")).join().includes("lower-case letters"), "what is wrong with the name");
  check((await page.$eval("#name", (field) => field.getAttribute("aria-invalid"))) === "true", "it is marked for those who cannot see it");
  await fill(page, { ...SOUND, name, targetPrefix: `${name}/` });
  await submit(page, "plan");
  const plan = (await texts(page, "#plan")).join();
  check(plan.includes(words.plan) && plan.includes("TypeMismatch"), `the plan: ${plan}`);
  check((await texts(page, "#yaml")).join().includes(`name: ${name}\n`), "the YAML of what was planned");
  await page.goto(origin + "/?q=" + name);
  check((await page.$$("#rows tr")).length === 0, "a plan makes no batch");
  await page.goto(origin + "/new");
  await fill(page, { ...SOUND, name, targetPrefix: `${name}/` });
  await submit(page, "write");
  check((await texts(page, "#told")).join().includes(`${name}.yaml`), "what was written");
  await until(page, async () => (await texts(page, "#rows")).join().includes(words.partial));
  await press(page, "#rows a", "MB-");
  const batch = page.url();
  check((await texts(page, "h1"))[0] === name, "the batch's page");
  check((await texts(page, ".facts")).join().includes("olga (by token)"), "she has made it");
  await press(page, "a.button", words.failed);
  check((await texts(page, "tbody .badge")).length > 2, "its documents");
  await press(page, "tbody th a", "");
  check((await texts(page, ".cards > li")).length >= 1, "the files of one");
  await page.goto(batch);
  await press(page, ".actions > form button", words.resync);
  check((await texts(page, "#told")).join().includes(words.resynced), "it says what was done");
  await page.goto(batch);
  await until(page, async () => (await texts(page, ".runs tbody tr")).length === 2 && (await texts(page, ".head")).join().includes(words.partial));
  const [bag] = await page.$$eval("a.button", (all, word) => all.filter((one) => one.textContent.includes(word)).map((one) => one.href), words.download);
  const cookie = (await page.cookies()).map((one) => `${one.name}=${one.value}`).join("; ");
  const answer = await fetch(bag, { headers: { cookie } });
  const bytes = Buffer.from(await answer.arrayBuffer());
  check(answer.status === 200 && bytes.subarray(0, 2).toString() === "PK" && bytes.includes("bagit.txt"), `the bag: ${answer.status}`);
  // The same name and file once more: nothing is written over.
  await page.goto(origin + "/new");
  await fill(page, { ...SOUND, name, targetPrefix: `${name}/` });
  await submit(page, "write");
  check((await texts(page, "#told")).join().includes(words.unwritten), "it is refused");
  await close();
}

async function viewing(batches, token) {
  const { page, check, close } = await open(batches["acme-expenses-2025-q1"], { token });
  check((await texts(page, ".who")).join().includes("vera"), "who is signed in");
  check((await page.$$(".actions, [action*=actions]")).length === 0, "a viewer has no buttons");
  await close();
}

const ENGLISH = { wrong: "This token is nobody", failed: "Failed documents", resync: "Resync failed", resynced: "will be taken again", suspend: "Suspend", resume: "Resume", cancel: "Cancel the run", out: "Sign out", gone: "You are signed out", make: "New batch", plan: "A run would move", partial: "Partial", download: "Download as a bag", unwritten: "Not written" };
const CHINESE = { wrong: "令牌无效", failed: "失败的单据", resync: "重新同步失败单据", resynced: "将重新同步", suspend: "暂停", resume: "恢复", cancel: "取消运行", out: "退出登录", gone: "您已退出登录", make: "新增", plan: "运行将迁移", partial: "部分同步完成", download: "下载", unwritten: "未写入" };

async function named() {
  const [operator, viewer] = ["operator", "viewer"].map((name) => readFileSync(`${place}/${name}.token`, "utf8").trim());
  const batches = await paths({ token: operator });
  await acting(batches, operator, "en", ENGLISH, true);
  await acting(batches, operator, "zh-CN", CHINESE, true);
  await acting(batches, operator, "en", ENGLISH, false);
  await making(operator, "en", ENGLISH, true);
  await making(operator, "zh-CN", CHINESE, true);
  await making(operator, "en", ENGLISH, false);
  await viewing(batches, viewer);
  await looks({ "sign-in": "/sign-in?why=wrong" });
  await looks({ "operators-batch": batches["acme-expenses-2025-q1"], "operators-waiting": batches["after-others"], "operators-list": "/", new: "/new" }, operator);
  await looks({ "new-wrong": "/new" }, operator, async (page) => {
    await fill(page, { ...SOUND, name: "Not A Name", to: "2024-03-31", zone: "Shanghai", target: "scans", organizations: "[", file: "../x.yaml" });
    await submit(page, "plan");
    await fill(page, { file: "" });
    await submit(page, "plan");
  });
  await looks({ "new-planned": "/new" }, operator, async (page) => {
    await fill(page, { ...SOUND, name: "acme-new", targetPrefix: "new/" });
    await submit(page, "plan");
  });
}

if (existsSync(`${place}/operator.token`)) {
  await named();
  await browser.close();
  console.log(`${passed} passed, 0 failed, signed in`);
  process.exit(0);
}
const batches = await paths();
await way(false);
await way(true);
await viewer(batches);
await pager(batches);
await hostile(batches);
await languages(batches);
await keyboard(batches);
await downloads(batches);
await lost();
await live(batches);
const failed = await (async () => {
  const { page, close } = await open(batches["acme-expenses-2025-q1"] + "/documents?status=Failed");
  const found = (await hrefs(page, "tbody th a"))[0];
  await close();
  return found;
})();
await looks({
  list: "/",
  filtered: "/?q=nothing-of-this-name",
  batch: batches["acme-expenses-2025-q1"],
  hostile: batches.hostile,
  waiting: batches["after-others"],
  documents: batches.hostile + "/documents",
  document: failed,
  file: batches["acme-expenses-2025-q1"] + "/documents/EXP-0001/files/1",
  audit: batches["acme-expenses-2025-q1"] + "/audit",
  invalid: "/invalid",
});
await browser.close();
console.log(`${passed} passed, 0 failed`);
