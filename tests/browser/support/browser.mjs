// Debian's Chromium, people with a browser of their own, and a strict look at every page.
import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const SHOTS = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../shots");
const AXE = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
export const DESK = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

export async function launch() {
  fs.mkdirSync(SHOTS, { recursive: true });
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  return chromium.launch({ executablePath, args: FLAGS, headless: true });
}

/** Somebody with a fresh browser. Whatever the console of their browser complains about fails the test that calls `calm`. */
export async function person(browser, { viewport = DESK, ...options } = {}) {
  const context = await browser.newContext({
    viewport, timezoneId: "Europe/London", locale: "en-GB", reducedMotion: "reduce", ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const complaints = [];
  let expected = [];
  page.on("console", (message) => {
    if (message.type() === "error" || /content security policy/i.test(message.text())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(`${error}`));
  page.on("requestfailed", (request) => {
    // A stream that ends because the page is left is no failure.
    if (request.resourceType() !== "eventsource" && request.failure()?.errorText !== "net::ERR_ABORTED") {
      complaints.push(`${request.url()}: ${request.failure()?.errorText}`);
    }
  });
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (!["127.0.0.1", "localhost"].includes(url.hostname) && url.protocol !== "data:") complaints.push(`asked ${url}`);
  });
  return {
    context,
    page,
    /** A status that the browser reports as an error, although the journey wants it. */
    expect: (...status) => (expected = expected.concat(status)),
    calm() {
      const known = (text) => expected.some((status) => text.includes(`status of ${status}`));
      assert.deepEqual(complaints.filter((text) => !known(text)), []);
    },
    close: () => context.close(),
  };
}

/** Somebody logged in with a browser of their own; `home` is where they land. */
export async function logIn(browser, origin, login, options = {}) {
  const who = await person(browser, options);
  await who.page.goto(`${origin}/login`);
  await who.page.getByLabel("E-mail address").fill(login.email);
  await who.page.getByLabel("Password").fill(login.password);
  await who.page.getByRole("button", { name: "Log in" }).click();
  await who.page.waitForURL(/\/(console|p\/[^/]+)$/);
  return { ...who, home: who.page.url() };
}

/** Marks the page as it stands: a mark that loading it again would take away. */
export const mark = (page) => page.evaluate(() => { window.sameDocument = true; });

/** Nobody has loaded the page again since it was marked. */
export async function stayed(page) {
  assert.equal(await page.evaluate(() => window.sameDocument), true, "the page was loaded again");
}

/** A screenshot for people to look at. */
export async function shot(page, name) {
  await page.screenshot({ path: path.join(SHOTS, `${name}.png`), fullPage: true });
}

/** What is wrong with the page as it stands: what axe finds, and whether it is wider than its window. */
export async function faults(page) {
  const wide = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return null;
    const out = [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > clientWidth + 1);
    return `${scrollWidth} px in ${clientWidth}: ${out.slice(0, 3).map((one) => one.outerHTML.slice(0, 100)).join(" | ")}`;
  });
  // The policy of the page forbids further scripts, but not to a debugger.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  const found = violations.flatMap(({ id, nodes }) =>
    nodes.slice(0, 3).map((node) => `${id}: ${node.html.slice(0, 160)} (${(node.any[0] ?? node.all[0] ?? node.none[0])?.message ?? ""})`));
  return wide ? [`wider than the window: ${wide}`, ...found] : found;
}

/** The page in light and dark, on a small phone and on a desk. Gives the faults, each with where it was seen. */
export async function look(page, name) {
  const before = page.viewportSize();
  const all = [];
  for (const width of [320, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      for (const fault of await faults(page)) all.push(`${name} at ${width} px, ${colorScheme}: ${fault}`);
      await shot(page, `${name}-${width}-${colorScheme}`);
    }
  }
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  await page.setViewportSize(before);
  return all;
}
