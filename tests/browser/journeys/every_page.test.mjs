// Every page that people can come to, in light and dark, on a small phone and on a desk: axe finds nothing, nothing scrolls
// sideways, and the browser has nothing to complain about. The firm is the demonstration's, with contacts in every status.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { look } from "../support/browser.mjs";
import { contactOf, openDemo, owner as isOwner } from "../support/office.mjs";

let office;

before(async () => { office = await openDemo(); });
after(() => office?.close());

/** The same page of other records: ids become a star, questions are left out but for their names. */
function kind(path) {
  const { pathname, searchParams } = new URL(path, "http://x");
  const parts = pathname.split("/").map((part) => (/^[a-z]+_[0-9a-z]{20,}$/.test(part) ? "*" : part));
  return `${parts.join("/")}${[...searchParams.keys()].length ? "?" : ""}`;
}

const named = (audience, path) => `${audience}${kind(path).replace(/[^a-z*-]+/gi, "-")}`.replace(/\*/g, "x").replace(/-+$/, "");

/** Pages that differ from record to record: several of them are looked at. */
const VARIED = { "/console/clients/*/contacts": 4, "/console/outbox/*": 3, "/p/*": 2 };
/** More than the demonstration has. */
const MOST_PATHS = 600;

/** Where a page leads, without drawing it. */
async function linksOf(who, path) {
  const text = await (await who.context.request.get(office.origin + path)).text();
  // A download is no page.
  const links = [...text.matchAll(/<a [^>]*>/g)].filter(([link]) => !/ download[ =>]/.test(link));
  return links.map(([link]) => /href="(\/[^"#]*)/.exec(link)?.[1].replaceAll("&amp;", "&")).filter(Boolean);
}

/** Follows every link, and looks at each kind of page. */
async function crawl(who, audience, start) {
  const seen = new Map();
  const known = new Set([start]);
  const waiting = [start];
  const faults = [];
  const add = (hrefs) => {
    for (const href of hrefs.filter((href) => !known.has(href) && known.size < MOST_PATHS)) {
      known.add(href);
      waiting.push(href);
    }
  };
  while (waiting.length > 0) {
    const path = waiting.shift();
    const looked = seen.get(kind(path)) ?? 0;
    if (looked >= (VARIED[kind(path)] ?? 1)) {
      if (!path.includes("?")) add(await linksOf(who, path));
      continue;
    }
    seen.set(kind(path), looked + 1);
    const answer = await who.page.goto(office.origin + path);
    if (answer.status() !== 200) faults.push(`${path} → ${answer.status()}`);
    if (!(answer.headers()["content-type"] ?? "").startsWith("text/html")) continue;
    faults.push(...(await look(who.page, named(audience, path) + (looked ? `-${looked + 1}` : ""))));
    const hrefs = await who.page.$$eval("a[href^='/']:not([download])", (links) => links.map((link) => link.getAttribute("href")));
    add(hrefs.map((href) => href.split("#")[0]));
  }
  return { faults, seen };
}

test("the pages of the firm", { timeout: 1_200_000 }, async () => {
  const owner = await office.logIn(isOwner);
  const { faults, seen } = await crawl(owner, "owner", "/console");
  // Ticked in the list, and invited all at once.
  await owner.page.goto(`${office.origin}/console/clients`);
  const ticks = owner.page.locator("input[name=client]:enabled");
  for (let at = 0; at < Math.min(3, await ticks.count()); at += 1) await ticks.nth(at).check();
  await owner.page.getByRole("button", { name: "Invite contacts to the client portal" }).click();
  await owner.page.waitForURL(/\/console\/invites\/new/);
  faults.push(...(await look(owner.page, "owner-invites-of-clients")));
  assert.deepEqual(faults, []);
  for (const wanted of ["/console/clients/*/contacts/*/remove-access", "/console/clients/*/contacts/*/email"]) {
    assert.ok(seen.has(wanted), `nothing leads to ${wanted}: ${[...seen.keys()]}`);
  }
  owner.calm();
});

test("the pages of a contact", { timeout: 1_200_000 }, async () => {
  const contact = await office.logIn(contactOf(2));
  const { faults, seen } = await crawl(contact, "contact", "/p");
  assert.deepEqual(faults, []);
  assert.ok(seen.size >= 6, `${[...seen.keys()]}`);
  contact.calm();
});

test("the pages of nobody in particular", { timeout: 1_200_000 }, async () => {
  const nobody = await office.person();
  const { faults } = await crawl(nobody, "guest", "/login");
  for (const path of ["/forgot/sent", "/join", "/help"]) {
    await nobody.page.goto(office.origin + path);
    faults.push(...(await look(nobody.page, named("guest", path))));
  }
  nobody.expect(404);
  for (const path of ["/invite/abc", "/nothing-here"]) {
    await nobody.page.goto(office.origin + path);
    faults.push(...(await look(nobody.page, named("guest", path))));
  }
  assert.deepEqual(faults, []);
  nobody.calm();
});
