// A firm at work, made by its first-run page, and what its people do again and again.
import { launch, person } from "./browser.mjs";
import { startMail } from "./mail.mjs";
import { serve } from "./server.mjs";

export const OLIVE = { name: "Olive Ortiz", email: "olive@firm.example", password: "seven herons wade at dusk" };
export const MAYA = { first: "Maya", last: "Linden", email: "maya@alder.example", password: "green lanterns over water" };
export const NOOR = { first: "Noor", last: "Haddad", email: "noor@alder.example", password: "nine pears on a ladder" };

/** A server, a mail server, a browser, and nobody has come yet. */
export async function open() {
  const mail = await startMail();
  const server = await serve({ mail });
  const browser = await launch();
  return {
    mail, server, browser,
    origin: server.origin,
    person: (options) => person(browser, options),
    async close() {
      await browser.close();
      await server.stop();
      mail.close();
    },
  };
}

/** The first run, as Olive does it in her browser. */
export async function setUp(page, origin) {
  await page.goto(origin);
  await page.getByLabel("Firm name").fill("Harbour & Hall");
  await page.getByLabel("Your name").fill(OLIVE.name);
  await page.getByLabel("Your e-mail address").fill(OLIVE.email);
  await page.getByLabel("Password", { exact: true }).fill(OLIVE.password);
  await page.getByRole("button", { name: "Set up the firm" }).click();
  await page.waitForURL(`${origin}/console`);
}

/** Adds a client with its first contacts, and stays at what comes after it. */
export async function addClient(page, origin, name, contacts) {
  await page.goto(`${origin}/console/clients/new`);
  await page.getByLabel("Name", { exact: true }).fill(name);
  for (const [at, contact] of contacts.entries()) {
    if (at > 0) await page.getByRole("button", { name: "Add another contact" }).click();
    await page.locator(`#f-first-${at}`).fill(contact.first);
    await page.locator(`#f-last-${at}`).fill(contact.last);
    if (contact.email) await page.locator(`#f-email-${at}`).fill(contact.email);
  }
  await page.getByRole("button", { name: "Add client" }).click();
  await page.waitForURL(/\/console\/clients\/[^/]+\/(invites|contacts)/);
  return page.url().replace(/\/(invites|contacts).*/, "");
}

/** The line of a contact in a client's record. */
export function row(page, contact) {
  return page.locator("details", { has: page.locator("summary", { hasText: `${contact.first} ${contact.last}` }) });
}
