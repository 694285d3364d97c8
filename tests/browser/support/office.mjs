// A firm at work, made by its first-run page or as the demonstration, and what its people do again and again.
import { launch, logIn, person } from "./browser.mjs";
import { startMail } from "./mail.mjs";
import { folder, freePort, run, serve } from "./server.mjs";

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

/** The same once Olive has set it up, with Maya and Noor at Alder Ltd: `client` is the address of its record. */
export async function openFirm() {
  const office = await open();
  const olive = await office.person();
  await setUp(olive.page, office.origin);
  return { ...office, olive, client: await addClient(olive.page, office.origin, "Alder Ltd", [MAYA, NOOR]) };
}

/** The demonstration: a server without mail, a browser, and `logins` of its people. */
export async function openDemo() {
  const [data, port] = [folder(), await freePort()];
  const { logins } = JSON.parse(run("demo", "--data-dir", data, "--public-url", `http://127.0.0.1:${port}`, "--json"));
  const server = await serve({ data, port });
  const browser = await launch();
  return {
    origin: server.origin,
    person: (options) => person(browser, options),
    /** The first of its people who is meant, logged in. */
    logIn: (meant, options) => logIn(browser, server.origin, logins.find(meant), options),
    async close() {
      await browser.close();
      await server.stop();
    },
  };
}

/** Whom `logIn` can mean: the owner, or a contact of so many clients. */
export const owner = ({ role }) => role === "owner";
export const contactOf = (count) => ({ role, clients }) => role === "contact" && clients.length === count;

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
