// The virus scan with a real clamd, as Debian ships it. Its database is one signature of our own: that of the file which
// every scanner takes for a virus. Needs the package clamav-daemon.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import zlib from "node:zlib";
import { addClient, MAYA, open, setUp } from "../support/office.mjs";
import { folder, freePort } from "../support/server.mjs";

// In two halves, so that no scanner takes this file for it.
const VIRUS = ["X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE!$H+H*"].join("");
const MINUTE = 60_000;

/** Waits for what `look` gives, at most a minute. */
async function until(what, look) {
  for (const end = Date.now() + MINUTE; Date.now() < end; ) {
    const found = await look();
    if (found) return found;
    await new Promise((later) => setTimeout(later, 200));
  }
  throw new Error(`waited in vain for ${what}`);
}

describe("the virus scan", { timeout: 10 * MINUTE }, () => {
  const place = folder();
  const socket = path.join(place, "clamd.ctl");
  let clamd, port, firm, page, client;

  async function rise() {
    clamd = spawn("clamd", ["--config-file", path.join(place, "clamd.conf")], { stdio: "ignore" });
    await until("clamd", () => fs.existsSync(socket));
  }
  const fall = () =>
    new Promise((done) => {
      clamd.on("exit", done);
      clamd.kill("SIGKILL");
    });
  /** What a page says. */
  async function says(where) {
    await page.goto(firm.origin + where);
    return page.locator("main").innerText();
  }
  const settings = () => says("/console/settings/files");
  const files = () => says(`${new URL(client).pathname}/files`);
  /** Adds a file with the plain form. */
  async function add(name, bytes) {
    const added = await page.request.post(`${client}/files`, {
      headers: { origin: firm.origin },
      multipart: { audience: "firm", file: { name, mimeType: "application/octet-stream", buffer: Buffer.from(bytes) } },
    });
    assert.ok(added.ok(), `${added.status()}`);
  }
  /** Asks for the bytes of a file. */
  async function download(name) {
    await files();
    const href = await page.getByRole("link", { name, exact: true }).first().getAttribute("href");
    return page.request.get(`${firm.origin}${href}/download`);
  }

  before(async () => {
    port = await freePort();
    fs.mkdirSync(path.join(place, "db"));
    const signature = Buffer.from(VIRUS).toString("hex");
    fs.writeFileSync(path.join(place, "db/own.ndb"), `Eicar-Test-Signature:0:0:${signature}\n`);
    fs.writeFileSync(
      path.join(place, "clamd.conf"),
      `LocalSocket ${socket}\nTCPSocket ${port}\nTCPAddr 127.0.0.1\nDatabaseDirectory ${place}/db\nForeground true\nStreamMaxLength 2M\n`,
    );
    await rise();
    firm = await open();
    page = (await firm.person()).page;
    await setUp(page, firm.origin);
    client = await addClient(page, firm.origin, "Alder Ltd", [MAYA]);
  });
  after(async () => {
    await firm?.close();
    clamd?.kill("SIGKILL");
  });

  test("the test file is found at the socket and at the address", async () => {
    for (const where of [socket, `127.0.0.1:${port}`]) {
      await settings();
      await page.getByLabel("Where clamd listens").fill(where);
      await page.getByRole("button", { name: "Scan a test file" }).click();
      assert.match(await page.locator("main").innerText(), /The virus scan works\. clamd found the test file, and calls it Eicar/);
    }
    await page.getByLabel("Scan new files for viruses").check();
    await page.getByRole("button", { name: "Save virus scan" }).click();
    await until("saved", async () => (await page.locator("body").innerText()).includes("The settings are saved."));
  });

  test("what is clean passes, as it is", async () => {
    const bytes = Buffer.alloc(1_900_000, "clean ");
    await add("Clean.txt", bytes);
    await add("Empty.txt", "");
    for (const [name, all] of [["Clean.txt", bytes], ["Empty.txt", Buffer.alloc(0)]]) {
      const got = await until(name, async () => {
        const answer = await download(name);
        return answer.ok() && answer;
      });
      assert.ok((await got.body()).equals(all), name);
    }
  });

  test("a virus is found, packed or not, and its file is locked", async () => {
    await add("Plain.txt", VIRUS);
    await add("Packed.gz", zlib.gzipSync(VIRUS));
    for (const name of ["Plain.txt", "Packed.gz"]) {
      await until(name, async () => (await says("/console/activity")).includes(`in ${name}, which Olive Ortiz added, and locked it`));
      assert.equal((await download(name)).ok(), false, name);
    }
  });

  test("what is larger than clamd takes is locked, and the settings say what to raise", async () => {
    await add("Large.bin", Buffer.alloc(5_000_000, 7));
    await until("locked", async () => (await settings()).includes("1 file is locked, because clamd could not look at it."));
    assert.match(await says("/console/settings/health"), /Raise StreamMaxLength/);
    assert.equal((await download("Large.bin")).ok(), false);
  });

  test("while clamd is down everything waits, and goes on by itself when it is back", async () => {
    await fall();
    await add("Late.txt", "late");
    await until("said", async () => (await settings()).includes("Nothing is scanned at present."));
    assert.equal((await download("Late.txt")).ok(), false);
    fs.rmSync(socket, { force: true });
    await rise();
    await until("scanned", async () => (await download("Late.txt")).ok());
  });
});
