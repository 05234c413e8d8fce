// Does what somebody new does: the lines of README's "The first payment, in five minutes", word for word, in a fresh clone of HEAD.
// Exit code 0: the order was paid, converted, paid out and explained, in less than five minutes.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const clone = mkdtempSync(join(tmpdir(), "spillway-newcomer-"));
const patienceMs = 300_000;
const deadline = AbortSignal.timeout(patienceMs);
const started = performance.now();
const seconds = () => Math.round((performance.now() - started) / 1000);
const environment = { ...process.env, npm_config_prefer_offline: "true" };

/** The lines of the section's shell blocks: before the one that is left running, that one, and after it. */
function linesOfReadme() {
  const readme = readFileSync(join(clone, "README.md"), "utf8");
  const [, section = ""] = /^## The first payment, in five minutes\n([\s\S]*?)^## /m.exec(readme) ?? [];
  const lines = [...section.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block]) => block.split("\n"));
  const at = lines.findIndex((line) => line.includes("# leave it running"));
  assert.ok(at > 0, "README's section has a line that is left running");
  return { before: lines.slice(0, at), world: lines[at], after: lines.slice(at + 1) };
}

/** Runs lines as a shell does that a person types them into, and gives up at the first one that fails. */
async function type(lines) {
  const child = spawn("bash", ["-c", ["set -euo pipefail", ...lines].join("\n")], {
    cwd: clone,
    env: environment,
    stdio: ["ignore", "pipe", "inherit"],
    signal: deadline,
  });
  let said = "";
  child.stdout.on("data", (chunk) => {
    said += chunk;
    process.stdout.write(chunk);
  });
  const code = await new Promise((done, fail) => child.once("error", fail).once("close", done));
  assert.equal(code, 0, `a line of README failed with ${code}`);
  return said;
}

/** Starts what is left running, and waits until it says that one may go on. */
async function leaveRunning(line) {
  const child = spawn("bash", ["-c", line], {
    cwd: clone,
    env: environment,
    stdio: ["ignore", "pipe", "inherit"],
    detached: true, // a group of its own, which ends as a whole
  });
  const gone = new Promise((done) => child.once("close", done));
  let said = "";
  child.stdout.on("data", (chunk) => (said += chunk));
  const stop = async () => {
    if (child.exitCode === null) process.kill(-child.pid, "SIGTERM");
    await Promise.race([gone, sleep(30_000, undefined, { ref: false })]);
    if (isThere(child.pid)) process.kill(-child.pid, "SIGKILL");
    await gone;
  };
  while (!/^API=/m.test(said)) {
    if (child.exitCode !== null || deadline.aborted) {
      await stop();
      assert.fail(`it never said where the API is, but: ${said}`);
    }
    await sleep(200);
  }
  return stop;
}

function isThere(group) {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}

async function read(api, key, path) {
  const response = await fetch(`${api}${path}`, { headers: { authorization: `Bearer ${key}` } });
  assert.equal(response.status, 200, path);
  return response.json();
}

try {
  execFileSync("git", ["clone", "--quiet", root, clone]);
  const { before, world, after } = linesOfReadme();
  await type(before);
  console.log(`-- set up after ${seconds()} s`);
  const stop = await leaveRunning(world);
  console.log(`-- running after ${seconds()} s`);
  try {
    const said = await type([...after, 'echo "-- order $ORDER, payout $PAYOUT"']);
    const [, orderId, payoutId] = /^-- order (\S+), payout (\S+)$/m.exec(said);
    const { API: api, KEY: key } = parseEnv(readFileSync(join(clone, "sandbox-data/api.env"), "utf8"));
    const order = await read(api, key, `/v1/orders/${orderId}`);
    assert.equal(order.status, "paid");
    const payout = await read(api, key, `/v1/payouts/${payoutId}`);
    assert.equal(payout.status, "completed");
    const { data: payments } = await read(api, key, `/v1/payments?order_id=${orderId}`);
    const { data: conversions } = await read(api, key, "/v1/conversions");
    assert.deepEqual(
      conversions.map(({ status }) => status),
      ["distributed"],
    );
    for (const id of [orderId, payoutId, payments[0].id, conversions[0].id, payout.transaction_hash])
      assert.ok(said.includes(id), `the explanations name ${id}`);
  } finally {
    await stop();
  }
  assert.ok(seconds() < patienceMs / 1000, `it took ${seconds()} s`);
  console.log(`A newcomer had the first payment paid out and explained after ${seconds()} s.`);
} finally {
  rmSync(clone, { recursive: true, force: true });
}
