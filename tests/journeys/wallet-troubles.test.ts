import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { loadConfig } from "../../src/config/index.ts";
import { checkConversions } from "../../src/conversions/index.ts";
import { sql } from "../../src/database/index.ts";
import { startEngine, type Engine } from "../../src/engine/index.ts";
import { planPayouts } from "../../src/payouts/index.ts";
import { silentLogger } from "../../src/telemetry/index.ts";
import { findWallet, resumeWallet, transferLimits } from "../../src/transfers/index.ts";
import { changeSetting } from "../../src/settings/index.ts";
import {
  driveUntil,
  eventually,
  findTrouble,
  giveEarnings,
  startWorld,
  type World,
} from "../support/index.ts";

const USDT = "ethereum:USDT";
const signal = () => AbortSignal.timeout(20_000);

let world: World;
beforeAll(async () => {
  world = await startWorld({ worker: false, sandbox: { blocks: "automine" } });
});
afterAll(() => world.stop());

/** A payout that was just planned, and where it goes. */
async function plannedPayout(): Promise<{ id: string; address: string }> {
  const address = `0x${(payees += 1).toString(16).padStart(40, "5")}`;
  const payeeId = await world.payee({ destination: { asset: USDT, address } });
  await giveEarnings(world, USDT, [{ payeeId, amount: 30_000_000n }]);
  await checkConversions(world.engine.conversions, signal(), true);
  await driveUntil(world, "earnings available", async () => {
    const { rows } =
      await sql`select from earning where payee_id = ${payeeId} and status = 'available'`.execute(
        world.engine.db,
      );
    return rows.length > 0;
  });
  await planPayouts(world.engine.payouts, signal());
  const { rows } = await sql<{ id: string }>`select id from payout where payee_id = ${payeeId}`.execute(
    world.engine.db,
  );
  return { id: rows[0]!.id, address };
}
let payees = 0;

interface PayoutRow {
  status: string;
  waiting_reason: string | null;
  attempts: number;
}
async function stateOf(id: string): Promise<PayoutRow> {
  const { rows } = await sql<PayoutRow>`
    select p.status, (select t.waiting_reason from transfer t join payout_attempt a on a.id = t.purpose_id
        where a.payout_id = p.id order by t.created_at desc limit 1) as waiting_reason,
      (select count(*)::integer from payout_attempt where payout_id = p.id) as attempts
    from payout p where p.id = ${id}`.execute(world.engine.db);
  return rows[0]!;
}
const received = (address: string) => world.sandbox.balanceOf(address, USDT);
const completed = (id: string) => async () => (await stateOf(id)).status === "completed";

/** What an operator sees of the wallet, and what a load balancer is told. */
async function seenBy(url: string) {
  const ready = await fetch(new URL("/health/ready", url));
  const { components } = (await ready.json()) as {
    components: { name: string; ok: boolean; detail: string }[];
  };
  const { wallets } = await world.client.get("/v1/wallets");
  return {
    ready: ready.status,
    component: components.find(({ name }) => name === "wallet:ethereum")!,
    problem: wallets[0]?.problem ?? null,
  };
}

async function withEngine(
  env: Record<string, string>,
  body: (engine: Engine) => Promise<void>,
): Promise<void> {
  const config = loadConfig({ ...world.environment, ROLE: "all", PORT: "0", ...env });
  const engine = await startEngine(config, silentLogger);
  try {
    await body(engine);
  } finally {
    await engine.stop();
  }
}

test.each([
  ["wrong_password", { KEYSTORE_PASSWORD: "not the password" }],
  ["keystore_missing", { KEYSTORE_PATH: "no-such-file.json" }],
])(
  "S06 %s: the engine starts and takes payments, only sending waits and says why; with the key it goes on",
  async (code, env) => {
    const payout = await plannedPayout();
    await withEngine(env, async (engine) => {
      const { orderId, invoiceId } = await world.order({ payees: [await world.payee()] });
      await (
        await world.sandbox.nowpayments.pay({ invoiceId, payCurrency: "usdterc20" })
      ).settled;
      await eventually("the payment settled", async () => {
        const { rows } =
          await sql`select from payment where order_id = ${orderId} and status = 'settled'`.execute(
            engine.db,
          );
        return rows.length > 0;
      });
      await eventually("the payout waits", async () => (await stateOf(payout.id)).waiting_reason === code);
      const seen = await seenBy(engine.url!);
      expect(seen).toMatchObject({ ready: 200, component: { ok: false }, problem: code });
      expect(seen.component.detail).toMatch(/password|keys create/);
      expect(seen.component.detail).not.toContain("not the password");
      expect(await received(payout.address)).toBe(0n);
    });
    await withEngine({}, async (engine) => {
      await eventually("the payout completed", async () => {
        await world.sandbox.anvil.mine(1);
        return completed(payout.id)();
      });
      expect(await seenBy(engine.url!)).toMatchObject({ component: { ok: true }, problem: null });
    });
    expect(await received(payout.address)).toBe(30_000_000n);
    expect(await findTrouble(world)).toEqual([]);
  },
);

test("an RPC URL of another network with the same chain id stops the sending, and nothing else", async () => {
  const { db } = world.engine;
  const payout = await plannedPayout();
  await sql`update chain_fingerprint set genesis_hash = ${`0x${"ef".repeat(32)}`} where chain = 'ethereum'`.execute(
    db,
  );
  await withEngine({}, async (engine) => {
    await eventually(
      "the payout waits",
      async () => (await stateOf(payout.id)).waiting_reason === "wrong_network",
    );
    const seen = await seenBy(engine.url!);
    expect(seen.ready).toBe(200);
    expect(seen.component).toMatchObject({ ok: false });
    expect(seen.component.detail).toContain("wallets accept-chain");
    expect((await world.client.get("/v1/payouts")).data.length).toBeGreaterThan(0);
  });
  await sql`delete from chain_fingerprint`.execute(db);
  await driveUntil(world, "paid after the chain was accepted", completed(payout.id));
  expect(await received(payout.address)).toBe(30_000_000n);
});

test("F44 a payout whose nonce somebody used is planned anew, leaves when a person resumes the wallet, and is paid once", async () => {
  const { anvil } = world.sandbox;
  const { db } = world.engine;
  const payout = await plannedPayout();
  await anvil.setAutomine(false);
  const hash = await driveUntil(world, "broadcast", async () => {
    const { rows } = await sql<{ hash: string }>`
        select a.transaction_hash as hash from transfer_attempt a join transfer t on t.id = a.transfer_id
        join payout_attempt p on p.id = t.purpose_id where p.payout_id = ${payout.id} and t.status = 'broadcast'`.execute(
      db,
    );
    return rows[0]?.hash;
  });
  await anvil.dropTransaction(hash);
  await anvil.sendAs({ from: world.wallet, to: world.wallet });
  await anvil.mine(4);
  await anvil.setAutomine(true);
  await driveUntil(world, "planned anew and waiting", async () => {
    const { attempts, waiting_reason } = await stateOf(payout.id);
    return attempts === 2 && waiting_reason === "wallet_paused";
  });
  expect((await seenBy(world.engine.url!)).problem).toBe("nonce_used_elsewhere");
  expect(await received(payout.address)).toBe(0n);
  await resumeWallet(db, (await findWallet(db, "ethereum"))!.id);
  await driveUntil(world, "paid", completed(payout.id));
  expect(await received(payout.address)).toBe(30_000_000n);
  expect((await stateOf(payout.id)).attempts).toBe(2);
});

test("S17 limits and the gas reserve are settings: a change holds at once, and what waited goes by itself", async () => {
  const { db } = world.engine;
  const payout = await plannedPayout();
  const limits = { gas_reserve: [], daily_maximum: [] };
  const set = (amount: string) =>
    changeSetting(db, {
      setting: transferLimits,
      value: { ...limits, transfer_maximum: [{ asset: USDT, amount }] },
      changedBy: "test",
      now: systemClock.now(),
    });
  await set("29.999999");
  await driveUntil(
    world,
    "held by the limit",
    async () => (await stateOf(payout.id)).waiting_reason === "above_transfer_limit",
  );
  expect(await received(payout.address)).toBe(0n);
  await set("30");
  await driveUntil(world, "paid", completed(payout.id));
  expect(await received(payout.address)).toBe(30_000_000n);
});
