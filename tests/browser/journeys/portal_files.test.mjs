// Files between a contact and the firm, as a contact sees it: chosen, dropped and pasted, with progress, through a connection that
// breaks and a page that is loaded again, on a small phone, by keyboard, and without a script.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { look } from "../support/browser.mjs";
import { contactOf, openDemo, owner } from "../support/office.mjs";
import { folder } from "../support/server.mjs";

let office, naomi;
const PIECE = 15 * 65_536;
const files = folder();

before(async () => {
  office = await openDemo();
  naomi = await logIn();
});
after(() => office?.close());

/** A contact of one client, at Home. */
const logIn = (options) => office.logIn(contactOf(1), options);

/** A file on the person's disk. */
function onDisk(name, bytes) {
  const at = path.join(files, name);
  fs.writeFileSync(at, typeof bytes === "number" ? Buffer.alloc(bytes, name) : bytes);
  return at;
}

const lines = (page) => page.locator("[data-list] > li");
const line = (page, name) => lines(page).filter({ hasText: name });

/** Lets pieces through one by one: `next()` waits for one and lets it go on, `all()` lets everything through from now on. */
async function gate(page) {
  const waiting = [];
  let open = false;
  let come = () => {};
  await page.route("**/uploads/up_*", (route) => {
    if (open || route.request().method() !== "PATCH") return route.continue();
    waiting.push(route);
    return come();
  });
  // What the page before had begun goes nowhere.
  page.on("framenavigated", () => waiting.splice(0));
  const one = async () => {
    while (waiting.length === 0) await new Promise((done) => { come = done; });
    return waiting.shift();
  };
  return {
    next: async () => (await one()).continue(),
    cut: async () => (await one()).abort("connectionfailed"),
    all: () => {
      open = true;
      return Promise.all(waiting.splice(0).map((route) => route.continue()));
    },
  };
}

test("several files are chosen, listed, and added with a note; the receipt has them all", async () => {
  const { page, home } = naomi;
  await page.goto(`${home}/files`);
  await page.getByRole("link", { name: "Add a file" }).first().click();
  await page.waitForURL(/\/files\/add$/);
  assert.deepEqual(await look(page, "portal-add"), []);
  await page.getByLabel("Choose files").setInputFiles([onDisk("Lease.pdf", 300_000), onDisk("Ledger.csv", "a,b\n1,2\n"), onDisk("Empty.txt", "")]);
  await line(page, "Lease.pdf").getByText("300 kB").waitFor();
  await line(page, "Empty.txt").getByRole("button", { name: "Remove Empty.txt" }).click();
  assert.equal(await lines(page).count(), 2);
  await page.getByText("Add a note").click();
  await page.getByLabel(/^Note to/).fill("The lease you asked for.");
  assert.deepEqual(await look(page, "portal-add-listed"), []);
  await page.getByRole("button", { name: "Add 2 files" }).click();
  await page.waitForURL(/\/files\/receipt\//);
  await page.getByRole("heading", { level: 1, name: /has your 2 files/ }).waitFor();
  assert.equal(await page.getByText("The lease you asked for.").count(), 1);
  assert.deepEqual(await look(page, "portal-receipt"), []);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download the receipt" }).click()]);
  const text = fs.readFileSync(await download.path(), "utf8");
  assert.match(text, /Lease\.pdf/);
  assert.match(text, /[0-9a-f]{64}/);
  naomi.calm();
});

test("a file dropped anywhere on the page is taken, a folder is not, and a screenshot can be pasted", async () => {
  const { page, home } = naomi;
  await page.goto(`${home}/files/add`);
  const transfer = await page.evaluateHandle(() => {
    const dropped = new DataTransfer();
    dropped.items.add(new File(["tiny"], "Dropped.txt"));
    return dropped;
  });
  await page.dispatchEvent("h1", "dragover", { dataTransfer: transfer });
  assert.equal(await page.locator("file-drop[over]").count(), 1, "the zone shows where files go");
  await page.dispatchEvent("h1", "drop", { dataTransfer: transfer });
  await line(page, "Dropped.txt").waitFor();
  await page.evaluate(() => {
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File(["png"], "image.png", { type: "image/png" }));
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
  });
  await line(page, /Screenshot \d{4}-\d\d-\d\d/).waitFor();
  await page.getByRole("button", { name: "Add 2 files" }).click();
  await page.waitForURL(/\/files\/receipt\//);
  naomi.calm();
});

test("progress is shown, a connection that breaks is waited for, and the file arrives whole", async () => {
  const { page, home } = naomi;
  await page.goto(`${home}/files/add`);
  const pieces = await gate(page);
  await page.getByLabel("Choose files").setInputFiles(onDisk("Accounts.zip", PIECE * 4));
  await page.getByRole("button", { name: "Add this file" }).click();
  await pieces.next();
  await line(page, "Accounts.zip").getByText(/^25 % of /).waitFor();
  naomi.expect("net::");
  await pieces.cut();
  const row = line(page, "Accounts.zip");
  await row.getByText("The connection is lost").waitFor();
  assert.deepEqual(await look(page, "portal-add-lost"), []);
  await pieces.all();
  await page.waitForURL(/\/files\/receipt\//);
  await page.getByText("Proof for experts").click();
  await page.getByText(`${(PIECE * 4).toLocaleString("en-US")} bytes`).waitFor();
});

test("after a reload it goes on where it stopped, by itself; a large one when it is chosen again", async () => {
  const kai = await logIn();
  const { page, home } = kai;
  page.on("dialog", (dialog) => dialog.accept());
  await page.goto(`${home}/files/add`);
  const pieces = await gate(page);
  const at = onDisk("Survey.pdf", PIECE * 3);
  await page.getByLabel("Choose files").setInputFiles(at);
  await page.getByRole("button", { name: "Add this file" }).click();
  await pieces.next();
  await line(page, "Survey.pdf").getByText(/^33 % of /).waitFor();
  await page.waitForFunction(() => new Promise((done) => {
    const asked = indexedDB.open("uploads");
    asked.onsuccess = () => {
      const kept = asked.result.transaction("uploads").objectStore("uploads").getAll();
      kept.onsuccess = () => done(kept.result.some(({ file }) => file));
    };
  }));
  // As a browser that kept no file of that size.
  await page.evaluate(() => new Promise((done) => {
    const asked = indexedDB.open("uploads");
    asked.onsuccess = () => {
      const store = asked.result.transaction("uploads", "readwrite").objectStore("uploads");
      const kept = store.getAll();
      kept.onsuccess = () => { store.put({ ...kept.result[0], file: null }).onsuccess = done; };
    };
  }));
  await page.reload();
  await line(page, "Survey.pdf").getByText("It stopped at 33 %. Choose it again to go on.").waitFor();
  assert.deepEqual(await look(page, "portal-add-stopped"), []);
  await page.getByLabel("Choose files").setInputFiles(at);
  await pieces.next();
  await line(page, "Survey.pdf").getByText(/^66 % of /).waitFor();
  assert.equal(await lines(page).count(), 1, "it is the same upload");
  await pieces.all();
  await page.waitForURL(/\/files\/receipt\//);
  await page.getByText("Proof for experts").click();
  await page.getByText(`${(PIECE * 3).toLocaleString("en-US")} bytes`).waitFor();

  await page.goto(`${home}/files/add`);
  const again = await gate(page);
  await page.getByLabel("Choose files").setInputFiles([onDisk("Key.txt", "key"), onDisk("Map.pdf", PIECE * 2)]);
  await page.getByRole("button", { name: "Add 2 files" }).click();
  await again.next();
  await again.next();
  assert.equal(await page.getByRole("button", { name: /^Add/ }).isVisible(), false, "nothing is left to add");
  await line(page, "Key.txt").getByRole("link").waitFor();
  await line(page, "Map.pdf").getByText(/^50 % of /).waitFor();
  await page.reload();
  await again.all();
  await page.waitForURL(/\/files\/receipt\//);
  await page.getByText("Map.pdf").first().waitFor();
  await page.getByText("Key.txt").first().waitFor(); // it was there before the reload
  await kai.close();
});

test("what is cancelled is gone, and a file over the limit says so before anything is sent", async () => {
  const { page, home } = naomi;
  await page.route("**/files/add", async (route) => {
    const answer = await route.fetch();
    const body = (await answer.text()).replace(/limit="\d+" largest="[^"]*"/, 'limit="1000" largest="1000 bytes"');
    return route.fulfill({ response: answer, body });
  });
  await page.goto(`${home}/files/add`);
  await page.getByLabel("Choose files").setInputFiles([onDisk("Small.txt", 10), onDisk("Large.txt", 2000)]);
  await line(page, "Large.txt").getByText("The file is 2 kB. The limit is 1000 bytes").waitFor();
  await page.getByRole("button", { name: "Remove Large.txt" }).click();
  const pieces = await gate(page);
  await page.getByRole("button", { name: "Add this file" }).click();
  await page.getByRole("button", { name: "Cancel Small.txt" }).click();
  await page.waitForFunction(() => document.querySelectorAll("[data-list] > li").length === 0);
  assert.equal(await page.locator("[data-list]").isVisible(), false);
  await pieces.all();
  await page.goto(`${home}/files?find=small`);
  await page.getByText("Nothing found").waitFor();
});

test("on a small phone the camera is one press away, and it works with a finger", async () => {
  const phone = await logIn({ viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true });
  const { page, home } = phone;
  await page.goto(`${home}/files/add`);
  const photo = page.getByText("Take a photo");
  assert.equal(await photo.isVisible(), true);
  assert.equal(await photo.locator("input").getAttribute("capture"), "environment");
  await photo.locator("input").setInputFiles(onDisk("Photo.jpg", 20_000));
  await page.getByRole("button", { name: "Add this file" }).tap();
  await page.waitForURL(/\/files\/receipt\//);
  await page.getByRole("link", { name: "Photo.jpg" }).tap();
  await page.getByText("Received.").waitFor();
  assert.deepEqual(await look(page, "portal-own-file"), []);
  phone.calm();
  await phone.close();
});

test("without a script the same page adds files, and everything can be found, opened and withdrawn", async () => {
  const plain = await logIn({ javaScriptEnabled: false });
  const { page, home } = plain;
  await page.goto(`${home}/files/add`);
  assert.equal(await page.getByText("or drop them here").isVisible(), false);
  await page.getByLabel("Choose files").setInputFiles([onDisk("Plain.txt", "plain words"), onDisk("Other.txt", "others")]);
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("heading", { level: 1, name: /has your 2 files/ }).waitFor();
  await page.goto(`${home}/files`);
  await page.getByRole("searchbox", { name: "Find a file" }).fill("plain");
  await page.getByRole("button", { name: "Find" }).click();
  await page.getByRole("link", { name: "Plain.txt", exact: true }).click();
  await page.getByText("plain words").waitFor();
  await page.getByRole("link", { name: "Withdraw" }).click();
  await page.getByRole("button", { name: "Withdraw file" }).click();
  await page.getByText("“Plain.txt” is withdrawn.").waitFor();
  await plain.close();
});

test("staff look at the portal as a contact does, change nothing, and are told so on every page", async () => {
  const olive = await office.logIn(owner);
  const { page } = olive;
  const client = naomi.home.split("/").at(-1);
  await page.goto(`${office.origin}/console/clients/${client}/contacts`);
  await page.locator("details", { hasText: "View as this contact" }).first().locator("summary").click();
  await page.getByRole("button", { name: /^View as this contact/ }).first().click();
  await page.waitForURL(naomi.home);
  await page.getByText(/You see the portal as .* does\. Nothing can be changed\./).waitFor();
  assert.deepEqual(await look(page, "portal-viewed"), []);
  await page.getByRole("link", { name: "Files", exact: true }).click();
  await page.getByText(/Nothing can be changed\./).waitFor();
  assert.equal(await page.getByRole("link", { name: "Add a file" }).count(), 0);
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByText("You no longer see the portal as a contact does.").waitFor();
  olive.calm();
  await olive.close();
});
