// A client's files in the console: dropped, found, shared, moved and thrown away, with the mouse and without.
import assert from "node:assert/strict";
import fs from "node:fs";
import { after, before, beforeEach, test } from "node:test";
import { faults, shot } from "../support/browser.mjs";
import { MAYA, openFirm } from "../support/office.mjs";

let office, olive, client;

before(async () => {
  office = await openFirm();
  ({ olive, client } = office);
});
after(() => office?.close());
beforeEach(() => olive.page.goto(`${client}/files`));

/** Lets files fall onto the page, away from the zone: it takes them wherever they fall. */
async function drop(page, files) {
  await page.evaluate((files) => {
    const data = new DataTransfer();
    for (const [name, text] of files) data.items.add(new File([text], name, { type: "text/plain" }));
    const target = document.querySelector("main h2");
    for (const kind of ["dragenter", "dragover", "drop"]) {
      target.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: data }));
    }
  }, files);
}

const line = (page, name) => page.locator("table.files tbody tr", { hasText: name });

test("files that are dropped on the page are in its list without a reload", async () => {
  const { page } = olive;
  await drop(page, [["Lease.txt", "The lease"], ["Ledger.csv", "a,b\n1,2\n"], ["Plan.txt", "The plan"]]);
  for (const name of ["Lease.txt", "Ledger.csv", "Plan.txt"]) await line(page, name).waitFor();
  await line(page, "Lease.txt").getByText("Firm only").last().waitFor();
  assert.deepEqual(await faults(page), []);
  olive.calm();
});

test("a folder comes with all that is in it", async () => {
  const { page } = olive;
  const folder = fs.mkdtempSync("/tmp/folder-");
  fs.mkdirSync(`${folder}/2026/VAT`, { recursive: true });
  fs.writeFileSync(`${folder}/2026/Overview.txt`, "Overview");
  fs.writeFileSync(`${folder}/2026/VAT/Return.txt`, "Return");
  await page.locator("input[webkitdirectory]").setInputFiles(`${folder}/2026`);
  await line(page, "2026").waitFor();
  await page.getByRole("link", { name: "2026", exact: true }).click();
  await line(page, "Overview.txt").waitFor();
  await page.getByRole("link", { name: "VAT", exact: true }).click();
  await line(page, "Return.txt").waitFor();
  fs.rmSync(folder, { recursive: true });
  olive.calm();
});

test("several are ticked, shared in the dialog, and whoever has no access is invited there", async () => {
  const { page } = olive;
  await line(page, "Lease.txt").getByRole("checkbox").check();
  await line(page, "Plan.txt").getByRole("checkbox").check();
  await page.getByText("2 ticked").waitFor();
  await page.getByRole("group", { name: "With what is ticked" }).getByRole("button", { name: "Share" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("heading", { name: "Share 2 files" }).waitFor();
  const invite = dialog.locator("[name=invite]");
  assert.equal(await invite.isVisible(), false, "nobody is meant yet");
  await dialog.getByRole("radio", { name: /Only these contacts/ }).check();
  await dialog.getByRole("checkbox", { name: /Maya Linden/ }).check();
  await dialog.getByText("Maya Linden cannot see it yet: was not invited yet.").waitFor();
  await dialog.getByRole("checkbox", { name: /Noor Haddad/ }).check();
  await dialog.getByRole("checkbox", { name: /Invite Maya Linden and Noor Haddad too/ }).waitFor();
  await dialog.getByRole("checkbox", { name: /Noor Haddad was not invited/ }).uncheck();
  await dialog.getByRole("checkbox", { name: /Invite Maya Linden too/ }).check();
  assert.deepEqual(await faults(page), []);
  await shot(page, "share-dialog");
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByText(/Shared with Maya Linden/).first().waitFor();
  await line(page, "Plan.txt").getByText("Maya Linden").last().waitFor();
  const mail = await office.mail.mailTo(MAYA.email);
  assert.match(mail.text, /Harbour & Hall/);
  olive.calm();
});

test("what is wrong is said in the dialog, and the list behind it keeps what is ticked", async () => {
  const { page } = olive;
  olive.expect(422);
  await line(page, "Lease.txt").getByRole("checkbox").check();
  await line(page, "Plan.txt").getByRole("checkbox").check();
  await page.getByRole("group", { name: "With what is ticked" }).getByRole("button", { name: "Move", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Move here" }).click();
  await dialog.getByText("Choose a folder").first().waitFor();
  await dialog.locator(".summary:focus").waitFor();
  assert.deepEqual(await faults(page), []);
  await shot(page, "dialog-problem");
  await dialog.getByRole("link", { name: "Cancel" }).click();
  await page.getByText("2 ticked").waitFor();
  assert.equal(new URL(page.url()).pathname, new URL(`${client}/files`).pathname);

  await page.getByRole("link", { name: "New folder" }).click();
  await dialog.getByRole("button", { name: "Make folder" }).click();
  await dialog.locator(".summary:focus").waitFor();
  await dialog.getByRole("textbox", { name: "Name of the folder" }).fill("Bank");
  await dialog.getByRole("button", { name: "Make folder" }).click();
  await page.getByText("The folder “Bank” is made.").first().waitFor();
  assert.deepEqual(await faults(page), []);
  olive.calm();
});

test("what is ticked is downloaded as one zip", async () => {
  const { page } = olive;
  await line(page, "Lease.txt").getByRole("checkbox").check();
  await line(page, "2026").getByRole("checkbox").check();
  const waiting = page.waitForEvent("download");
  await page.getByRole("group", { name: "With what is ticked" }).getByRole("button", { name: "Download" }).click();
  const download = await waiting;
  assert.match(download.suggestedFilename(), /\.zip$/);
  const bytes = fs.readFileSync(await download.path()).toString("latin1");
  for (const name of ["Lease.txt", "2026/VAT/Return.txt"]) assert.ok(bytes.includes(name), name);
  olive.calm();
});

test("the keyboard alone renames, moves and throws away, and takes it back", async () => {
  const { page } = olive;
  const menu = line(page, "Plan.txt").getByRole("button", { name: "Actions for Plan.txt" });
  await menu.focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Rename");
  await page.keyboard.press("Enter");
  const field = page.getByRole("dialog").getByLabel("Name of the file");
  await field.waitFor();
  await page.waitForFunction(() => document.activeElement.id === "f-name");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("Budget.txt");
  await page.keyboard.press("Enter");
  await line(page, "Budget.txt").waitFor();

  await line(page, "Budget.txt").getByRole("checkbox").focus();
  await page.keyboard.press("Space");
  await page.getByRole("group", { name: "With what is ticked" }).getByRole("button", { name: "Move to trash" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("Moved to the trash").first().waitFor();
  assert.equal(await line(page, "Budget.txt").count(), 0);
  await page.getByRole("button", { name: /Undo/ }).focus();
  await page.keyboard.press("Enter");
  await line(page, "Budget.txt").waitFor();
  olive.calm();
});

test("without a script a file is added, shared and thrown away all the same", async () => {
  const plain = await office.person({ javaScriptEnabled: false });
  const { page } = plain;
  await page.context().addCookies(await olive.context.cookies());
  await page.goto(`${client}/files`);
  await page.locator("#f-file").setInputFiles({ name: "Plain.txt", mimeType: "text/plain", buffer: Buffer.from("Plain") });
  await page.getByRole("button", { name: "Add files" }).click();
  await line(page, "Plain.txt").getByRole("checkbox").check();
  await page.getByRole("button", { name: "Share", exact: true }).click();
  await page.getByRole("heading", { name: "Share Plain.txt" }).waitFor();
  await page.getByRole("radio", { name: /Everyone at Alder Ltd/ }).check();
  await page.getByRole("button", { name: "Save" }).click();
  await line(page, "Plain.txt").getByText("Everyone").last().waitFor();
  await line(page, "Plain.txt").getByRole("checkbox").check();
  await page.getByRole("button", { name: "Move to trash" }).last().click();
  assert.equal(await line(page, "Plain.txt").count(), 0);
  plain.calm();
  await plain.close();
});
