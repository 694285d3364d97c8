// Times are stored in UTC, written in the firm's zone, and read in the reader's: on each side of a change of the clocks.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { mark, stayed } from "../support/browser.mjs";
import { MAYA, NOOR, openFirm, row } from "../support/office.mjs";

let office, olive, client, link;

/** Invites a contact from the client's record. */
async function invite(contact) {
  const { page } = olive;
  await page.goto(`${client}/contacts`);
  await row(page, contact).locator("summary").click();
  await row(page, contact).getByRole("link", { name: "Send invite" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Send invite" }).click();
  return (await office.mail.mailTo(contact.email)).link;
}

before(async () => {
  office = await openFirm();
  ({ olive, client } = office);
  link = await invite(MAYA);
});
after(() => office?.close());

/** The page of Maya's invite in a zone, as if it ended at this time and the firm wrote dates in this style. */
async function ends(timezoneId, at, style = "day-first") {
  const maya = await office.person({ timezoneId });
  await maya.page.route("**/invite/*", async (route) => {
    const answer = await route.fetch();
    const page = (await answer.text()).replace(/datetime="[^"]*"/, `datetime="${at}"`);
    await route.fulfill({ response: answer, body: page.replace('content="day-first"', `content="${style}"`) });
  });
  await maya.page.goto(link);
  await maya.page.locator("time[title*='2031']").waitFor();
  const told = await maya.page.locator("time").evaluate((time) => [time.textContent, time.title]);
  maya.calm();
  await maya.close();
  return told;
}

test("until when an invite works is told in the time of whoever reads it, before and after the clocks change", async () => {
  for (const [zone, at, day, clock, name] of [
    ["America/New_York", "2031-11-02T05:30:00Z", "2 November 2031", "01:30", "EDT"],
    ["America/New_York", "2031-11-02T06:30:00Z", "2 November 2031", "01:30", "EST"],
    ["America/New_York", "2031-03-09T06:59:00Z", "9 March 2031", "01:59", "EST"],
    ["America/New_York", "2031-03-09T07:00:00Z", "9 March 2031", "03:00", "EDT"],
    ["Europe/London", "2031-03-30T00:59:00Z", "30 March 2031", "00:59", "GMT"],
    ["Europe/London", "2031-03-30T01:00:00Z", "30 March 2031", "02:00", "BST"],
    ["Australia/Sydney", "2031-11-01T20:00:00Z", "2 November 2031", "07:00", "AEDT"],
    ["America/Sao_Paulo", "2031-11-02T02:00:00Z", "1 November 2031", "23:00", "UTC-3"],
  ]) {
    const weekday = new Date(`${day} 12:00 UTC`).toLocaleDateString("en", { weekday: "long", timeZone: "UTC" });
    const full = `${weekday}, ${day} at ${clock} ${name}`;
    assert.deepEqual(await ends(zone, at), [`${day} at ${clock}`, full]);
  }
});

test("it is written as the firm writes dates", async () => {
  assert.deepEqual(await ends("America/New_York", "2031-11-02T04:05:00Z", "month-first"),
    ["November 2, 2031 at 12:05 AM", "Sunday, November 2, 2031 at 12:05 AM EDT"]);
  assert.deepEqual(await ends("Asia/Tokyo", "2031-11-02T04:05:00Z", "month-first"),
    ["November 2, 2031 at 1:05 PM", "Sunday, November 2, 2031 at 1:05 PM UTC+9"]);
});

test("without a script it is the firm's time, and says whose it is", async () => {
  const maya = await office.person({ timezoneId: "America/New_York", javaScriptEnabled: false });
  await maya.page.goto(link);
  await maya.page.getByText(/works until \d+ \w+( \d{4})? at \d\d:\d\d (GMT|BST)\./).waitFor();
  maya.calm();
  await maya.close();
});

test("what comes to an open page by itself is in the reader's time too", async () => {
  const context = await office.person({ timezoneId: "America/New_York", storageState: await olive.context.storageState() });
  const { page } = context;
  await page.goto(`${client}/contacts`);
  await mark(page);
  const there = /E[SD]T$/;
  const until = (contact) => row(page, contact).locator("dd time").first();
  assert.match(await until(MAYA).getAttribute("title"), there);
  await invite(NOOR);
  await row(page, NOOR).getByText(/Invited .*, never logged in/).first().waitFor();
  for (const contact of [MAYA, NOOR]) assert.match(await until(contact).getAttribute("title"), there);
  await stayed(page);
  context.calm();
  await context.close();
});
