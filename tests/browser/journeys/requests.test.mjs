// A request in the console: the draft saves itself, items are added and moved without a mouse, and it is sent with an invite.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { faults } from "../support/browser.mjs";
import { openFirm } from "../support/office.mjs";

let office, olive, client;

before(async () => {
  office = await openFirm();
  ({ olive, client } = office);
});
after(() => office?.close());

test("a draft saves itself while somebody types, and what follows from it is put anew", async () => {
  const { page } = olive;
  await page.goto(`${office.origin}/console/requests/new`);
  await page.getByRole("link", { name: "Alder Ltd" }).last().click();
  await page.getByRole("button", { name: "Begin" }).click();
  await page.waitForURL(/\/edit$/); // what was added is out of the address, so that loading it again adds nothing

  await page.getByLabel("Title", { exact: true }).fill("Year end 2026");
  await page.getByLabel("What the client reads first").fill("Please send **everything**.");
  await page.getByLabel("Item", { exact: true }).fill("Lease");
  await page.locator("[data-saved]", { hasText: /^Draft saved \d/ }).waitFor();
  await page.getByRole("heading", { level: 1, name: "Year end 2026" }).waitFor();
  await page.getByText("Preview, and what you can write").click();
  await page.locator("[data-fresh=preview] strong", { hasText: "everything" }).waitFor();
  assert.deepEqual(await faults(page), []);

  await page.reload();
  assert.equal(await page.getByLabel("Title", { exact: true }).inputValue(), "Year end 2026");
  assert.equal(await page.locator("input[name=item]").count(), 1);
  await page.locator("summary", { hasText: "Lease" }).waitFor();
  olive.calm();
});

test("an item is added, chosen to be a question and moved by keys alone", async () => {
  const { page } = olive;
  await page.getByRole("button", { name: "Add question" }).focus();
  await page.keyboard.press("Enter");
  await page.waitForURL("**/edit#f-title-2");
  await page.locator("#f-title-2:focus").waitFor();
  await page.keyboard.type("Do you rent it out?");
  olive.expect(422); // it has no options yet
  await page.locator("#f-kind-2").selectOption("one");
  await page.locator("#f-options-2").fill("Yes\nNo");
  await page.getByRole("button", { name: /^Move up/ }).first().focus();
  await page.keyboard.press("Enter");
  await page.waitForURL("**/edit?item=2#item-2");
  const order = await page.locator("input[name=item]").evaluateAll((items) => items.map((item) => item.value));
  assert.deepEqual(order, ["2", "1"]);
  await page.locator("summary", { hasText: "Lease" }).click();
  await page.locator("#f-if-1").selectOption({ label: "“Do you rent it out?” is “Yes”" });
  await page.locator("[data-saved]", { hasText: /^Draft saved \d/ }).waitFor();
  assert.deepEqual(await faults(page), []);
  olive.calm();
});

test("it is sent, and whoever has no access is invited with the same press", async () => {
  const { page } = olive;
  await page.getByRole("button", { name: "Send request" }).click();
  await page.waitForURL("**/send");
  await page.getByText("Maya Linden and Noor Haddad").first().waitFor();
  assert.deepEqual(await faults(page), []);
  await page.getByRole("button", { name: "Send and invite 2" }).click();
  await page.getByText("2 invites are in the outbox").waitFor();
  await page.getByRole("heading", { level: 1, name: "Year end 2026" }).waitFor();
  assert.deepEqual(await faults(page), []);
  await page.getByRole("button", { name: /^More actions/ }).click();
  await page.getByRole("link", { name: "Withdraw" }).click();
  await page.locator("dialog[open]").getByRole("button", { name: "Withdraw" }).click();
  await page.getByText("Olive Ortiz withdrew it").first().waitFor();
  await page.goto(`${client}/requests`);
  await page.getByText("Year end 2026").first().waitFor();
  olive.calm();
});

test("what comes again is edited, and what was typed is not lost by walking away", async () => {
  const { page } = olive;
  await page.goto(`${office.origin}/console/requests/send-many?template=month-end`);
  await page.getByRole("checkbox", { name: /^Alder Ltd/ }).check();
  await page.getByRole("button", { name: "Go on with those ticked" }).click();
  await page.getByLabel("Repeat").selectOption("month");
  await page.getByRole("button", { name: "Send to 1 client" }).click();
  await page.getByRole("link", { name: "Recurring requests" }).click();
  await page.getByRole("link", { name: /^Bookkeeping for/ }).click();
  assert.deepEqual(await faults(page), []);
  await page.getByRole("link", { name: "Edit", exact: true }).click();
  await page.waitForURL("**/edit");
  assert.deepEqual(await faults(page), []);

  await page.getByLabel("Title", { exact: true }).fill("Books of {{month}}");
  page.once("dialog", (asks) => asks.accept());
  await page.goto(`${office.origin}/console/requests`);
  await page.goBack();
  const kept = page.locator("[data-kept]", { hasText: "You typed here before, and it was not saved." });
  await kept.waitFor();
  assert.deepEqual(await faults(page), []);
  await page.getByRole("button", { name: "Put it back" }).click();
  await page.locator("form[data-unsaved]").waitFor();
  assert.equal(await page.getByLabel("Title", { exact: true }).inputValue(), "Books of {{month}}");

  await page.getByLabel("Comes again").selectOption("quarter");
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByText("renamed it from").waitFor();
  await page.getByText("Every quarter").first().waitFor();
  assert.deepEqual(await faults(page), []);
  // The mark of what is stored is for the script alone, and nothing is kept of it.
  await page.waitForFunction(() => location.hash === "" && sessionStorage.length === 0);
  await page.getByRole("link", { name: "Edit", exact: true }).click();
  await page.waitForURL("**/edit");
  assert.equal(await page.locator("[data-kept]").isVisible(), false);
  olive.calm();
});
