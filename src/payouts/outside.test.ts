import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { ApiProblem } from "../../client/index.ts";
import { inventAddress } from "../../sandbox/coins.ts";
import {
  dieAtEachStatement,
  driveUntil,
  findTrouble,
  giveEarnings,
  startWorld,
  type World,
} from "../../tests/support/index.ts";
import type { Deposit, DepositReading } from "../chains/receiving.ts";
import { checkConversions } from "../conversions/index.ts";
import { newId } from "../ids.ts";
import { accounts, balanceOf } from "../ledger/index.ts";
import { registry } from "../money/index.ts";
import { createApiKey, type Scope } from "../operators/index.ts";
import {
  attemptsOf,
  findPayout,
  planPayouts,
  recordPaidOutside,
  requestPayout,
  returnToEngine,
  takeOutside,
} from "./index.ts";
import { judgeReading } from "./judge-proof.ts";

const USDT = "ethereum:USDT";
const dollars = (count: number): bigint => BigInt(count) * 1_000_000n;
const tron = { asset: "tron:USDT", address: "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8" };

let world: World;
let people = 0;
const signal = () => AbortSignal.timeout(20_000);
beforeAll(async () => {
  world = await startWorld({
    worker: false,
    sandbox: { blocks: "automine", swapStepMs: 10 },
    env: { TRANSFER_POLL_MS: "60000", SWAP_POLL_MS: "60000" },
  });
});
afterAll(() => world.stop());
afterEach(async () => {
  expect(await findTrouble(world)).toEqual([]);
});

const payouts = () => world.engine.payouts;
const read = async (id: string) => (await findPayout(world.engine.db, id))!;
const onChain = (address: string) => world.sandbox.balanceOf(address, USDT);
const balance = (path: string) => balanceOf(world.engine.db, path, USDT);
const until = (id: string, status: string) =>
  driveUntil(world, status, async () => (await read(id)).status === status);
const refusal = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "done",
    (error: { code?: string }) => error.code ?? String(error),
  );

/** A payout of so much that may leave, and of which nothing was done. */
async function approved(amount = dollars(50), given?: { asset: string; address: string }) {
  const destination = given ?? { asset: USDT, address: inventAddress("evm", `paid elsewhere ${++people}`) };
  const payeeId = await world.payee({ destination, threshold: "1" });
  await giveEarnings(world, USDT, [{ payeeId, amount }]);
  await checkConversions(world.engine.conversions, signal(), true);
  await driveUntil(
    world,
    "available",
    async () => (await balance(accounts.payee(payeeId, "available"))) === amount,
  );
  const [id] = await planPayouts(payouts(), signal());
  expect((await read(id!)).status).toBe("approved");
  return { id: id!, payeeId, address: destination.address };
}
async function taken(...terms: Parameters<typeof approved>) {
  const one = await approved(...terms);
  await takeOutside(payouts(), { payoutId: one.id, by: "cli:ada" });
  return one;
}
/** Somebody pays from a wallet that is not ours, and it is final. @returns the hash */
async function pay(to: string, amount: bigint, assetId = USDT): Promise<string> {
  const hash = await world.sandbox.deposit({ to, assetId, amount });
  await world.sandbox.anvil.mine(3);
  return hash;
}
const prove = (payoutId: string, transactionHash: string, by = "cli:ada") =>
  refusal(recordPaidOutside(payouts(), { payoutId, said: { transactionHash }, by }, signal()));
const funding = () => balance(accounts.platform("funding"));

test("paid elsewhere and proved by the chain: completed, our coins stay, and the owner is owed what was advanced", async () => {
  const { id, payeeId, address } = await taken();
  const before = await funding();
  const wallet = await onChain(world.wallet);
  const invented = `0x${"ab".repeat(32)}`;
  expect(await prove(id, invented)).toBe("done");
  await world.drain({ future: true, maxRounds: 3 });
  expect(await read(id)).toMatchObject({ status: "outside", transaction_hash: null });
  const hash = await world.sandbox.deposit({ to: address, assetId: USDT, amount: dollars(50) });
  // In a block, and not final: nothing is known yet, and it is looked at again.
  expect(await prove(id, hash.toUpperCase().replace("0X", "0x"))).toBe("done");
  expect((await read(id)).status).toBe("outside");
  await world.sandbox.anvil.mine(3);
  await until(id, "completed");
  expect(await read(id)).toMatchObject({ transaction_hash: hash, delivered_amount: dollars(50) });
  expect([await funding(), await onChain(world.wallet)]).toEqual([before + dollars(50), wallet]);
  expect(await balance(accounts.payee(payeeId, "held"))).toBe(0n);
  expect(await prove(id, hash)).toBe("done");
  expect(await funding()).toBe(before + dollars(50));
  const shown = await world.client.get("/v1/payouts/{id}", { params: { path: { id } } });
  expect(shown.attempts).toMatchObject([{ route: "outside", status: "succeeded" }]);
  expect(shown.outside_payments).toMatchObject([
    { reference: invented, verdict: "unknown", reason: "not_found" },
    { reference: hash, verdict: "proved", chain: "ethereum", recorded_by: "cli:ada" },
  ]);
});

test("what does not pay it is refused with the reason, and what does completes it", async () => {
  const early = inventAddress("evm", `paid too early ${++people}`);
  const tooEarly = await pay(early, dollars(50));
  await world.sandbox.anvil.mine(1);
  const other = await approved();
  await until(other.id, "completed");
  const ours = (await read(other.id)).transaction_hash!;
  // A block's time has whole seconds.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  const { id, address } = await taken(dollars(50), { asset: USDT, address: early });
  const before = await funding();
  for (const [hash, reason] of [
    [tooEarly, "older_than_approval"],
    [ours, "transaction_of_ours"],
    [await pay(inventAddress("evm", "somebody else"), dollars(50)), "wrong_recipient"],
    [await pay(address, dollars(50), "ethereum:USDC"), "wrong_asset"],
    [await pay(address, dollars(50) - 1n), "too_little"],
  ] as const) {
    expect([reason, await prove(id, hash)]).toEqual([reason, "payment_refused"]);
    expect(await read(id)).toMatchObject({ status: "outside", review_reason: reason });
  }
  expect(await funding()).toBe(before);
  const hash = await pay(address, dollars(50));
  const second = await taken(dollars(50), { asset: USDT, address });
  expect(await prove(id, hash)).toBe("done");
  expect((await read(id)).status).toBe("completed");
  expect(await prove(second.id, hash)).toBe("payment_already_used");
  await returnToEngine(payouts(), { payoutId: second.id, by: "cli:ada" });
  await until(second.id, "completed");
  expect((await read(second.id)).transaction_hash).not.toBe(hash);
});

test("the engine and an operator at once: one of them pays, whoever comes first", async () => {
  for (const round of [1, 2, 3]) {
    const { id, address } = await approved();
    const [took] = await Promise.all([
      refusal(takeOutside(payouts(), { payoutId: id, by: "cli:ada" })),
      world.drain({ future: true, maxRounds: round }),
    ]);
    await world.drain({ future: true, maxRounds: 3 });
    const mine = (await read(id)).status === "outside";
    expect(await onChain(address)).toBe(mine ? 0n : dollars(50));
    if (!mine) expect(["payout_under_way", "payout_ended", "done"]).toContain(took);
    if (mine) expect(await prove(id, await pay(address, dollars(50)))).toBe("done");
    await until(id, "completed");
    expect(await onChain(address)).toBe(dollars(50));
  }
});

test("given back, the engine pays it once; with a payment that nobody disproved, two persons give it back", async () => {
  const { id, address } = await taken();
  const back = (by: string) => refusal(returnToEngine(payouts(), { payoutId: id, by }));
  expect(await back("cli:ada")).toBe("done");
  expect(await back("cli:ada")).toBe("payout_not_outside");
  await takeOutside(payouts(), { payoutId: id, by: "cli:ada" });
  expect(await prove(id, `0x${"cd".repeat(32)}`)).toBe("done");
  expect(await back("cli:ada")).toBe("second_person_needed");
  expect(await back("cli:bob")).toBe("second_person_needed");
  await world.drain({ future: true, maxRounds: 3 });
  expect(await onChain(address)).toBe(0n);
  expect(await back((await person()).ref)).toBe("done");
  await until(id, "completed");
  expect(await onChain(address)).toBe(dollars(50));
  expect((await attemptsOf(world.engine.db, id)).map(({ route, status }) => [route, status])).toEqual([
    ["outside", "failed"],
    ["outside", "failed"],
    ["direct", "succeeded"],
  ]);
});

test("what a swap under way may have brought the same payee proves nothing before that swap has ended", async () => {
  const usdc = { asset: "ethereum:USDC", address: inventAddress("evm", `paid by swap ${++people}`) };
  const { changenow } = world.sandbox;
  changenow.nextOutcome({ kind: "hold" });
  const bySwap = await approved(dollars(50), usdc);
  await until(bySwap.id, "sent");
  const { id } = await taken(dollars(50), usdc);
  const hash = await pay(usdc.address, dollars(50), usdc.asset);
  expect(await prove(id, hash)).toBe("done");
  expect((await read(id)).status).toBe("outside");
  changenow.release(changenow.exchanges().at(-1)!.id);
  await until(bySwap.id, "completed");
  await until(id, "completed");
  expect((await read(id)).transaction_hash).toBe(hash);
});

/** Somebody's key, and what they are answered. */
async function person(scopes: readonly Scope[] = ["payouts:outside"]) {
  const owner = `person ${++people}`;
  const { key, apiKey } = await createApiKey(world.engine.db, {
    name: owner,
    owner,
    scopes,
    now: new Date(),
  });
  const ask = async (path: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${key}` };
    const answer = await world.api<{ code?: string; status?: string }>("POST", path, body, headers);
    return answer.body.code ?? answer.body.status;
  };
  return { ref: `api_key:${apiKey.id}`, ask };
}

test("where nobody can look, two persons who say the very same complete it, and one never does", async () => {
  const { id } = await taken(dollars(60), tron);
  const before = await funding();
  const [ada, bob] = [await person(), await person()];
  const path = `/v1/payouts/${id}/paid-outside`;
  const said = { reference: "SEPA 4711", amount: "55.10", currency: "eur" };
  expect(await ada.ask(path, { transaction_hash: "ab".repeat(32) })).toBe("chain_not_read");
  expect(await ada.ask(path, said)).toBe("second_person_needed");
  expect(await ada.ask(path, said)).toBe("second_person_needed");
  // Nobody gives back alone what one person says is paid, and other words confirm nothing.
  expect(await ada.ask(`/v1/payouts/${id}/return-to-engine`)).toBe("second_person_needed");
  expect(await bob.ask(path, { ...said, amount: "55.11" })).toBe("second_person_needed");
  expect([(await read(id)).status, await funding()]).toEqual(["outside", before]);
  const answers = await Promise.all(Array.from({ length: 5 }, () => bob.ask(path, said)));
  expect(answers).toEqual(Array.from({ length: 5 }, () => "completed"));
  expect(await ada.ask(path, said)).toBe("completed");
  expect(await funding()).toBe(before + dollars(60));
  expect(await read(id)).toMatchObject({ transaction_hash: "SEPA 4711", delivered_amount: null });
  const other = await taken(dollars(60), tron);
  expect(await ada.ask(`/v1/payouts/${other.id}/paid-outside`, { ...said, reference: "sepa 4711" })).toBe(
    "payment_already_used",
  );
  const inTheirs = { reference: "cd".repeat(32), amount: "1", currency: tron.asset };
  expect(await ada.ask(`/v1/payouts/${other.id}/paid-outside`, inTheirs)).toBe("payment_refused");
  expect(await ada.ask(`/v1/payouts/${other.id}/return-to-engine`)).toBe("approved");
  await until(other.id, "completed");
});

test("it is taken after its approval and before its signature, by whoever may, and while nothing is paused", async () => {
  const { id, address, payeeId } = await approved();
  const take = `/v1/payouts/${id}/pay-outside`;
  expect(await (await person(["payouts:write", "payouts:approve"])).ask(take)).toBe("forbidden");
  const ada = await person();
  expect(await ada.ask(`/v1/payouts/${newId()}/pay-outside`)).toBe("unknown_payout");
  expect(await ada.ask(`/v1/payouts/${id}/paid-outside`, { transaction_hash: `0x${"ef".repeat(32)}` })).toBe(
    "payout_not_outside",
  );
  await world.client.post("/v1/payees/{id}/pause", { params: { path: { id: payeeId } } });
  expect(await ada.ask(take)).toBe("payee_paused");
  await world.client.post("/v1/payees/{id}/resume", { params: { path: { id: payeeId } } });
  const pause = await world.client.post("/v1/pauses", { body: { scope: "all", reason: "a drill" } });
  expect(await ada.ask(take)).toBe("paused_by_operator");
  await world.client.post("/v1/pauses/{id}/end", { params: { path: { id: pause.id } } });

  // An attempt of which nothing is signed is taken back; a signed one is the chain's.
  const unsigned = world.jobs.filter(({ name }) => !name.startsWith("transfers."));
  await driveUntil(world, "an attempt", async () => (await read(id)).status === "sending", {
    jobs: unsigned,
  });
  expect(await ada.ask(take)).toBe("outside");
  for (const [body, code] of [
    [{ transaction_hash: "nonsense" }, "invalid_transaction_hash"],
    [{ reference: "r", amount: "0", currency: "EUR" }, "invalid_amount"],
    [{ reference: "r", amount: "-1", currency: "EUR" }, "invalid_amount"],
    [{ reference: " ", amount: "1", currency: "EUR" }, "invalid_request"],
    [{ reference: "r", amount: "1" }, "invalid_request"],
    [{}, "invalid_request"],
  ] as const)
    expect([body, await ada.ask(`/v1/payouts/${id}/paid-outside`, body)]).toEqual([body, code]);
  const late = await refusal(requestAgain(payeeId));
  expect(late).toBe("nothing_to_pay");
  expect(await ada.ask(`/v1/payouts/${id}/cancel`)).toBe("forbidden");
  await expect(
    world.client.post("/v1/payouts/{id}/cancel", { params: { path: { id } } }),
  ).rejects.toBeInstanceOf(ApiProblem);
  expect(await ada.ask(`/v1/payouts/${id}/return-to-engine`)).toBe("approved");
  await driveUntil(world, "signed", async () => (await onChain(address)) > 0n);
  expect(await ada.ask(take)).toBe("payout_under_way");
  await until(id, "completed");
  expect(await ada.ask(take)).toBe("payout_ended");
});
const requestAgain = (payeeId: string) =>
  requestPayout(payouts(), { payeeId, asset: USDT, requestedBy: "cli:ada" });

test("a process that dies anywhere while it records a payment has completed the payout or done nothing", async () => {
  const { id, address } = await taken();
  const before = await funding();
  const hash = await pay(address, dollars(50));
  const deaths = await dieAtEachStatement(
    world.engine.db,
    (db) =>
      recordPaidOutside(
        { ...payouts(), db },
        { payoutId: id, said: { transactionHash: hash }, by: "cli:ada" },
        signal(),
      ),
    async () => {
      expect((await read(id)).status).toBe("outside");
      expect(await funding()).toBe(before);
      expect(await findTrouble(world)).toEqual([]);
    },
  );
  expect(deaths).toBeGreaterThan(10);
  expect([(await read(id)).status, await funding()]).toEqual(["completed", before + dollars(50)]);
});

const us = "0x00000000000000000000000000000000000000aa";
const them = "0x00000000000000000000000000000000000000bb";
const at = (second: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
const ether = registry.get("ethereum:ETH");
const landed = (change: object = {}, deposits: Partial<Deposit>[] = [{}]): DepositReading => ({
  status: "included",
  includedIn: { blockNumber: 1n, blockHash: "0x", blockTime: at(10) },
  succeeded: true,
  confirmations: 30n,
  final: true,
  deposits: deposits.map((one, index) => ({
    index: String(index),
    asset: ether,
    from: them,
    to: them,
    amount: 10n,
    ...one,
  })),
  unlisted: [],
  mayHideTransfers: false,
  ...change,
});

test.each<[string, DepositReading, string]>([
  ["nobody knows it", { status: "not_found" }, "unknown not_found"],
  ["not in a block yet", { status: "pending" }, "unknown pending"],
  ["not final", landed({ final: false }), "unknown not_final"],
  ["failed, and not final", landed({ final: false, succeeded: false }), "unknown not_final"],
  ["failed", landed({ succeeded: false }), "refused failed_on_chain"],
  ["of the approval's own second", landed(), "proved"],
  ["a second before it", landed({ includedIn: { blockTime: at(9) } }), "refused older_than_approval"],
  ["from a wallet of ours", landed({}, [{ from: us }]), "refused from_our_wallet"],
  ["in two parts", landed({}, [{ amount: 4n }, { amount: 6n }]), "proved"],
  ["more than is owed", landed({}, [{ amount: 11n }]), "proved"],
  ["a unit too little", landed({}, [{ amount: 9n }]), "refused too_little"],
  ["hidden in a contract's call", landed({ mayHideTransfers: true }, []), "unknown may_hide_transfers"],
  ["to somebody else", landed({}, []), "refused wrong_recipient"],
  ["another asset", landed({}, [{ asset: registry.get(USDT) }]), "refused wrong_asset"],
])("what a chain says of a payment, %s", (_, reading, expected) => {
  const verdict = judgeReading(reading, {
    asset: ether,
    address: them,
    amount: 10n,
    approvedAt: new Date(at(10).getTime() + 900),
    ownWallets: new Set([us]),
  });
  expect([verdict.kind, ...("reason" in verdict ? [verdict.reason] : [])].join(" ")).toBe(expected);
});
