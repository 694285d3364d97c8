// Every page that people can come to, in light and dark, on a small phone and on a desk: axe finds nothing, nothing scrolls
// sideways, and the browser has nothing to complain about. The firm is the demonstration's, with contacts in every status.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, look, person } from "../support/browser.mjs";
import { folder, freePort, run, serve } from "../support/server.mjs";

let server, browser, demo;

before(async () => {
  const data = folder();
  const port = await freePort();
  demo = JSON.parse(run("demo", "--data-dir", data, "--public-url", `http://127.0.0.1:${port}`, "--json"));
  server = await serve({ data, port });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** The same page of other records: ids become a star, questions are left out but for their names. */
function kind(path) {
  const { pathname, searchParams } = new URL(path, "http://x");
  const parts = pathname.split("/").map((part) => (/^[a-z]+_[0-9a-z]{20,}$/.test(part) ? "*" : part));
  return `${parts.join("/")}${[...searchParams.keys()].length ? "?" : ""}`;
}

const named = (audience, path) => `${audience}${kind(path).replace(/[^a-z*-]+/gi, "-")}`.replace(/\*/g, "x").replace(/-+$/, "");

/** Follows every link to a kind of page that was not seen yet, and looks at each. */
async function crawl(who, audience, start) {
  const seen = new Set();
  const waiting = [start];
  const faults = [];
  while (waiting.length > 0) {
    const path = waiting.shift();
    if (seen.has(kind(path))) continue;
    seen.add(kind(path));
    const answer = await who.page.goto(server.origin + path);
    if (answer.status() !== 200) faults.push(`${path} → ${answer.status()}`);
    if (!(answer.headers()["content-type"] ?? "").startsWith("text/html")) continue;
    faults.push(...(await look(who.page, named(audience, path))));
    const hrefs = await who.page.$$eval("a[href^='/']", (links) => links.map((link) => link.getAttribute("href")));
    waiting.push(...hrefs.map((href) => href.split("#")[0]));
  }
  return { faults, seen };
}

async function logIn(who, login) {
  await who.page.goto(`${server.origin}/login`);
  await who.page.getByLabel("E-mail address").fill(login.email);
  await who.page.getByLabel("Password").fill(login.password);
  await who.page.getByRole("button", { name: "Log in" }).click();
  await who.page.waitForURL(/\/(console|p)/);
}

test("the pages of the firm", { timeout: 1_200_000 }, async () => {
  const owner = await person(browser);
  await logIn(owner, demo.logins.find((login) => login.role === "owner"));
  const { faults, seen } = await crawl(owner, "owner", "/console");
  assert.deepEqual(faults, []);
  assert.ok(seen.size >= 20, `${[...seen]}`);
  owner.calm();
});

test("the pages of a contact", { timeout: 1_200_000 }, async () => {
  const contact = await person(browser);
  await logIn(contact, demo.logins.find((login) => login.role === "contact" && login.clients.length > 1));
  const { faults, seen } = await crawl(contact, "contact", "/p");
  assert.deepEqual(faults, []);
  assert.ok(seen.size >= 6, `${[...seen]}`);
  contact.calm();
});

test("the pages of nobody in particular", { timeout: 1_200_000 }, async () => {
  const nobody = await person(browser);
  const { faults } = await crawl(nobody, "guest", "/login");
  for (const path of ["/forgot/sent", "/join", "/help"]) {
    await nobody.page.goto(server.origin + path);
    faults.push(...(await look(nobody.page, named("guest", path))));
  }
  nobody.expect(404);
  for (const path of ["/invite/abc", "/nothing-here"]) {
    await nobody.page.goto(server.origin + path);
    faults.push(...(await look(nobody.page, named("guest", path))));
  }
  assert.deepEqual(faults, []);
  nobody.calm();
});
