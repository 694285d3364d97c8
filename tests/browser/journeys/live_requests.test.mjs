// What one side does appears on the other's open page: without loading it again, and never over what somebody types.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PHONE, mark, stayed } from "../support/browser.mjs";
import { contactOf, openDemo, owner } from "../support/office.mjs";

let office;

before(async () => { office = await openDemo(); });
after(() => office?.close());

const ines = contactOf(1);

test("answers, reviews and comments appear on both sides without a reload", async () => {
  const firm = await office.logIn(owner);
  const contact = await office.logIn(ines, { viewport: PHONE });
  const { page } = contact;
  await page.goto(`${office.origin}/p/todo`);
  await page.getByRole("link", { name: /The flat in Lisbon/ }).click();
  await page.getByRole("heading", { name: "The flat in Lisbon" }).waitFor();
  await firm.page.goto(`${office.origin}/console/requests`);
  await firm.page.getByRole("link", { name: /The flat in Lisbon/ }).first().click();
  await firm.page.getByRole("heading", { name: "The flat in Lisbon" }).waitFor();
  await mark(page);
  await mark(firm.page);

  const typed = page.locator("input[type=text][name^=a-]").first();
  await typed.fill("Senhor Prado");

  // It saves itself, and appears on the firm's open page.
  await firm.page.getByText("Senhor Prado").first().waitFor();
  // The contact goes on typing while the firm writes: what is typed stays.
  await typed.focus();
  await typed.pressSequentially(", Rua do Ouro");
  await firm.page.getByLabel("Write to ").fill("Which floor is it?");
  await firm.page.getByRole("button", { name: "Send comment" }).click();
  await page.getByText("Which floor is it?").first().waitFor();
  assert.equal(await typed.inputValue(), "Senhor Prado, Rua do Ouro");
  await stayed(page);
  firm.calm();
  contact.calm();
  await firm.close();
  await contact.close();
});

test("without a stream the page is up to date when somebody comes back to it", async () => {
  const firm = await office.logIn(owner);
  await firm.page.route("**/console/live*", (route) => route.abort());
  await firm.page.goto(`${office.origin}/console/requests`);
  await firm.page.getByRole("link", { name: /The flat in Lisbon/ }).first().click();
  await firm.page.getByRole("heading", { name: "The flat in Lisbon" }).waitFor();
  await mark(firm.page);
  const contact = await office.logIn(ines);
  await contact.page.goto(`${office.origin}/p/todo`);
  await contact.page.getByRole("link", { name: /The flat in Lisbon/ }).click();
  await contact.page.locator("summary", { hasText: "Change: “Who looks after the flat now?”" }).click();
  await contact.page.locator("input[type=text][name^=a-]").first().fill("Dona Alves");
  await contact.page.getByText("Saved", { exact: true }).waitFor();

  await firm.page.evaluate(() => dispatchEvent(new Event("focus")));

  await firm.page.getByText("Dona Alves").first().waitFor();
  await stayed(firm.page);
  await firm.close();
  await contact.close();
});
