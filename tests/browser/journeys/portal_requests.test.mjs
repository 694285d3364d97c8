// A request as a contact works on it, on a phone: found on the To-do list, saved as they type, through a lost connection and
// against a second window, with files, a question and conditions, up to the receipt; and the same by keyboard.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { look, PHONE } from "../support/browser.mjs";
import { contactOf, openDemo } from "../support/office.mjs";
import { folder } from "../support/server.mjs";

let office, naomi;
const VAT = "VAT return, Oct to Dec";
const files = folder();

before(async () => {
  office = await openDemo();
  naomi = await office.logIn(contactOf(2), { viewport: PHONE, hasTouch: true });
});
after(() => office?.close());

/** A file on the person's disk. */
function onDisk(name, text) {
  const at = path.join(files, name);
  fs.writeFileSync(at, text);
  return at;
}

const card = (page, title) => page.locator("li.ask").filter({ has: page.getByRole("heading", { name: title }) });
const saved = (page) => page.locator("[data-saved]", { hasText: /^Saved$/ }).waitFor();

/** Opens the VAT return from the list of all clients. */
async function open(page) {
  await page.goto(`${office.origin}/p/todo`);
  await page.getByRole("link", { name: VAT }).click();
  await page.getByRole("heading", { level: 1, name: VAT }).waitFor();
}

test("what waits at all clients stands on one page, and each link opens its client", async () => {
  const { page } = naomi;
  await page.goto(`${office.origin}/p/todo`);
  await page.getByText(/^Overdue since/).first().waitFor();
  assert.deepEqual(await look(page, "portal-all-todo"), []);
  await page.getByRole("link", { name: "Tax return 2025-26" }).click();
  await page.getByText("sent this back").first().waitFor();
  assert.deepEqual(await look(page, "portal-request-returned"), []);
  await page.getByRole("link", { name: "To-do", exact: true }).first().click();
  await page.getByRole("heading", { level: 1, name: "To-do" }).waitFor();
  assert.deepEqual(await look(page, "portal-todo"), []);
  naomi.calm();
});

test("answers save themselves, also after the connection was lost", async () => {
  const { page, context } = naomi;
  await open(page);
  const stock = page.getByRole("textbox", { name: "Value of the stock" });
  await stock.fill("1,234.5");
  await saved(page);
  await card(page, "Value of the stock").getByText("Done", { exact: true }).waitFor();
  await page.getByText("1 of 3 done.").waitFor();

  naomi.expect("disconnected");
  await context.setOffline(true);
  await stock.fill("2000");
  await page.getByText("Not saved yet. We try again.").waitFor();
  await page.getByRole("button", { name: /^Send to/ }).click();
  assert.equal(await stock.inputValue(), "2000");
  await context.setOffline(false);
  await saved(page);

  await page.reload();
  await card(page, "Value of the stock").getByText("£2,000.00").waitFor();
});

test("a second window is told of the first, and chooses", async () => {
  const { page, context } = naomi;
  await open(page);
  const second = await context.newPage();
  // The second window hears of nothing.
  await second.route("**/live?*", (route) => route.abort());
  await open(second);
  const field = (window) => window.getByRole("textbox", { name: "Value of the stock" });
  for (const window of [page, second]) await card(window, "Value of the stock").getByText("Change").click();
  await field(page).fill("3000");
  await saved(page);
  await card(page, "Value of the stock").getByText("£3,000.00").waitFor();
  await field(second).fill("5000");
  const clash = card(second, "Value of the stock").locator(".clash");
  await clash.getByText("You changed this in another window").waitFor();
  await clash.getByText("£3,000.00").waitFor();
  assert.deepEqual(await look(second, "portal-request-clash"), []);
  await clash.getByRole("button", { name: "Keep what I typed" }).click();
  await saved(second);
  assert.equal(await clash.count(), 0);
  assert.equal(await field(second).inputValue(), "5000");
  await second.close();
});

test("files are added in place, a statement is agreed to, and a question is asked", async () => {
  const { page } = naomi;
  await open(page);
  const upload = page.locator("li.ask").filter({ has: page.locator("file-drop") }).first();
  const title = await upload.getByRole("heading").innerText();
  const chosen = [onDisk("Empty.csv", ""), onDisk("Sales.csv", "a,b\n1,2\n")];
  await upload.locator("file-drop input[type=file]").first().setInputFiles(chosen);
  await card(page, title).getByRole("link", { name: "Sales.csv" }).waitFor();
  await card(page, title).getByText("Done", { exact: true }).waitFor();
  // Why the other one is not there is still said after its part of the page was made anew.
  await card(page, title).getByText("“Empty.csv” is empty").waitFor();
  await card(page, title).getByRole("button", { name: "Remove Empty.csv" }).click();
  await page.getByLabel(/^I confirm this/).check();
  await saved(page);
  await page.getByText("3 of 3 done.").waitFor();
  assert.deepEqual(await look(page, "portal-request-done"), []);
  await page.locator("#f-say").fill("Is that all?");
  await page.locator("#talk").getByRole("button", { name: "Send message" }).click();
  await page.getByText("Your message was sent.").waitFor();
  await page.locator("#talk").getByText("Is that all?").waitFor();
});

test("it is handed in, with a receipt, by keyboard alone", async () => {
  const { page } = naomi;
  await open(page);
  const send = page.getByRole("button", { name: /^Send to/ });
  await page.getByLabel("Skip to content").or(page.getByRole("link", { name: "Skip to content" })).first().focus();
  for (let presses = 0; presses < 120 && !(await send.evaluate((one) => one === document.activeElement)); presses += 1) {
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/receipt$/);
  await page.getByRole("link", { name: "Sales.csv" }).waitFor();
  assert.deepEqual(await look(page, "portal-request-receipt"), []);
  await page.getByRole("link", { name: VAT }).click();
  await page.getByText(/looks at it, and tells you/).waitFor();
  assert.equal(await page.getByRole("button", { name: "Save for later" }).count(), 0);
  assert.deepEqual(await look(page, "portal-request-handed-in"), []);
});

test("what is missing is named, with links to it", async () => {
  const { page } = naomi;
  await page.goto(`${office.origin}/p/todo`);
  await page.getByRole("link", { name: "The second kiln" }).click();
  naomi.expect(422);
  await page.getByRole("button", { name: /^Send to/ }).click();
  await page.getByRole("heading", { name: "This is not complete yet" }).waitFor();
  assert.match(await page.title(), /^Problem: /);
  assert.deepEqual(await look(page, "portal-request-missing"), []);
});
