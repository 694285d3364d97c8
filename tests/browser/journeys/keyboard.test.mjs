// The invite without a mouse, and without a script.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { logIn } from "../support/browser.mjs";
import { MAYA, NOOR, OLIVE, openFirm, row } from "../support/office.mjs";

let office, olive, client;

before(async () => {
  office = await openFirm();
  ({ olive, client } = office);
});
after(() => office?.close());

/** Presses Tab until the focus is on something that reads like this. */
async function tabTo(page, name) {
  const passed = [];
  for (let step = 0; step < 80; step += 1) {
    const text = await page.evaluate(() => {
      const at = document.activeElement;
      if (!at?.matches("a, button, summary, input, select, textarea")) return "";
      const label = at?.labels?.[0]?.textContent ?? "";
      return `${at?.getAttribute("aria-label") ?? ""} ${at?.textContent ?? ""} ${label}`.replace(/\s+/g, " ").trim();
    });
    if (text.includes(name)) return;
    passed.push(text.slice(0, 40));
    await page.keyboard.press("Tab");
  }
  assert.fail(`Tab never comes to ${name}, but to ${passed.join(" · ")}`);
}

test("an invite can be sent with the keyboard alone, and the focus is never lost", async () => {
  const { page } = olive;
  await page.goto(`${client}/contacts`);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to content");
  await page.keyboard.press("Enter");
  await tabTo(page, "Maya Linden");
  await page.keyboard.press("Enter");
  await tabTo(page, "Send invite for Maya Linden");
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  const inside = () => page.evaluate(() => document.querySelector("dialog[open]")?.contains(document.activeElement));
  assert.equal(await inside(), true, "the focus goes into the dialog");
  // Escape gives it back to where it was.
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await page.waitForFunction(() => document.activeElement.textContent.includes("Send invite"));
  assert.match(new URL(page.url()).pathname, /\/contacts$/);
  await page.keyboard.press("Enter");
  await dialog.waitFor();
  await tabTo(page, "Personal message");
  await page.keyboard.type("See you there.");
  await page.keyboard.press("Control+Enter");
  await page.getByText("It leaves in 10 seconds.").first().waitFor();
  const mail = await office.mail.mailTo(MAYA.email);
  assert.match(mail.text, /See you there\./);
  olive.calm();
});

test("the menu of the contacts opens and moves with the arrows", async () => {
  const { page } = olive;
  await page.goto(`${client}/contacts`);
  await page.getByRole("button", { name: "More actions for contacts" }).focus();
  await page.keyboard.press("ArrowDown");
  assert.match(await page.evaluate(() => document.activeElement.textContent), /Invite contacts to the client portal/);
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("checkbox", { name: /Noor/ }).check();
  await dialog.getByRole("button", { name: "Send 1 invite" }).waitFor();
  await page.keyboard.press("Escape");
  olive.calm();
});

test("without a script everything still works", async () => {
  const plain = await logIn(office.browser, office.origin, OLIVE, { javaScriptEnabled: false });
  const { page } = plain;
  await page.goto(`${client}/contacts`);
  await row(page, NOOR).locator("summary").click();
  await row(page, NOOR).getByRole("link", { name: "Send invite" }).click();
  await page.getByLabel(/^Personal message/).fill("Dear {{contact.first_name}}");
  await page.getByRole("button", { name: "Refresh preview" }).click();
  await page.getByText("Dear Noor").first().waitFor();
  await page.getByRole("button", { name: "Send invite" }).click();
  await page.getByText("It leaves in 10 seconds.").first().waitFor();
  const { link } = await office.mail.mailTo(NOOR.email);
  const noor = await office.person({ javaScriptEnabled: false });
  await noor.page.goto(link);
  await noor.page.getByLabel("Choose a password").fill(NOOR.password);
  await noor.page.getByRole("button", { name: "Create account" }).click();
  await noor.page.waitForURL(/\/p\/[^/]+$/);
  await noor.page.goto(`${office.origin}/p/settings`);
  await noor.page.getByRole("heading", { level: 1 }).waitFor();
  plain.calm();
  noor.calm();
  await noor.close();
  await plain.close();
});

test("the way back from a dialog is Back", async () => {
  const { page } = olive;
  await page.goto(`${client}/contacts`);
  await page.getByRole("button", { name: "More actions for contacts" }).click();
  await page.getByRole("link", { name: "Invite contacts to the client portal" }).click();
  await page.getByRole("dialog").waitFor();
  await page.goBack();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.waitForURL((url) => url.href.split("#")[0] === `${client}/contacts`);
  olive.calm();
});
