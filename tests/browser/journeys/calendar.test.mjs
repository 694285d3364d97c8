// What is due, in a calendar: a contact and the firm make their addresses, and a parser that is not ours reads them.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import ICAL from "ical.js";
import { look, shot } from "../support/browser.mjs";
import { contactOf, openDemo, owner } from "../support/office.mjs";

let office;

before(async () => { office = await openDemo(); });
after(() => office?.close());

/** Makes the address by the button, from the settings on. */
async function make(page, settings) {
  await page.goto(`${office.origin}${settings}`);
  await page.getByRole("link", { name: "What is due, in your calendar" }).click();
  await page.getByRole("button", { name: "Make the address" }).click();
  return page.getByLabel("Secret address").inputValue();
}

/** What a calendar program sees, which has no cookies: each entry, as ical.js reads it. */
async function read(address) {
  const answer = await fetch(address);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("content-type"), "text/calendar; charset=utf-8");
  const text = await answer.text();
  for (const line of text.split("\r\n")) assert.ok(Buffer.byteLength(line) <= 75, line);
  ICAL.design.strict = true;
  const calendar = new ICAL.Component(ICAL.parse(text));
  return { calendar, events: calendar.getAllSubcomponents("vevent").map((one) => new ICAL.Event(one)) };
}

/** The days and titles that the To-do list shows. */
const waiting = (page) => page.locator("main ul.rows li").allInnerTexts();

test("a contact of two clients has everything that waits for them in their calendar", async () => {
  const naomi = await office.logIn(contactOf(2), { permissions: ["clipboard-read", "clipboard-write"] });
  const { page } = naomi;
  const address = await make(page, "/p/settings");
  assert.match(address, /\/calendar\/[\w-]{43}\.ics$/);
  assert.deepEqual(await look(page, "calendar-portal"), []);
  await page.getByRole("button", { name: "Copy" }).click();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), address);
  assert.equal(await page.getByRole("link", { name: "Open in your calendar" }).getAttribute("href"), address.replace("http:", "webcal:"));

  const { calendar, events } = await read(address);

  assert.equal(calendar.getFirstPropertyValue("version"), "2.0");
  assert.equal(calendar.getFirstPropertyValue("x-wr-calname"), "To-do for Alder & Finch");
  assert.equal(calendar.getFirstPropertyValue("refresh-interval").toString(), "PT1H");
  assert.ok(events.length >= 4, `${events.length} entries`);
  assert.equal(new Set(events.map(({ uid }) => uid)).size, events.length);
  await page.goto(`${office.origin}/p/todo`);
  const list = (await waiting(page)).join("\n");
  for (const event of events) {
    assert.ok(event.startDate.isDate && event.endDate.isDate, "a civil day, without a time");
    assert.equal(event.duration.toString(), "P1D");
    const [, title, client] = /^(.*) \((.*)\)$/.exec(event.summary);
    assert.ok(list.includes(title), `${title} of ${client} is not in the list: ${list}`);
    const stamp = event.component.getFirstPropertyValue("dtstamp");
    assert.equal(stamp.zone, ICAL.Timezone.utcTimezone);
    assert.ok(event.sequence >= 0);
  }
  // The address of an entry leads to what is due, for whoever is logged in.
  const tax = events.find(({ summary }) => summary.startsWith("Tax return"));
  await page.goto(tax.component.getFirstPropertyValue("url"));
  await page.getByRole("heading", { name: "Tax return 2025-26" }).waitFor();

  await page.goto(`${office.origin}/p/settings/calendar`);
  await page.getByRole("button", { name: "Make a new address" }).click();
  await page.getByText("The old one leads nowhere.").waitFor();
  assert.equal((await fetch(address)).status, 404);
  assert.equal((await read(await page.getByLabel("Secret address").inputValue())).events.length, events.length);
  await page.getByRole("button", { name: "End the address" }).click();
  await page.getByRole("button", { name: "Make the address" }).waitFor();
  assert.deepEqual(await look(page, "calendar-portal-none"), []);
  naomi.calm();
  await naomi.close();
});

test("a member of staff has what their clients are asked for in theirs", async () => {
  const olive = await office.logIn(owner);
  const { page } = olive;
  const address = await make(page, "/console/account");
  assert.deepEqual(await look(page, "calendar-console"), []);

  const { calendar, events } = await read(address);

  assert.equal(calendar.getFirstPropertyValue("x-wr-calname"), "Requests of Alder & Finch");
  const titles = events.map(({ summary }) => summary);
  assert.deepEqual(titles, ["Proof of identity (Northside Dental Practice)"]);
  await page.goto(events[0].component.getFirstPropertyValue("url"));
  await page.getByRole("heading", { name: "Proof of identity" }).waitFor();
  await shot(page, "calendar-request");
  olive.calm();
  await olive.close();
});
