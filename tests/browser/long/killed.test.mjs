// A server that is killed at any moment and started again has everything that it had said yes to.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cookies, post } from "../support/http.mjs";
import { OWNER, folder, found, freePort, run, serve } from "../support/server.mjs";
import { BLOCK, bytesOf, sender, sha256 } from "../support/uploads.mjs";

const ROUNDS = 200;
const FILE_ROUNDS = 60;

test(`kill -9 loses nothing acknowledged, ${ROUNDS} times`, { timeout: 1_200_000 }, async () => {
  const data = folder();
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  found(data, origin);
  const kept = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const server = await serve({ data, port });
    const cookie = cookies(await post(`${origin}/login`, OWNER));
    assert.ok(cookie, "the login is still there");
    // Several at once, and the server dies somewhere among them.
    let running = true;
    const worker = async (lane) => {
      for (let n = 0; running; n += 1) {
        const name = `Client ${round}-${lane}-${n}`;
        const fields = { name, kind: "business", once: `${round}-${lane}-${n}` };
        const done = await post(`${origin}/console/clients/new`, fields, { cookie }).catch(() => null);
        if (done?.status === 303) kept.push({ name, to: done.headers.location });
      }
    };
    const workers = [0, 1, 2, 3].map(worker);
    await new Promise((later) => setTimeout(later, 20 + Math.random() * 580));
    await server.kill();
    running = false;
    await Promise.all(workers);
  }
  assert.ok(kept.length > ROUNDS, `only ${kept.length} were acknowledged`);
  const server = await serve({ data, port });
  const cookie = cookies(await post(`${origin}/login`, OWNER));
  for (const { name, to } of kept) {
    const page = await fetch(origin + to, { headers: { cookie } });
    assert.equal(page.status, 200, `${name} was acknowledged and is gone`);
    assert.ok((await page.text()).includes(name));
  }
  await server.stop();
  assert.match(run("check", "--data-dir", data), /The index says what the records say/);
});

test(`kill -9 loses no file that was acknowledged, and nothing of one under way, ${FILE_ROUNDS} times`, { timeout: 1_200_000 }, async () => {
  const data = folder();
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  found(data, origin);
  const whole = new Map(); // acknowledged: name → digest
  const lanes = [null, null]; // what is under way in each, over all kills
  const ended = [0, 0]; // how many have ended in each
  let client = null;
  for (let round = 0; round < FILE_ROUNDS; round += 1) {
    const server = await serve({ data, port });
    const cookie = cookies(await post(`${origin}/login`, OWNER));
    client ??= origin + (await post(`${origin}/console/clients/new`, { name: "Alder Ltd", kind: "business" }, { cookie })).headers.location
      .replace(/(\/clients\/[^/]+).*/, "$1");
    const to = sender(client, cookie);
    let running = true;
    const byForm = async (lane) => {
      for (let n = 0; running; n += 1) {
        const name = `form${round}x${lane}x${n}y.bin`;
        const bytes = bytesOf(name, 150_000);
        if (await to.form(name, bytes)) whole.set(name, sha256(bytes));
      }
    };
    const byPieces = async (lane) => {
      while (running) {
        let under = lanes[lane];
        if (under) {
          const there = await to.look(under.upload);
          if (!there) return;
          assert.ok(there.done || there.at >= under.at, `${under.at} bytes of ${under.name} were acknowledged, ${there.at} are there`);
          under.at = there.at;
          if (there.done) {
            whole.set(under.name, there.done.sha256);
            under = lanes[lane] = null;
            ended[lane] += 1;
          }
        }
        if (!under) {
          const name = `piece${lane}x${ended[lane]}y.bin`;
          const bytes = bytesOf(name, 5 * BLOCK + 7);
          const upload = await to.begin(name, bytes.length);
          if (!upload) return;
          under = lanes[lane] = { name, bytes, upload, at: 0 };
        }
        while (lanes[lane]) {
          const told = await to.piece(under.upload, under.at, under.bytes.subarray(under.at, under.at + 2 * BLOCK));
          if (!told) return;
          if (told.at === undefined) {
            whole.set(under.name, sha256(under.bytes));
            lanes[lane] = null;
            ended[lane] += 1;
          } else under.at = told.at;
        }
      }
    };
    const workers = [byForm(0), byForm(1), byPieces(0), byPieces(1)];
    await new Promise((later) => setTimeout(later, 50 + Math.random() * 550));
    running = false;
    await server.kill();
    await Promise.all(workers);
  }
  assert.ok(whole.size > FILE_ROUNDS, `only ${whole.size} were acknowledged`);
  const server = await serve({ data, port });
  const cookie = cookies(await post(`${origin}/login`, OWNER));
  for (const [name, digest] of whole) {
    const list = await (await fetch(`${client}/files?find=${encodeURIComponent(name)}`, { headers: { cookie } })).text();
    const file = /\/files\/(fi_[0-9a-z]+)/i.exec(list)?.[1];
    assert.ok(list.includes(name) && file, `${name} was acknowledged and is gone`);
    const answer = await fetch(`${client}/files/${file}/download`, { headers: { cookie } });
    assert.equal(sha256(Buffer.from(await answer.arrayBuffer())), digest, `${name} is not what it was`);
  }
  await server.stop();
  assert.match(run("check", "--data-dir", data), /The index says what the records say/);
});
