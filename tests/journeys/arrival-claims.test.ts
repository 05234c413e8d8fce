import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createClient, type Client } from "../../client/index.ts";
import { bookTopUp, recordReceipt } from "../../src/arrivals/index.ts";
import { inTransaction, sql } from "../../src/database/index.ts";
import { newId } from "../../src/ids.ts";
import { drainJobs } from "../../src/jobs/index.ts";
import { accounts } from "../../src/ledger/index.ts";
import { silentLogger } from "../../src/telemetry/index.ts";
import { registry } from "../../src/money/index.ts";
import { createApiKey } from "../../src/operators/index.ts";
import { findWallet, type Wallet } from "../../src/transfers/index.ts";
import { answerTo, eventually, findTrouble, startWorld, type World } from "../support/index.ts";
import { startGatheringWorld, USDT } from "./gathering-world.ts";
import { balance, newPaymentId, noticeOf, paymentOf, send, tell } from "./intake-notices.ts";

const ETH = "ethereum:ETH";
const settled = 9_900_000_000_000_000n; // what a notice says settled, base units of ether
const funding = accounts.platform("funding");
const soon = () => AbortSignal.timeout(30_000);

/** A call of this contract with an address and an amount sends that much of what it was sent on to the address. */
const splitter = {
  address: "0x7000000000000000000000000000000000000007",
  code: "0x60005b803614601e576000808080846020013585355af1506040016002565b00",
};

const word = (value: string | bigint): string =>
  (typeof value === "bigint" ? value.toString(16) : value.slice(2).toLowerCase()).padStart(64, "0");

describe("whose an arrival is", () => {
  let world: World;
  let orderId: string;
  let wallet: Wallet;
  beforeAll(async () => {
    world = await startWorld({
      worker: false,
      sandbox: { blocks: "automine" },
      env: { TRANSFER_POLL_MS: "60000", SWAP_POLL_MS: "60000" },
    });
    ({ orderId } = await world.order({ payees: [await world.payee()] }));
    wallet = (await findWallet(world.engine.db, "ethereum"))!;
  });
  afterAll(() => world.stop());

  /** A transfer to the hot wallet, final at once. */
  async function deposit(amount: bigint, to = world.wallet): Promise<string> {
    const hash = await world.sandbox.deposit({ to, assetId: ETH, amount });
    await world.sandbox.anvil.mine(3);
    return hash;
  }
  const topUp = (hash: string) =>
    bookTopUp(world.engine, { chain: "ethereum", transactionHash: hash, by: "test" }, soon());
  const askTopUp = (transaction_hash: string) =>
    answerTo(
      world.client.post("/v1/review/{thing}/{id}/{action}", {
        params: { path: { thing: "wallet_difference", id: `${wallet.id}:${ETH}`, action: "top_up" } },
        body: { transaction_hash },
      }),
    );
  const placeOf = (transaction_hash: string, index = "native") => ({
    path: { chain: "ethereum", transaction_hash, index },
  });
  const read = (hash: string, index?: string) =>
    world.client.get("/v1/arrivals/{chain}/{transaction_hash}/{index}", { params: placeOf(hash, index) });
  const seen = (id: number) =>
    eventually("its coins are seen", async () => {
      await world.drain({ future: true, maxRounds: 2 });
      await world.sandbox.anvil.mine(1);
      return (await paymentOf(world, id)).arrival === "seen";
    });

  test("what a processor owes is no top-up: the desk neither offers nor takes it, and the payment has its coins", async () => {
    const before = await balance(world, funding);
    const hash = await deposit(settled);
    const notice = noticeOf(orderId, { payment_id: newPaymentId(), payout_hash: hash });
    // The coins are here and the payment is booked; it has not looked for them yet.
    expect(await send(world, notice)).toBe(200);
    await drainJobs({
      database: world.database,
      jobs: world.jobs.filter(({ name }) => name !== "payments.follow"),
      clock: world.engine.clock,
      log: silentLogger,
      maxRounds: 3,
    });
    expect(await paymentOf(world, notice.payment_id)).toMatchObject({ arrival: "expected" });
    const desk = await world.client.get("/v1/review");
    expect(desk.data.find(({ id }) => id === `${wallet.id}:${ETH}`)).toMatchObject({
      reason: "expected_elsewhere",
      actions: [],
    });
    expect((await askTopUp(hash)).body.code).toBe("arrival_expected_elsewhere");
    await expect(topUp(hash)).rejects.toMatchObject({ code: "arrival_expected_elsewhere" });
    await seen(notice.payment_id);
    await expect(topUp(hash)).rejects.toMatchObject({ code: "receipt_already_attributed" });
    expect(await balance(world, funding)).toBe(before);
    expect(await read(hash)).toMatchObject({ claimant: "settlement", evidence: "named_hash", history: [] });
  });

  test("coins that were called the owner's go to the payment that they settle, once its processor names them", async () => {
    const before = await balance(world, funding);
    const hash = await deposit(settled);
    await topUp(hash);
    expect(await balance(world, funding)).toBe(before + settled);
    const notice = noticeOf(orderId, { payment_id: newPaymentId(), payout_hash: hash });
    await tell(world, notice);
    await seen(notice.payment_id);
    expect(await balance(world, funding)).toBe(before);
    expect(await read(hash)).toMatchObject({
      claimant: "settlement",
      history: [{ claimant: "top_up", lost: "0" }],
    });
    expect(await findTrouble(world)).toEqual([]);
  });

  test("a settlement that a contract pays out is seen", async () => {
    const caller = "0x9000000000000000000000000000000000000009";
    await world.sandbox.anvil.setCode(splitter.address, splitter.code);
    await world.sandbox.fundWallet(caller, ETH, 10n ** 20n);
    const hash = await world.sandbox.anvil.sendAs({
      from: caller,
      to: splitter.address,
      value: settled,
      data: `0x${word(world.wallet)}${word(settled)}`,
      gas: 200_000n,
    });
    await world.sandbox.anvil.mine(3);
    const notice = noticeOf(orderId, { payment_id: newPaymentId(), payout_hash: hash });
    await tell(world, notice);
    await seen(notice.payment_id);
  });

  /** As a swap whose provider names the transaction. */
  async function claimForSwap(
    hash: string,
    pick: (index: string, amount: bigint) => boolean,
  ): Promise<string> {
    const { db, chains, clock } = world.engine;
    const reading = await chains.get("ethereum")!.readTransaction(hash, [world.wallet], soon());
    if (reading.status !== "succeeded") throw new Error(reading.status);
    const receipt = reading.receipts.find(({ index, amount }) => pick(index, amount))!;
    const claim = {
      chain: "ethereum",
      transactionHash: hash,
      receipt,
      alongside: null,
      wallet,
      purpose: "swap",
      purposeId: newId(),
      credit: accounts.suspense("swap_surplus"),
      now: clock.now(),
      by: "changenow",
      evidence: "named_hash",
    } as const;
    expect(await inTransaction(db, (tx) => recordReceipt(tx, claim))).toBe("recorded");
    return receipt.index;
  }

  test("a hash that a swap provider named first is the swap's: the payment waits and no work fails over it", async () => {
    const hash = await deposit(settled);
    await claimForSwap(hash, () => true);
    const notice = noticeOf(orderId, { payment_id: newPaymentId(), payout_hash: hash });
    await tell(world, notice);
    for (const _ of [1, 2, 3]) await world.drain({ future: true, maxRounds: 2 });
    expect(await paymentOf(world, notice.payment_id)).toMatchObject({ arrival: "expected" });
    expect(await read(hash)).toMatchObject({ claimant: "swap", history: [] });
    const { rows } = await sql<{ last_error: string }>`
      select last_error from graphile_worker.jobs where task_identifier = 'payments.follow' and last_error is not null`.execute(
      world.engine.db,
    );
    expect(rows).toEqual([]);
  });

  test("of one transaction that brought a swap's coins and a settlement each has its own", async () => {
    const caller = "0x9000000000000000000000000000000000000019";
    await world.sandbox.anvil.setCode(splitter.address, splitter.code);
    await world.sandbox.fundWallet(caller, ETH, 10n ** 20n);
    const outputs = [5_000n, settled];
    const hash = await world.sandbox.anvil.sendAs({
      from: caller,
      to: splitter.address,
      value: settled + 5_000n,
      data: `0x${outputs.map((amount) => `${word(world.wallet)}${word(amount)}`).join("")}`,
      gas: 300_000n,
    });
    await world.sandbox.anvil.mine(3);
    const index = await claimForSwap(hash, (_index, amount) => amount === 5_000n);
    const notice = noticeOf(orderId, { payment_id: newPaymentId(), payout_hash: hash });
    await tell(world, notice);
    await seen(notice.payment_id);
    expect(await read(hash, index)).toMatchObject({ claimant: "swap", history: [] });
    expect(await balance(world, accounts.suspense("settlements"))).toBe(0n);
  });

  test("two persons give it to somebody else with a proof; one alone, or against the chain, does not", async () => {
    const { key } = await createApiKey(world.engine.db, {
      name: "a colleague",
      scopes: ["arrivals:write", "payments:read", "losses:write"],
      now: world.engine.clock.now(),
    });
    const hash = await deposit(777n);
    await topUp(hash);
    const before = await balance(world, funding);
    const body = { to: "unclaimed", reason: "a payer's, by mistake", proof: "ticket 4711" } as const;
    const reattribute = (client: Client, params: ReturnType<typeof placeOf>) =>
      answerTo(client.post("/v1/arrivals/{chain}/{transaction_hash}/{index}/reattribute", { params, body }));
    const colleague = createClient({ url: world.engine.url ?? "", apiKey: key });
    expect((await reattribute(colleague, placeOf(hash))).body.code).toBe("second_person_needed");
    expect((await reattribute(colleague, placeOf(hash))).body.code).toBe("second_person_needed");
    expect((await reattribute(world.client, placeOf(hash))).body).toMatchObject({
      claimant: "unclaimed",
      evidence: "none",
      reason: "a payer's, by mistake",
      proof: "ticket 4711",
    });
    expect(await balance(world, funding)).toBe(before - 777n);
    expect(await balance(world, accounts.suspense("unclaimed"))).toBe(777n);
    expect((await read(hash)).history).toMatchObject([{ claimant: "top_up", lost: "0" }]);
    // Whoever shows anything may have it now.
    await topUp(hash);
    expect(await read(hash)).toMatchObject({ claimant: "top_up", evidence: "operator" });

    const nothing = await reattribute(world.client, placeOf(hash, "log+9"));
    expect([nothing.status, nothing.body.code]).toEqual([404, "unknown_arrival"]);
  });

  test("the list is of one transaction, of one claimant, page by page", async () => {
    const list = (query: { limit?: number; cursor?: string; claimant?: "top_up" }) =>
      world.client.get("/v1/arrivals", { params: { query } });
    const all = await list({ limit: 200 });
    const one = await list({ limit: 1 });
    const next = await list({ limit: 1, cursor: one.next_cursor! });
    expect([...one.data, ...next.data]).toEqual(all.data.slice(0, 2));
    const topUps = await list({ claimant: "top_up" });
    expect(new Set(topUps.data.map(({ claimant }) => claimant))).toEqual(new Set(["top_up"]));
  });

  test("a hash that is no top-up says which of three things it is", async () => {
    const elsewhere = await deposit(1_000n, "0x5B38Da6a701c568545dCfcB03FcB875f56beddC4");
    await world.sandbox.fundWallet(world.wallet, ETH, 20n * 10n ** 18n);
    const fresh = await world.sandbox.deposit({ to: world.wallet, assetId: ETH, amount: 1_000n });
    const answers = [];
    for (const hash of [`0x${"ab".repeat(32)}`, elsewhere, fresh]) {
      const { status, body } = await askTopUp(hash);
      answers.push([status, body.code]);
    }
    expect(answers).toEqual([
      [422, "top_up_not_found"],
      [422, "top_up_brings_nothing"],
      [409, "top_up_not_final"],
    ]);
  });
});

test("a deposit's coins that somebody moved with the seed's words are a move: one coin, gathered, nobody's new funds", async () => {
  const gathering = await startGatheringWorld();
  const { world } = gathering;
  try {
    const order = await gathering.order();
    await gathering.pay(order, USDT);
    const deposit = await gathering.until(
      "credited and final",
      async () => {
        const row = (await gathering.deposits(order))[0];
        return row?.status === "credited" && row.final ? row : (undefined as never);
      },
      ["payments.sweep_addresses", "payments.advance_sweep"],
    );
    const from = gathering.addressOf(order);
    await world.sandbox.fundWallet(from, ETH, 10n ** 18n);
    const hash = await world.sandbox.anvil.sendAs({
      from,
      to: registry.get(USDT).contract!,
      data: `0xa9059cbb${word(world.wallet)}${word(deposit.amount)}`,
    });
    await world.sandbox.anvil.mine(3);
    const before = await balance(world, funding, USDT);
    await bookTopUp(gathering.parts, { chain: "ethereum", transactionHash: hash, by: "test" }, soon());

    expect(await balance(world, funding, USDT)).toBe(before);
    expect(await balance(world, accounts.wallet("ethereum", from), USDT)).toBe(0n);
    expect(await balance(world, accounts.wallet("ethereum", world.wallet), USDT)).toBe(deposit.amount);
    const [row] = await gathering.deposits(order);
    expect(row?.swept_at).not.toBeNull();
    const { rows } = await sql<{ arrival: string; spendable: boolean }>`
      select p.arrival, bool_and(e.spendable) as spendable from payment p join earning e on e.payment_id = p.id
      where p.id = ${row!.payment_id} group by p.arrival`.execute(world.engine.db);
    expect(rows).toEqual([{ arrival: "seen", spendable: true }]);
    await gathering.look();
    const { rows: live } = await sql`
      select from deposit_sweep where asset = ${USDT} and status in ('waiting', 'waiting_for_gas', 'sending')`.execute(
      world.engine.db,
    );
    expect(live).toHaveLength(0);
  } finally {
    await world.stop();
  }
});
