import { beforeEach, describe, expect, test } from "vitest";
import type { SendingChain } from "../chains/index.ts";
import { sql } from "../database/index.ts";
import { accounts } from "../ledger/index.ts";
import {
  fingerprintStore,
  forgetFingerprint,
  pauseWallet,
  recordSignerState,
  resumeWallet,
  walletChecks,
  walletOverview,
} from "./index.ts";
import { newPayee, startWorld, withChain } from "./testing/world.ts";
import { getWallet } from "./wallet.ts";

const world = await startWorld();
const { anvil, clock, database, deps, limits, relay, wallet } = world;
const { db } = database;
const USDT = "ethereum:USDT";
const ETH = "ethereum:ETH";
const signal = new AbortController().signal;
const oneEther = 10n ** 18n;
const ownAccount = accounts.wallet("ethereum", wallet.address);

await world.fund(ETH, oneEther);
await world.fund(USDT, 10n ** 9n);
beforeEach(() => {
  relay.interfere = () => null;
  for (const limit of Object.values(limits)) limit.clear();
});

const minedNonce = async () =>
  BigInt(await anvil.rpc<string>("eth_getTransactionCount", [wallet.address, "latest"]));
const waitingReason = async (id: string) => (await world.get(id)).waiting_reason;

describe("nonces", () => {
  test("F44 a count that ran ahead of the chain leaves no gap: the next transfers fill it", async () => {
    const before = await world.plan();
    await world.settle(before);
    const mined = await minedNonce();
    await sql`update wallet set next_slot_number = ${mined + 1n} where id = ${wallet.id}`.execute(db);
    const stranded = await world.plan();
    await world.run(stranded);
    const filling = await world.plan();
    const ended = await world.settle(stranded, filling);
    expect(ended.map(({ status }) => status)).toEqual(["final", "final"]);
    expect(ended.map((one) => one.slot_number!).toSorted()).toEqual([mined, mined + 1n]);
    expect(await minedNonce()).toBe(mined + 2n);
  });

  test("F44 after a foreign transaction a person resumes the wallet, and it goes on with a fresh nonce", async () => {
    const to = newPayee();
    await anvil.sendAs({ from: wallet.address, to: newPayee() });
    await world.book(ETH, (await anvil.getBalance(wallet.address)) - (await world.booked(ownAccount, ETH)));
    const id = await world.plan({ to });
    await world.run(id);
    expect(await waitingReason(id)).toBe("wallet_paused");
    expect((await getWallet(db, wallet.id)).paused_reason).toBe("nonce_used_elsewhere");
    await resumeWallet(db, wallet.id);
    const nonce = await minedNonce();
    expect((await world.settle(id))[0]).toMatchObject({ status: "final", slot_number: nonce });
    expect(await world.onChain(to, USDT)).toBe(1_000_000n);
  });

  test("F44 a node that lags does not bring back a nonce that somebody else used", async () => {
    await world.settle(await world.plan());
    const mined = await minedNonce();
    relay.interfere = ({ method }) => (method === "eth_getTransactionCount" ? { result: "0x0" } : null);
    const id = await world.plan();
    await world.run(id);
    relay.interfere = () => null;
    expect((await world.settle(id))[0]).toMatchObject({ status: "final", slot_number: mined });
  });
});

test("a wallet that is paused, or stuck behind a low fee, does not hold up another one", async () => {
  const other = await world.addWallet();
  const both = {
    ...deps,
    signers: new Map([...deps.signers, [`ethereum:${other.signer.address}`, other.signer]]),
  };
  await world.fund(ETH, oneEther, other.wallet);
  await world.fund(USDT, 5_000_000n, other.wallet);
  await pauseWallet(db, wallet.id, "operator");
  const [paused, going] = [await world.plan(), await world.plan({ walletId: other.wallet.id })];
  await world.run(paused, both);
  await world.run(going, both);
  expect((await world.settle(going))[0]!.status).toBe("final");
  expect(await waitingReason(paused)).toBe("wallet_paused");
  await resumeWallet(db, wallet.id);

  await anvil.setAutomine(false);
  await world.run(paused, both);
  const second = await world.plan({ walletId: other.wallet.id });
  await world.run(second, both);
  const raw = (
    await sql<{ raw: string }>`select raw from transfer_attempt where transfer_id = ${paused}`.execute(db)
  ).rows[0]!;
  await anvil.dropTransaction(
    (
      await sql<{
        hash: string;
      }>`select transaction_hash as hash from transfer_attempt where raw = ${raw.raw}`.execute(db)
    ).rows[0]!.hash,
  );
  await anvil.mine(3);
  await world.run(second, both);
  expect((await world.get(second)).status).toBe("final");
  expect((await world.get(paused)).status).toBe("broadcast");
  await anvil.setAutomine(true);
  expect((await world.settle(paused))[0]!.status).toBe("final");
});

describe("what stops a transfer before it is signed", () => {
  test("F49 ether for gas is kept: a send of ether that would eat it waits, tokens go, and funding wakes it", async () => {
    const held = await anvil.getBalance(wallet.address);
    const reserve = held - oneEther / 10n;
    limits.gasReserve.set(ETH, reserve);
    const to = newPayee();
    const ether = await world.plan({ asset: ETH, amount: oneEther / 5n, to });
    const token = await world.plan();
    await world.run(ether);
    expect(await waitingReason(ether)).toBe("below_gas_reserve");
    expect((await world.settle(token))[0]!.status).toBe("final");
    expect(await world.get(ether)).toMatchObject({ status: "planned", slot: null });
    await world.fund(ETH, oneEther / 5n);
    expect((await world.settle(ether))[0]!.status).toBe("final");
    expect(await world.onChain(to, ETH)).toBe(oneEther / 5n);
    expect(await anvil.getBalance(wallet.address)).toBeGreaterThan(reserve);
  });

  test("F49 ether that is not there at all does not keep tokens from their gas", async () => {
    const ether = await world.plan({ asset: ETH, amount: 1_000n * oneEther });
    await world.run(ether);
    expect(await waitingReason(ether)).toBe("insufficient_asset");
    expect((await world.settle(await world.plan()))[0]!.status).toBe("final");
    await sql`delete from transfer where id = ${ether}`.execute(db);
  });

  test("F51 S17 more than one transfer may carry is not signed, a person is told, and others pass", async () => {
    limits.perTransfer.set(USDT, 2_999_999n);
    const large = await world.plan({ amount: 3_000_000n });
    await world.run(large);
    expect(await world.get(large)).toMatchObject({
      status: "in_review",
      review_reason: "above_transfer_limit",
      slot: null,
    });
    expect((await world.settle(await world.plan({ amount: 2_999_999n })))[0]!.status).toBe("final");
    limits.perTransfer.set(USDT, 3_000_000n);
    expect((await world.settle(large))[0]!.status).toBe("final");
  });

  test("F51 S17 what a day may take is counted to the unit, and the rest goes by itself a day later", async () => {
    clock.advance(24 * 3_600_000);
    limits.perDay.set(USDT, 5_000_000n);
    const [first, exact, beyond] = [
      await world.plan({ amount: 3_000_000n }),
      await world.plan({ amount: 2_000_000n }),
      await world.plan({ amount: 1n }),
    ];
    for (const id of [first, exact, beyond]) await world.run(id);
    expect(await waitingReason(beyond)).toBe("above_daily_limit");
    expect((await world.settle(first, exact)).map(({ status }) => status)).toEqual(["final", "final"]);
    clock.advance(24 * 3_600_000);
    expect((await world.settle(beyond))[0]!.status).toBe("final");
  });

  test.each([
    ["another amount", { amount: 999_999n }],
    ["another asset", { asset: "ethereum:USDC" }],
    ["another destination", { toAddress: newPayee() }],
    ["nothing any more", null],
  ])("F52 F56 S16 a transfer whose purpose says %s is not signed", async (_name, said) => {
    const purposeId = crypto.randomUUID();
    const to = newPayee();
    const id = await world.plan({ purposeId, to });
    if (said === null) world.intents.delete(purposeId);
    else world.intents.set(purposeId, { ...world.intents.get(purposeId)!, ...said });
    await world.run(id);
    expect(await world.get(id)).toMatchObject({
      status: "in_review",
      review_reason: "not_authorised",
      slot: null,
    });
    expect(await world.onChain(to, USDT)).toBe(0n);
  });

  test("F48 a shortage that appears between two questions is a shortage, not a transfer that cannot work", async () => {
    const held = await world.onChain(wallet.address, USDT);
    expect(await world.booked(ownAccount, USDT)).toBe(held);
    let asked = 0;
    const real = world.newChain();
    const racing: SendingChain = {
      ...real,
      balance: async (address, asset, until) => {
        if (asset.id === USDT && ++asked === 1) return held + 1n;
        return real.balance(address, asset, until);
      },
    };
    const id = await world.plan({ amount: held + 1n });
    await world.run(id, withChain(deps, racing));
    expect(await world.get(id)).toMatchObject({ status: "planned", waiting_reason: "insufficient_asset" });
    await world.fund(USDT, 1n);
    expect((await world.settle(id))[0]!.status).toBe("final");
    await world.fund(USDT, 10n ** 9n);
  });
});

describe("why a wallet does not send is said wherever somebody may look", () => {
  const problemOf = async (chain = deps.chains.get("ethereum")!) =>
    (await walletOverview(db, new Map([["ethereum", chain]]), signal)).find(
      (view) => view.address === wallet.address,
    )!.problem;
  const readiness = async (chain = deps.chains.get("ethereum")!) =>
    walletChecks({ db, chains: new Map([["ethereum", chain]]) }, () => signal)[0]!.check();
  beforeEach(() => sql`update wallet set used_at = now() where id = ${wallet.id}`.execute(db));

  test("S06 a key that cannot be opened", async () => {
    await recordSignerState(db, {
      chain: "ethereum",
      problem: { problem: "wrong_password", message: "The password does not open it." },
      now: clock.now(),
    });
    const id = await world.plan();
    await world.run(id, { ...deps, signers: new Map() });
    expect(await waitingReason(id)).toBe("wrong_password");
    expect(await problemOf()).toBe("wrong_password");
    await expect(readiness()).rejects.toMatchObject({ code: "wrong_password" });
    await recordSignerState(db, { chain: "ethereum", problem: null, now: clock.now() });
    expect(await problemOf()).toBeNull();
    expect(await readiness()).toBe(wallet.address);
    expect((await world.settle(id))[0]!.status).toBe("final");
  });

  test("an endpoint of another network, until a person accepts the new chain", async () => {
    const chain = world.newChain({ fingerprints: fingerprintStore({ db, clock }) });
    await chain.head(signal);
    await sql`update chain_fingerprint set genesis_hash = ${`0x${"ef".repeat(32)}`}`.execute(db);
    const other = world.newChain({ fingerprints: fingerprintStore({ db, clock }) });
    const id = await world.plan();
    await world.run(id, withChain(deps, other));
    expect(await world.get(id)).toMatchObject({
      status: "planned",
      waiting_reason: "wrong_network",
      slot: null,
    });
    expect(await problemOf(other)).toBe("wrong_network");
    await expect(readiness(other)).rejects.toMatchObject({ code: "wrong_network" });
    expect(await forgetFingerprint(db, "ethereum")).toBe(true);
    clock.advance(5 * 60_000);
    await world.run(id, withChain(deps, other));
    expect((await world.settle(id))[0]!.status).toBe("final");
    const { rows } = await sql`select from chain_fingerprint`.execute(db);
    expect(rows).toHaveLength(1);
  });

  test("a pause, with its reason", async () => {
    await pauseWallet(db, wallet.id, "operator");
    expect(await problemOf()).toBe("operator");
    await expect(readiness()).rejects.toMatchObject({ code: "wallet_paused" });
    await resumeWallet(db, wallet.id);
  });

  test("F49 the runway is told before the first transfer too, at what a transfer costs now", async () => {
    const fresh = await world.addWallet();
    await world.fund(ETH, oneEther / 100n, fresh.wallet);
    await anvil.setNextBlockBaseFee(10_000_000_000n);
    await anvil.mine();
    const views = await walletOverview(db, deps.chains, signal);
    const view = views.find(({ address, asset }) => address === fresh.wallet.address && asset === ETH)!;
    expect(view.runway).toBe(oneEther / 100n / (65_000n * 21_000_000_000n));
  });
});
