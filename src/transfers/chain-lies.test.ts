import { afterEach, expect, test } from "vitest";
import type { SendingChain } from "../chains/index.ts";
import { startRpcRelay } from "../chains/evm/testing/rpc-relay.ts";
import { sql } from "../database/index.ts";
import { newId } from "../ids.ts";
import { accounts } from "../ledger/index.ts";
import { listAttempts, resumeWallet } from "./index.ts";
import { newPayee, startWorld, withChain } from "./testing/world.ts";
import { readEvmFee } from "../chains/evm-fee.ts";
import { feeOf } from "./transfer-store.ts";
import { getWallet } from "./wallet.ts";

const world = await startWorld();
const { anvil, clock, database, deps, relay, wallet } = world;
const { db } = database;
const USDT = "ethereum:USDT";
const ETH = "ethereum:ETH";
const walletAccount = accounts.wallet("ethereum", wallet.address);

await world.fund(ETH, 10n ** 20n);
await world.fund(USDT, 10n ** 9n);
afterEach(async () => {
  relay.interfere = () => null;
  await anvil.setAutomine(true);
  await anvil.setNextBlockBaseFee(1_000_000_000n);
  await anvil.mine(3);
});

const forgets = ({ method }: { method: string }) =>
  method === "eth_getTransactionReceipt" || method === "eth_getTransactionByHash" ? { result: null } : null;

/** Everything the wallet ever sent of a coin, as the chain has it. */
const expectBooksToMatch = async () => {
  expect(await world.booked(walletAccount, USDT)).toBe(await world.onChain(wallet.address, USDT));
  expect(await world.booked(walletAccount, ETH)).toBe(await anvil.getBalance(wallet.address));
};

test("F42 a node that forgot our transaction never proves that another one took its place", async () => {
  const [to, purposeId] = [newPayee(), newId()];
  const id = await world.plan({ to, purposeId });
  await world.run(id);
  relay.interfere = forgets;
  await anvil.mine(5); // final, and its nonce used for good
  for (let look = 0; look < 3; look += 1) await world.run(id);
  expect((await world.get(id)).status).toBe("broadcast");
  expect(await world.jobsWaiting("swaps.advance", purposeId)).toBe(0);
  relay.interfere = () => null;
  await world.run(id);
  expect((await world.get(id)).status).toBe("final");
  expect(await listAttempts(db, id)).toHaveLength(1);
  expect(await world.onChain(to, USDT)).toBe(1_000_000n);
  await expectBooksToMatch();
});

test("F42 one node tells of the nonce and another has never seen us: nothing follows from the two together", async () => {
  const blind = await startRpcRelay(anvil.url);
  blind.interfere = forgets;
  const to = newPayee();
  const id = await world.plan({ to });
  await world.run(id);
  await anvil.mine(5);
  relay.interfere = ({ method }) => (method === "eth_getTransactionReceipt" ? "cut" : null);
  await world.run(id, withChain(deps, world.newChain({ rpcUrls: [relay.url, blind.url] })));
  expect((await world.get(id)).status).not.toBe("displaced");
  relay.interfere = () => null;
  expect((await world.settle(id))[0]!.status).toBe("final");
  expect(await world.onChain(to, USDT)).toBe(1_000_000n);
  await blind.close();
});

test("F42 a replacement that another worker stored meanwhile is ours: it displaces nothing", async () => {
  const to = newPayee();
  const id = await world.plan({ to });
  await world.run(id);
  const [ours] = await listAttempts(db, id);
  const meanwhile = `0x${"cd".repeat(32)}`;
  const late: SendingChain = {
    ...world.newChain(),
    readTransaction: async () => ({ status: "not_found" }),
    async look() {
      await sql`
        insert into transfer_attempt (transfer_id, seq, transaction_hash, raw, fee_most, fee_terms, signed_at)
        select transfer_id, 2, ${meanwhile}, raw, fee_most, fee_terms, signed_at
        from transfer_attempt where transfer_id = ${id}`.execute(db);
      return { kind: "taken", by: meanwhile };
    },
  };
  await world.run(id, withChain(deps, late));
  expect((await world.get(id)).status).not.toBe("displaced");
  expect((await getWallet(db, wallet.id)).paused_reason).toBeNull();
  await sql`delete from transfer_attempt where transaction_hash = ${meanwhile}`.execute(db);
  expect((await world.settle(id))[0]).toMatchObject({
    status: "final",
    transaction_hash: ours!.transaction_hash,
  });
  expect(await world.onChain(to, USDT)).toBe(1_000_000n);
});

test("nobody can tell who used the nonce: a person is told at the deadline, and the chain's word still ends it", async () => {
  await anvil.setAutomine(false);
  const id = await world.plan();
  await world.run(id);
  const [attempt] = await listAttempts(db, id);
  await anvil.dropTransaction(attempt!.transaction_hash);
  await anvil.sendAs({ from: wallet.address, to: newPayee() });
  await anvil.mine(5);
  relay.interfere = ({ method, params }) =>
    method === "eth_getTransactionCount" && String(params[1]).startsWith("0x")
      ? { error: { code: -32000, message: "missing trie node" } }
      : null;
  await world.run(id);
  expect((await world.get(id)).status).toBe("broadcast");
  clock.advance(3_600_001);
  await world.run(id);
  expect(await world.get(id)).toMatchObject({
    status: "in_review",
    review_reason: "not_included_by_deadline",
  });
  relay.interfere = () => null;
  await world.run(id);
  expect((await world.get(id)).status).toBe("displaced");
  await resumeWallet(db, wallet.id);
  await world.book(ETH, (await anvil.getBalance(wallet.address)) - (await world.booked(walletAccount, ETH)));
});

test("F45 a chain that cannot be read for long sends a signed transfer to a person, and loses nothing", async () => {
  const to = newPayee();
  const id = await world.plan({ to });
  await world.run(id);
  relay.interfere = () => "cut";
  clock.advance(3_600_001);
  await world.run(id);
  expect(await world.get(id)).toMatchObject({ status: "in_review", review_reason: "chain_unreadable" });
  relay.interfere = () => null;
  expect((await world.settle(id))[0]!.status).toBe("final");
  expect(await world.onChain(to, USDT)).toBe(1_000_000n);
});

test("F58 a node that says it took the bytes and lost them: they are sent again, byte for byte", async () => {
  const to = newPayee();
  const id = await world.plan({ to });
  let lost = "";
  relay.interfere = ({ method, params }) => {
    if (method !== "eth_sendRawTransaction") return null;
    lost = String(params[0]);
    return { error: { code: -32000, message: "already known" } };
  };
  await world.run(id);
  relay.interfere = () => null;
  expect((await listAttempts(db, id))[0]).toMatchObject({ raw: lost, last_answer: "already_known" });
  expect((await world.settle(id))[0]!.status).toBe("final");
  expect(await listAttempts(db, id)).toHaveLength(1);
  expect(await world.onChain(to, USDT)).toBe(1_000_000n);
});

test("F44 a gap in the nonces is closed by the bytes that belong there; the later one waits for it and lands", async () => {
  await anvil.setAutomine(false);
  const [lower, higher] = [await world.plan(), await world.plan()];
  await world.run(lower);
  const [attempt] = await listAttempts(db, lower);
  await anvil.dropTransaction(attempt!.transaction_hash);
  await world.run(higher);
  await anvil.mine(3);
  await world.run(higher);
  expect((await world.get(higher)).status).toBe("broadcast");
  await world.run(lower);
  const ended = await world.settle(lower, higher);
  expect(ended.map(({ status }) => status)).toEqual(["final", "final"]);
  expect(ended[1]!.slot_number! - ended[0]!.slot_number!).toBe(1n);
  for (const id of [lower, higher]) expect(await listAttempts(db, id)).toHaveLength(1);
});

test("F50 a stuck transfer is not replaced above the cap; when the price falls its own bytes land", async () => {
  await anvil.setAutomine(false);
  const to = newPayee();
  const id = await world.plan({ to });
  await world.run(id);
  const [only] = await listAttempts(db, id);
  await anvil.setNextBlockBaseFee(30_000_000_000n);
  await anvil.mine(1);
  clock.advance(61_000);
  await world.run(
    id,
    withChain(deps, world.newChain({ maxFeePerGasCap: readEvmFee(feeOf(only!)).maxFeePerGas + 1n })),
  );
  expect(await listAttempts(db, id)).toHaveLength(1);
  await anvil.setNextBlockBaseFee(1n);
  await anvil.mine(1);
  expect((await world.settle(id))[0]).toMatchObject({
    status: "final",
    transaction_hash: only!.transaction_hash,
  });
  expect(await world.onChain(to, USDT)).toBe(1_000_000n);
});

/** Two attempts of one transfer; the first is in a block. */
async function includedThenReplaced() {
  const to = newPayee();
  const id = await world.plan({ to });
  await anvil.setAutomine(false);
  await world.run(id);
  const [first] = await listAttempts(db, id);
  await anvil.setNextBlockBaseFee(30_000_000_000n);
  await anvil.mine(1);
  clock.advance(61_000);
  relay.interfere = ({ method }) => (method === "eth_sendRawTransaction" ? "cut" : null); // stored, and not sent
  await world.run(id);
  relay.interfere = () => null;
  const [second] = await listAttempts(db, id);
  await anvil.setNextBlockBaseFee(1n);
  await anvil.mine(1);
  await anvil.rpc("eth_sendRawTransaction", [first!.raw]);
  await anvil.mine(1);
  await world.run(id);
  expect(await world.get(id)).toMatchObject({
    status: "included",
    transaction_hash: first!.transaction_hash,
  });
  return { id, to, first: first!, second: second! };
}

test("a reorganisation takes one attempt away and the other lands instead: paid once, booked by the one that counts", async () => {
  const { id, to, second } = await includedThenReplaced();
  await anvil.reorg(1);
  await anvil.rpc("eth_sendRawTransaction", [second.raw]);
  await anvil.mine(1);
  await world.run(id);
  expect(await world.get(id)).toMatchObject({
    status: "included",
    transaction_hash: second.transaction_hash,
  });
  const [ended] = await world.settle(id);
  expect(ended).toMatchObject({ status: "final", transaction_hash: second.transaction_hash });
  expect(await world.onChain(to, USDT)).toBe(1_000_000n);
  await expectBooksToMatch();
});

test("finality that is undone is noticed: the wallet stops, the same bytes go out again, and the payee has it once", async () => {
  const to = newPayee();
  const id = await world.plan({ to });
  const [final] = await world.settle(id);
  await world.recheck();
  expect(await recheckedAt(id)).toBeNull(); // too early
  clock.advance(3_600_001);
  await anvil.setAutomine(false);
  const depth = (await anvil.blockNumber()) - parseInt(String(final!.block_number), 10) + 1;
  await anvil.reorg(depth);
  expect(await world.onChain(to, USDT)).toBe(0n);
  await world.recheck();
  expect(await world.get(id)).toMatchObject({ status: "final", review_reason: "final_transfer_undone" });
  expect((await getWallet(db, wallet.id)).paused_reason).toBe("final_transfer_undone");
  await resumeWallet(db, wallet.id);
  await anvil.mine(4);
  await world.recheck();
  expect(await world.get(id)).toMatchObject({ status: "final", review_reason: null });
  expect(await recheckedAt(id)).not.toBeNull();
  expect((await getWallet(db, wallet.id)).paused_reason).toBeNull();
  expect(await world.onChain(to, USDT)).toBe(1_000_000n);
});

test("a chain that cannot be read undoes nothing, and an end that stands is looked at once", async () => {
  const id = await world.plan();
  await world.settle(id);
  clock.advance(3_600_001);
  relay.interfere = () => "cut";
  await world.recheck();
  expect(await recheckedAt(id)).toBeNull();
  relay.interfere = () => null;
  await world.recheck();
  expect(await recheckedAt(id)).toEqual(clock.now());
  expect((await getWallet(db, wallet.id)).paused_reason).toBeNull();
});

async function recheckedAt(id: string): Promise<Date | null> {
  const { rows } = await sql<{
    at: Date | null;
  }>`select rechecked_at as at from transfer where id = ${id}`.execute(db);
  return rows[0]!.at;
}
