import { afterEach, expect, test, vi } from "vitest";
import { buildProgram } from "../../src/cli/index.ts";
import { systemClock } from "../../src/clock.ts";
import { inTransaction, sql } from "../../src/database/index.ts";
import { newId } from "../../src/ids.ts";
import { rowJob } from "../../src/jobs/index.ts";
import { accounts } from "../../src/ledger/index.ts";
import { planTransfer, walletOverview } from "../../src/transfers/index.ts";
import { changeSetting, eventually, startWorld, type World } from "../support/index.ts";

interface Finding {
  component: string;
  works: "yes" | "no" | "note";
  detail: string;
  code: string | null;
}

let world: World;
const exitCodeBefore = process.exitCode;
async function begin(options: Parameters<typeof startWorld>[0]): Promise<void> {
  world = await startWorld(options);
  for (const [name, value] of Object.entries(world.environment)) vi.stubEnv(name, value);
}
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  process.exitCode = exitCodeBefore;
  await world.stop();
});

/** What `spillway doctor --json` says in an environment that differs by `change`, and its exit code. */
async function doctor(
  change: Record<string, string> = {},
): Promise<{ ok: boolean; code: unknown; of: (component: string) => Finding | undefined; no: string[] }> {
  for (const [name, value] of Object.entries(change)) vi.stubEnv(name, value);
  process.exitCode = undefined;
  let out = "";
  const spy = vi.spyOn(process.stdout, "write").mockImplementation((text) => (out += String(text)) !== "");
  await buildProgram().parseAsync(["doctor", "--json"], { from: "user" });
  spy.mockRestore();
  const code = process.exitCode;
  process.exitCode = exitCodeBefore;
  for (const name of Object.keys(change)) vi.stubEnv(name, world.environment[name] ?? "");
  const { ok, components } = JSON.parse(out) as { ok: boolean; components: Finding[] };
  return {
    ok,
    code,
    of: (component) => components.find((one) => one.component === component),
    no: components.filter(({ works }) => works === "no").map((one) => one.component),
  };
}

test("the doctor finds a sound world sound, and names what is not, each with what to do", async () => {
  await begin({ direct: true, sandbox: { chains: { bsc: true, tron: true }, notices: true } });
  const { host } = new URL(world.environment["ETHEREUM_RPC_URLS"]!);
  const endpoint = `endpoint:ethereum:${host}`;
  // A hot wallet, a seed, two EVM chains and Tron: nothing of it is wrong.
  const sound = await eventually("all is well", async () => {
    const all = await doctor();
    return all.ok ? all : null;
  });
  expect([sound.no, sound.code]).toEqual([[], undefined]);
  expect(sound.of(endpoint)).toMatchObject({
    works: "yes",
    detail: expect.stringMatching(/^chain 31337, height \d+, searches logs, \d+ s old, traces calls$/),
  });
  expect(sound.of("notices:email")).toMatchObject({
    works: "yes",
    detail: expect.stringMatching(/^127\.0\.0\.1:/),
  });
  expect(sound.of("notices:telegram")).toMatchObject({ works: "yes", detail: "@sandbox_bot" });
  expect(sound.of("notices:operators")).toMatchObject({ works: "note" });
  const tron = new URL(world.environment["TRON_API_URLS"]!).host;
  for (const component of [
    "key:hot-wallet",
    "key:deposit-seed",
    "public-url:nowpayments",
    "gas",
    "settlement-asset",
    "approvals",
  ])
    expect(sound.of(component), component).toMatchObject({ works: "yes" });
  expect(sound.of(`endpoint:tron:${tron}`)).toMatchObject({ works: "yes" });
  expect(sound.of("provider:nowpayments")).toMatchObject({ detail: "the key and the login work" });
  expect(sound.of("worker")).toMatchObject({ works: "yes", detail: "one is alive" });
  expect(sound.of("backup")).toMatchObject({
    works: "yes",
    detail: expect.stringContaining("the server's own"),
  });
  expect(sound.of("backup:keys")?.detail).toContain(world.environment["KEYSTORE_PATH"]);

  for (const provider of ["nowpayments", "changenow"])
    expect(sound.of(`currencies:${provider}`)).toMatchObject({ detail: "its list names all our assets" });

  // The probe of our own webhook is no event.
  const events = await sql`select from processor_event`.execute(world.database.db);
  expect(events.rows).toEqual([]);

  const wrong = await doctor({
    NOWPAYMENTS_API_KEY: "wrong-key",
    NOWPAYMENTS_IPN_SECRET: "wrong-secret",
    CHANGENOW_API_KEY: "wrong-key",
    KEYSTORE_PASSWORD: "wrong password",
    ETHEREUM_RPC_URLS: `${world.environment["ETHEREUM_RPC_URLS"]},${world.environment["BSC_RPC_URLS"]}`,
  });
  expect(wrong).toMatchObject({ ok: false, code: 1 });
  const bsc = new URL(world.environment["BSC_RPC_URLS"]!).host;
  expect(wrong.no.toSorted()).toEqual(
    [
      `endpoint:ethereum:${bsc}`,
      "key:deposit-seed",
      "key:hot-wallet",
      "provider:changenow",
      "provider:nowpayments",
      "public-url:nowpayments",
    ].toSorted(),
  );
  expect(wrong.of(`endpoint:ethereum:${bsc}`)).toMatchObject({
    code: "wrong_network",
    detail: "It serves chain 0x38, not 31337. Correct its URL.",
  });
  expect(wrong.of("key:hot-wallet")).toMatchObject({ code: "wrong_password" });
  expect(wrong.of("public-url:nowpayments")).toMatchObject({ code: "public_url_elsewhere" });

  // A node may take longer than a load balancer waits.
  world.sandbox.faults.next("rpc", { kind: "latency", ms: 2_500, times: 3 });
  expect((await doctor()).no).toEqual([]);

  world.sandbox.faults.next("changenow", {
    kind: "http",
    status: 200,
    body: [{ ticker: "pol", network: "matic", tokenContract: null }],
    match: { path: "/exchange/currencies" },
  });
  const renamed = await doctor();
  expect(renamed.of("currencies:changenow")).toMatchObject({
    works: "note",
    detail: expect.stringContaining("no longer listed as matic/matic, which is likely pol/matic now"),
  });
  expect(renamed.ok).toBe(true);

  const mute = await doctor({
    SMTP_URL: world.environment["SMTP_URL"]!.replace(/:[^:@]+@/, ":not-the-password@"),
    TELEGRAM_BOT_TOKEN: "1000000001:not-the-token-0123456789abcdef",
  });
  expect(mute.of("notices:email")).toMatchObject({ works: "no", code: "unauthorized" });
  expect(mute.of("notices:telegram")).toMatchObject({ works: "no", code: "unauthorized" });
  expect(JSON.stringify(mute.of("notices:email"))).not.toContain("not-the-password");
  const away = await doctor({ PUBLIC_URL: "http://127.0.0.1:9" });
  expect(away.of("public-url:nowpayments")).toMatchObject({ works: "no", code: "public_url_unreachable" });
  expect((await doctor({ PUBLIC_URL: "" })).of("public-url:nowpayments")).toMatchObject({ works: "note" });

  await changeSetting(world, "payout_policy", { two_approvers_from_usd: "100" });
  expect((await doctor()).of("approvals")).toMatchObject({
    works: "note",
    detail: expect.stringContaining("two approvers from 100 USD, and API keys of 1 owner can approve"),
  });
  await world.client.post("/v1/pauses", { body: { scope: "all", reason: "a drill" } });
  expect((await doctor()).of("approvals")).toMatchObject({
    works: "note",
    detail: "1 pause is in force: spillway pauses list.",
  });
});

test("gas is compared with what waits to be sent, and with the reserve", async () => {
  await begin({ float: 2n * 10n ** 15n });
  const { db, chains } = world.engine;
  const unwell = async (): Promise<Finding | undefined> => (await doctor()).of("gas");
  const views = await walletOverview(db, chains, AbortSignal.timeout(20_000));
  const { runway, walletId } = views.find((view) => view.runway !== null)!;
  await changeSetting(world, "transfer_limits", {
    gas_reserve: [{ asset: "ethereum:ETH", amount: "1" }],
    transfer_maximum: [],
    daily_maximum: [],
  });
  expect(runway).toBeGreaterThan(0n);
  const few = runway! < 10n ? "run out within 10 transfers" : "Below the gas_reserve";
  expect(await unwell()).toMatchObject({ works: "note", detail: expect.stringContaining(few) });
  // Many more wait than the wallet can pay the network for. They are nobody's, so none of them is ever signed.
  const waiting = 4n * runway!;
  for (let index = 0n; index < waiting; index++)
    await inTransaction(db, (tx) =>
      planTransfer(tx, {
        walletId,
        purpose: "payout",
        purposeId: newId(),
        money: { asset: "ethereum:USDT", amount: 1n },
        toAddress: "0x55555555555555555555555555555555555555a1",
        debitAccount: accounts.platform("funding"),
        doneTask: rowJob("payouts.advance"),
        correlationId: "test",
        now: systemClock.now(),
      }),
    );
  expect(await unwell()).toMatchObject({
    code: "no_gas",
    detail: expect.stringMatching(new RegExp(`where ${waiting} wait and it lasts for \\d+\\.$`)),
  });
});

test("no gas, a stopped wallet and a configuration that is none are a NO with exit code 1", async () => {
  await begin({ float: 0n });
  await sql`update wallet set paused_reason = 'nonce_used_elsewhere' where chain = 'ethereum'`.execute(
    world.database.db,
  );
  const broke = await doctor();
  expect(broke.code).toBe(1);
  expect(broke.of("gas")).toMatchObject({
    code: "no_gas",
    detail: `Nothing can be sent for want of network fees. Send ethereum:ETH to ${world.wallet}.`,
  });
  expect(broke.of("wallet:ethereum")).toMatchObject({ works: "no", code: "wallet_paused" });
  expect(broke.of("review")).toMatchObject({
    code: "needs_a_person",
    detail: expect.stringContaining("1 wallet"),
  });
  const none = await doctor({ ETHEREUM_RPC_URLS: "" });
  expect([none.no, none.code]).toEqual([["configuration"], 1]);
});
