// The main job, from an empty server to a contact on Home, as people see it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PHONE, look, mark, shot, stayed } from "../support/browser.mjs";
import { MAYA, NOOR, addClient, open, row, setUp } from "../support/office.mjs";

let office, olive, client;

before(async () => {
  office = await open();
  olive = await office.person();
});
after(() => office?.close());

test("the first run takes one page, filled in from the browser, and lands on Today", async () => {
  const { page } = olive;
  await page.goto(office.origin);
  assert.equal(new URL(page.url()).pathname, "/setup");
  assert.equal(await page.getByLabel("Public address").inputValue(), office.origin);
  assert.equal(await page.getByLabel("Time zone").inputValue(), "Europe/London");
  assert.equal(await page.getByLabel("Dates").inputValue(), "day-first");
  assert.deepEqual(await look(page, "setup"), []);
  await setUp(page, office.origin);
  await page.getByRole("heading", { level: 1 }).waitFor();
  assert.deepEqual(await look(page, "today-empty"), []);
  olive.calm();
});

test("a new client's contacts are offered an invite, which can be skipped", async () => {
  const { page } = olive;
  client = await addClient(page, office.origin, "Alder Ltd", [MAYA, NOOR]);
  assert.match(page.url(), /\/invites$/);
  await page.getByText("Maya Linden").first().waitFor();
  assert.deepEqual(await look(page, "invite-many"), []);
  await page.goto(`${client}/contacts`);
  for (const contact of [MAYA, NOOR]) await row(page, contact).getByText("Not invited").first().waitFor();
  olive.calm();
});

test("an invite is three clicks, in a dialog over the page, and its status moves without a reload", async () => {
  const { page } = olive;
  await page.goto(`${client}/contacts`);
  await mark(page);
  await row(page, MAYA).locator("summary").click();
  await row(page, MAYA).getByRole("link", { name: "Send invite" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Confirm who this goes to").waitFor();
  await stayed(page); // the dialog lies over it
  assert.equal(await dialog.getByLabel("E-mail address").inputValue(), MAYA.email);
  assert.deepEqual(await look(page, "invite-dialog"), []);
  await dialog.getByRole("button", { name: "Send invite" }).click();
  await page.getByText("It leaves in 10 seconds.").first().waitFor();
  await shot(page, "invite-sent");
  await mark(page);
  await row(page, MAYA).getByText("Accepted by the mail server").waitFor();
  await row(page, MAYA).getByText(/Invited .*, never logged in/).first().waitFor();
  await stayed(page);
  olive.calm();
});

test("the message is shown as its reader will see it, while it is typed", async () => {
  const { page } = olive;
  await page.goto(`${client}/contacts`);
  await row(page, NOOR).locator("summary").click();
  await row(page, NOOR).getByRole("link", { name: "Send invite" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Another address", { exact: true }).click();
  await dialog.getByLabel("Address", { exact: true }).fill("noor@post.example");
  const to = dialog.getByLabel("E-mail address");
  assert.equal(await to.inputValue(), "other", "an address that is typed is the one it goes to");
  await dialog.getByLabel("Address", { exact: true }).fill("");
  await to.selectOption(NOOR.email);
  await dialog.getByLabel(/^Personal message/).fill("Hello {{contact.first_name}}, welcome to {{client.name}}.");
  await dialog.getByText("Hello Noor, welcome to Alder Ltd.").waitFor();
  await dialog.getByRole("button", { name: "Insert help-centre link" }).click();
  await dialog.getByRole("link", { name: `${office.origin}/help` }).waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await page.waitForURL((url) => url.href.split("#")[0] === `${client}/contacts`);
  olive.calm();
});

test("undo takes an invite back", async () => {
  const { page } = olive;
  await page.goto(`${client}/contacts`);
  await row(page, NOOR).locator("summary").click();
  await row(page, NOOR).getByRole("link", { name: "Send invite" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Send invite" }).click();
  await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
  await page.getByText("The mail did not leave").first().waitFor();
  await row(page, NOOR).getByText("Not invited").first().waitFor();
  assert.equal(office.mail.count(NOOR.email), 0);
  olive.calm();
});

test("on a phone the contact creates an account and lands on Home, and the console says so by itself", async () => {
  const { page } = olive;
  await page.goto(`${client}/contacts`);
  await mark(page);
  const mail = await office.mail.mailTo(MAYA.email);
  const maya = await office.person({ viewport: PHONE, hasTouch: true, isMobile: true });
  await maya.page.goto(mail.link);
  await maya.page.getByText("Hello Maya").waitFor();
  await shot(maya.page, "phone-create-account");
  assert.deepEqual(await look(maya.page, "create-account"), []);
  await maya.page.getByLabel("Choose a password").fill("short");
  maya.expect(422);
  await maya.page.getByRole("button", { name: "Create account" }).tap();
  await maya.page.getByText("There is a problem").waitFor();
  await maya.page.getByLabel("Choose a password").fill(MAYA.password);
  await maya.page.getByRole("button", { name: "Create account" }).tap();
  await maya.page.waitForURL(/\/p\/[^/]+$/);
  await maya.page.getByRole("heading", { level: 1 }).waitFor();
  await shot(maya.page, "phone-home");
  assert.deepEqual(await look(maya.page, "home"), []);
  await row(page, MAYA).getByText(/Last login/).first().waitFor();
  await stayed(page);
  // What she may use is closed and opened in a dialog, and holds for her next page.
  for (const [closed, standing] of [["Files", "Requests only"], ["Requests", "No area open"]]) {
    await page.goto(`${client}/contacts`);
    await row(page, MAYA).locator("summary").click();
    await row(page, MAYA).getByRole("link", { name: "Change areas" }).click();
    await page.getByRole("dialog").getByLabel(closed).uncheck();
    assert.deepEqual(await look(page, `areas-${closed.toLowerCase()}`), []);
    await page.getByRole("dialog").getByRole("button", { name: "Save areas" }).click();
    await row(page, MAYA).getByText(standing).first().waitFor();
    await maya.page.reload();
    assert.equal(await maya.page.getByRole("link", { name: "Files" }).count(), 0);
  }
  await maya.page.getByText("Nothing is open to you here yet").waitFor();
  assert.deepEqual(await look(maya.page, "home-closed"), []);
  maya.calm();
  olive.calm();
  await maya.close();
});

test("a link that was opened says so, and no mail scanner can make it say so", async () => {
  const { page } = olive;
  await page.goto(`${client}/contacts`);
  await row(page, NOOR).locator("summary").click();
  await row(page, NOOR).getByRole("link", { name: "Send invite" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Send invite" }).click();
  const { link } = await office.mail.mailTo(NOOR.email);
  for (let look = 0; look < 5; look += 1) assert.equal((await fetch(link)).status, 200);
  await page.goto(`${client}/contacts`);
  assert.equal(await row(page, NOOR).getByText(/[Ll]ink opened|opened/).count(), 0);
  const noor = await office.person();
  await noor.page.goto(link);
  await noor.page.getByText("Hello Noor").waitFor();
  await row(page, NOOR).getByText(/opened/).first().waitFor();
  noor.calm();
  await noor.close();
});

test("a link can be handed over by other means, and taken back", async () => {
  const { page } = olive;
  await page.goto(`${client}/contacts`);
  await row(page, NOOR).locator("summary").click();
  await row(page, NOOR).getByRole("button", { name: "Copy link" }).click();
  const link = await page.getByLabel("Link", { exact: true }).inputValue();
  assert.deepEqual(await look(page, "copied-link"), []);
  await page.getByRole("link", { name: "Back" }).click();
  await row(page, NOOR).locator("summary").click();
  await row(page, NOOR).getByRole("button", { name: "Revoke invite" }).click();
  await page.getByText("The invite is revoked.").first().waitFor();
  await row(page, NOOR).getByText("Not invited").first().waitFor();
  const late = await office.person();
  late.expect(410);
  await late.page.goto(link);
  await late.page.getByText("This invite was taken back").waitFor();
  assert.deepEqual(await look(late.page, "revoked"), []);
  late.calm();
  await late.close();
  olive.calm();
});
