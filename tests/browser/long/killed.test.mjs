// A server that is killed at any moment and started again has everything that it had said yes to.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cookies, post } from "../support/http.mjs";
import { OWNER, folder, found, freePort, run, serve } from "../support/server.mjs";

const ROUNDS = 200;

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
