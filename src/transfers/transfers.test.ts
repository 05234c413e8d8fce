import { describe, expect, test } from "vitest";
import { usdtLike } from "../../sandbox/tokens.ts";
import type { SendingChain, Signer } from "../chains/index.ts";
import { systemClock } from "../clock.ts";
import { inTransaction, sql } from "../database/index.ts";
import { newId } from "../ids.ts";
import { drainJobs } from "../jobs/index.ts";
import { accounts } from "../ledger/index.ts";
import { silentLogger } from "../telemetry/index.ts";
import {
  cancelTransfer,
  listAttempts,
  pauseWallet,
  resumeWallet,
  transferJobs,
  walletOverview,
  type TransferDeps,
} from "./index.ts";
import { newPayee, startWorld, withChain } from "./testing/world.ts";
import { readEvmFee } from "../chains/evm-fee.ts";
import { feeOf } from "./transfer-store.ts";
import { getWallet } from "./wallet.ts";
import { transferLife } from "./transfer.ts";

const world = await startWorld();
const { anvil, clock, database, deps, relay, wallet } = world;
const { db } = database;
const USDT = "ethereum:USDT";
const ETH = "ethereum:ETH";
const usdtContract = "0xdAC17F958D2ee523a2206206994597C13D831ec7";
const walletAccount = accounts.wallet("ethereum", wallet.address);
const signal = new AbortController().signal;

await world.fund(ETH, 10n ** 20n);
await world.fund(USDT, 10_000_000_000n);

/** Blocks come only when asked for. */
async function withoutMining(body: () => Promise<void>): Promise<void> {
  await anvil.setAutomine(false);
  try {
    await body();
  } finally {
    relay.interfere = () => null;
    await anvil.setAutomine(true);
    await anvil.setNextBlockBaseFee(1_000_000_000n);
    await anvil.mine(3);
  }
}

const minedNonce = async () =>
  BigInt(await anvil.rpc<string>("eth_getTransactionCount", [wallet.address, "latest"]));

test("every status is reachable, and only ended ones are dead ends", () => {
  const reachable = new Set<string>(["planned", ...Object.values(transferLife.next).flat()]);
  expect([...reachable].toSorted()).toEqual(Object.keys(transferLife.next).toSorted());
  const deadEnds = Object.entries(transferLife.next).filter(([, next]) => next.length === 0);
  expect(deadEnds.map(([status]) => status).toSorted()).toEqual([
    "cancelled",
    "displaced",
    "final",
    "reverted",
  ]);
});

describe("a transfer from plan to final", () => {
  test("a token without return value: sent, booked with its gas, and its owner told", async () => {
    const to = newPayee();
    const purposeId = newId();
    const before = {
      usdt: await world.booked(walletAccount, USDT),
      eth: await world.booked(walletAccount, ETH),
    };
    const id = await world.plan({ amount: 3_117_000n, to, purposeId });
    await world.run(id);
    expect((await world.get(id)).status).toBe("included");
    const [transfer] = await world.settle(id);
    expect(transfer).toMatchObject({ status: "final", next_check_at: null, deadline_at: null });
    expect(await world.onChain(to, USDT)).toBe(3_117_000n);
    expect(await world.booked(walletAccount, USDT)).toBe(before.usdt - 3_117_000n);
    expect(await world.booked(walletAccount, ETH)).toBe(before.eth - transfer!.fee_paid!);
    expect(await world.booked(walletAccount, ETH)).toBe(await anvil.getBalance(wallet.address));
    expect(await world.jobsWaiting("swaps.advance", purposeId)).toBe(1);
    await world.run(id); // the job ran twice
    expect(await world.booked(walletAccount, USDT)).toBe(before.usdt - 3_117_000n);
  });

  test("F55 native coin, to the last wei", async () => {
    const to = newPayee();
    const id = await world.plan({ asset: ETH, amount: 1_493_020_000_000_001n, to });
    expect((await world.settle(id))[0]!.status).toBe("final");
    expect(await world.onChain(to, ETH)).toBe(1_493_020_000_000_001n);
    expect(await world.booked(walletAccount, ETH)).toBe(await anvil.getBalance(wallet.address));
  });

  test("F43 F52 one purpose is one transfer; planned differently it is refused", async () => {
    const plan = { purposeId: newId(), to: newPayee(), amount: 5n };
    const ids = await Promise.all([world.plan(plan), world.plan(plan), world.plan(plan)]);
    expect(new Set(ids).size).toBe(1);
    await expect(world.plan({ ...plan, amount: 6n })).rejects.toMatchObject({ code: "transfer_conflict" });
    await expect(world.plan({ ...plan, to: newPayee() })).rejects.toMatchObject({
      code: "transfer_conflict",
    });
    await world.settle(ids[0]!);
    expect(await world.onChain(plan.to, USDT)).toBe(5n);
  });

  test("F51 F56 an asset of another chain, a bad address and our own wallet are refused before anything is written", async () => {
    await expect(world.plan({ asset: "base:USDC" })).rejects.toMatchObject({ code: "wrong_chain" });
    const typo = "0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
    await expect(world.plan({ to: typo })).rejects.toMatchObject({ code: "invalid_address" });
    await expect(world.plan({ to: wallet.address })).rejects.toMatchObject({ code: "invalid_address" });
    await expect(world.plan({ amount: 0n })).rejects.toMatchObject({ code: "invalid_amount" });
  });
});

/**
 * Dies at the nth question to the chain, or to the signer: before it is asked, or when the answer is there and not yet
 * recorded.
 */
function dyingWorker(
  nth: number,
  when: "before" | "after",
): { own: TransferDeps; died: () => string | null } {
  const steps: string[] = [];
  const mortal = <T extends object>(real: T): T =>
    new Proxy(real, {
      get(target, name, receiver) {
        const member: unknown = Reflect.get(target, name, receiver);
        if (typeof member !== "function" || String(name).startsWith("normalise")) return member;
        return async (...args: unknown[]) => {
          steps.push(String(name));
          const last = steps.length === nth;
          if (last && when === "before") throw new Error("power cut");
          const answer: unknown = await Reflect.apply(member, target, args);
          if (last) throw new Error("power cut");
          return answer;
        };
      },
    });
  const [[name, signer]] = [...deps.signers] as [[string, Signer]];
  const own = {
    ...withChain(deps, mortal(world.newChain())),
    signers: new Map([[name, mortal(signer)]]),
  };
  return { own, died: () => steps[nth - 1] ?? null };
}

test("through the real queue a planned transfer ends by itself", async () => {
  const id = await world.plan({ amount: 41n });
  // The queue's times are the database's, so the room gets the same clock.
  const jobs = transferJobs({ ...deps, clock: systemClock });
  const drain = { database, jobs, clock: systemClock, log: silentLogger, includeFuture: true, maxRounds: 2 };
  await drainJobs(drain);
  expect((await world.get(id)).status).toBe("included");
  await anvil.mine(5);
  await drainJobs(drain);
  expect((await world.get(id)).status).toBe("final");
});

describe("crashes", () => {
  test.each(["before", "after"] as const)(
    "F41 F42 whichever step the process dies %s, the payee is paid once",
    async (when) => {
      const deaths = new Set<string>();
      for (let nth = 1; ; nth += 1) {
        const to = newPayee();
        const id = await world.plan({ to, amount: 11n });
        const nonce = await minedNonce();
        const { own, died } = dyingWorker(nth, when);
        await world.run(id, own).catch(() => undefined);
        await anvil.mine(3);
        await world.run(id, own).catch(() => undefined);
        const [transfer] = await world.settle(id);
        expect(transfer!.status).toBe("final");
        expect(await world.onChain(to, USDT)).toBe(11n);
        expect((await minedNonce()) - nonce).toBe(1n);
        const step = died();
        if (step === null) break;
        deaths.add(step);
        expect(nth).toBeLessThan(40);
      }
      expect([...deaths].toSorted()).toEqual(["balance", "broadcast", "prepare", "readTransaction", "sign"]);
      expect(await world.booked(walletAccount, USDT)).toBe(await world.onChain(wallet.address, USDT));
    },
  );

  test("F58 nothing is broadcast that is not stored and committed", async () => {
    const id = await world.plan({ amount: 12n });
    const stored: boolean[] = [];
    const real = world.newChain();
    const watching: SendingChain = {
      ...real,
      async broadcast(raw, until) {
        const { rows } = await sql`select from transfer_attempt where raw = ${raw}`.execute(db);
        stored.push(rows.length === 1);
        return real.broadcast(raw, until);
      },
    };
    await world.run(id, withChain(deps, watching));
    expect(stored).toEqual([true]);
    await world.settle(id);
  });

  test("F42 a lost answer is treated as sent: the same bytes, one payment", async () => {
    const to = newPayee();
    const id = await world.plan({ to, amount: 13n });
    relay.interfere = ({ method }) => (method === "eth_sendRawTransaction" ? "cut_after" : null);
    await world.run(id);
    relay.interfere = () => null;
    expect((await listAttempts(db, id))[0]!.last_answer).toMatch(/^unknown/);
    expect((await world.settle(id))[0]!.status).toBe("final");
    expect(await listAttempts(db, id)).toHaveLength(1);
    expect(await world.onChain(to, USDT)).toBe(13n);
  });
});

describe("the chain decides", () => {
  test("a transaction dropped by its node is sent again, byte for byte", () =>
    withoutMining(async () => {
      const to = newPayee();
      const id = await world.plan({ to, amount: 21n });
      await world.run(id);
      const [attempt] = await listAttempts(db, id);
      expect(await anvil.dropTransaction(attempt!.transaction_hash)).toBe(true);
      await world.run(id);
      await world.run(id);
      expect((await world.settle(id))[0]).toMatchObject({
        status: "final",
        transaction_hash: attempt!.transaction_hash,
      });
      expect(await listAttempts(db, id)).toHaveLength(1);
      expect(await world.onChain(to, USDT)).toBe(21n);
    }));

  test("F42 too low a fee is replaced with the same nonce, destination and amount; one attempt lands", () =>
    withoutMining(async () => {
      const to = newPayee();
      const id = await world.plan({ to, amount: 22n });
      await world.run(id);
      clock.advance(61_000);
      await world.run(id);
      expect(await listAttempts(db, id)).toHaveLength(1); // the fee is not what holds it up
      await anvil.setNextBlockBaseFee(30_000_000_000n);
      await anvil.mine(1);
      await world.run(id);
      const [second, first] = await listAttempts(db, id);
      const [lower, higher] = [readEvmFee(feeOf(first!)), readEvmFee(feeOf(second!))];
      expect(higher.maxFeePerGas * 1000n >= lower.maxFeePerGas * 1125n).toBe(true);
      expect(higher.maxPriorityFeePerGas * 1000n >= lower.maxPriorityFeePerGas * 1125n).toBe(true);
      expect((await world.get(id)).fee_reserved).toBe(higher.maxFeePerGas * higher.gasLimit);
      expect((await world.settle(id))[0]).toMatchObject({
        status: "final",
        transaction_hash: second!.transaction_hash,
      });
      expect(await world.onChain(to, USDT)).toBe(22n);
    }));

  test("a replacement does not hide the first attempt landing after all", () =>
    withoutMining(async () => {
      const to = newPayee();
      const id = await world.plan({ to, amount: 23n });
      await world.run(id);
      const [first] = await listAttempts(db, id);
      await anvil.setNextBlockBaseFee(30_000_000_000n);
      await anvil.mine(1);
      clock.advance(61_000);
      relay.interfere = ({ method }) => (method === "eth_sendRawTransaction" ? "cut" : null); // the second never arrives
      await world.run(id);
      relay.interfere = () => null;
      expect(await listAttempts(db, id)).toHaveLength(2);
      await anvil.setNextBlockBaseFee(1n);
      await anvil.mine(1);
      await anvil.rpc("eth_sendRawTransaction", [first!.raw]);
      await anvil.mine(1);
      expect((await world.settle(id))[0]).toMatchObject({
        status: "final",
        transaction_hash: first!.transaction_hash,
      });
      expect(await world.onChain(to, USDT)).toBe(23n);
    }));

  test("F57 a revert is final when its block is: only gas is booked, and the owner is told", () =>
    withoutMining(async () => {
      const purposeId = newId();
      const booked = await world.booked(walletAccount, USDT);
      const onChain = await world.onChain(wallet.address, USDT);
      const id = await world.plan({ amount: 24n, purposeId });
      await world.run(id);
      await anvil.rpc("anvil_setCode", [usdtContract, "0xfe"]); // every call fails
      await anvil.mine(1);
      await world.run(id);
      expect((await world.get(id)).status).toBe("included"); // mined is not yet decided
      const [transfer] = await world.settle(id);
      expect(transfer!.status).toBe("reverted");
      expect(transfer!.fee_paid).toBeGreaterThan(0n);
      expect(await world.booked(walletAccount, USDT)).toBe(booked);
      expect(await world.jobsWaiting("swaps.advance", purposeId)).toBe(1);
      await anvil.setCode(usdtContract, usdtLike.runtimeBytecode);
      expect(await world.onChain(wallet.address, USDT)).toBe(onChain);
    }));

  test("a reorganisation takes the block away: back to broadcast, sent again, paid once", async () => {
    const to = newPayee();
    const id = await world.plan({ to, amount: 25n });
    await world.run(id);
    expect((await world.get(id)).status).toBe("included");
    await withoutMining(async () => {
      await anvil.reorg(1);
      await world.run(id);
      expect(await world.get(id)).toMatchObject({ status: "broadcast", block_hash: null });
      expect((await world.settle(id))[0]!.status).toBe("final");
    });
    expect(await world.onChain(to, USDT)).toBe(25n);
    const { rows } = await sql<{ to_status: string }>`
      select to_status from status_change where thing_id = ${id} order by id`.execute(db);
    expect(rows.map((row) => row.to_status)).toEqual([
      "planned",
      "signed",
      "broadcast",
      "included",
      "broadcast",
      "final",
    ]);
  });

  test("F44 another transaction took the nonce: displaced once that is final, nothing was sent, and the wallet stops", () =>
    withoutMining(async () => {
      const to = newPayee();
      const purposeId = newId();
      const id = await world.plan({ to, amount: 26n, purposeId });
      await world.run(id);
      const [attempt] = await listAttempts(db, id);
      await anvil.dropTransaction(attempt!.transaction_hash);
      const foreign = await anvil.sendAs({ from: wallet.address, to: newPayee() });
      await anvil.mine(1);
      await world.run(id);
      expect((await world.get(id)).status).toBe("broadcast"); // a reorganisation could still undo it
      await anvil.mine(5);
      relay.interfere = ({ method }) => (method === "eth_getTransactionReceipt" ? "cut" : null);
      await world.run(id);
      expect((await world.get(id)).status).toBe("broadcast"); // an unreadable receipt proves nothing
      relay.interfere = () => null;
      await world.run(id);
      expect(await world.get(id)).toMatchObject({ status: "displaced", fee_paid: null });
      expect(await world.jobsWaiting("swaps.advance", purposeId)).toBe(1);
      expect(await world.onChain(to, USDT)).toBe(0n);
      const { rows } = await sql<{ cause: { ref: string } }>`
        select cause from status_change where thing_id = ${id} and to_status = 'displaced'`.execute(db);
      expect(rows[0]!.cause.ref).toBe(foreign);
      const next = await world.plan({ to, amount: 26n });
      await world.run(next);
      expect(await world.get(next)).toMatchObject({ waiting_reason: "wallet_paused", slot: null });
      expect((await getWallet(db, wallet.id)).paused_reason).toBe("nonce_used_elsewhere");
      await resumeWallet(db, wallet.id);
      await rebookGas();
      expect((await world.settle(next))[0]!.status).toBe("final");
      expect(await world.onChain(to, USDT)).toBe(26n);
    }));

  test("success without delivery is not believed: no booking, a person looks", () =>
    withoutMining(async () => {
      const purposeId = newId();
      const booked = await world.booked(walletAccount, USDT);
      const id = await world.plan({ amount: 28n, purposeId });
      await world.run(id);
      await anvil.setCode(usdtContract, "0x00"); // every call succeeds and does nothing
      await anvil.mine(5);
      await world.run(id);
      await anvil.setCode(usdtContract, usdtLike.runtimeBytecode);
      expect(await world.get(id)).toMatchObject({
        status: "in_review",
        review_reason: "succeeded_without_delivery",
      });
      expect(await world.booked(walletAccount, USDT)).toBe(booked);
      expect(await world.jobsWaiting("swaps.advance", purposeId)).toBe(0);
      await sql`delete from transfer_attempt where transfer_id = ${id}`.execute(db);
      await sql`delete from transfer where id = ${id}`.execute(db);
      await rebookGas();
    }));

  test("an end that the ledger refuses is not lost: a person looks, and it is booked once the book allows", async () => {
    const id = await world.plan({ amount: 29n });
    await world.run(id);
    const booked = await world.booked(walletAccount, ETH);
    await world.book(ETH, -booked);
    await anvil.mine(5);
    await world.run(id);
    expect(await world.get(id)).toMatchObject({ status: "in_review", review_reason: "ledger_refused" });
    await world.book(ETH, booked);
    expect((await world.settle(id))[0]!.status).toBe("final");
  });

  test("F45 past its deadline a transfer goes to a person and is followed all the same", () =>
    withoutMining(async () => {
      const to = newPayee();
      const id = await world.plan({ to, amount: 27n });
      await world.run(id);
      clock.advance(3_600_001);
      await world.run(id);
      expect(await world.get(id)).toMatchObject({
        status: "in_review",
        review_reason: "not_included_by_deadline",
      });
      expect((await world.get(id)).next_check_at).not.toBeNull();
      await anvil.mine(1);
      expect((await world.settle(id))[0]!.status).toBe("final");
      expect(await world.onChain(to, USDT)).toBe(27n);
    }));
});

/** A foreign transaction paid gas that our book knows nothing of. */
async function rebookGas(): Promise<void> {
  await world.fund(ETH, 1n);
  await anvil.setBalance(wallet.address, await world.booked(walletAccount, ETH));
}

describe("waiting", () => {
  test("RPC down: planned transfers wait with a reason, signed ones keep their state", async () => {
    const to = newPayee();
    const id = await world.plan({ to, amount: 31n });
    relay.interfere = () => "cut";
    await world.run(id);
    expect(await world.get(id)).toMatchObject({
      status: "planned",
      waiting_reason: "rpc_unavailable",
      slot: null,
    });
    relay.interfere = () => null;
    await world.run(id);
    const { status } = await world.get(id);
    relay.interfere = () => ({ status: 503, body: "<html>" });
    await world.run(id);
    expect((await world.get(id)).status).toBe(status);
    relay.interfere = () => null;
    expect((await world.settle(id))[0]!.status).toBe("final");
    expect(await world.onChain(to, USDT)).toBe(31n);
  });

  test("F50 gas above the cap is not paid: the transfer waits, says why, and goes on when it falls", async () => {
    const id = await world.plan({ amount: 32n });
    const dear = withChain(deps, world.newChain({ maxFeePerGasCap: 1n }));
    await world.run(id, dear);
    expect(await world.get(id)).toMatchObject({
      status: "planned",
      waiting_reason: "fee_above_cap",
      slot: null,
    });
    expect((await world.settle(id))[0]!.status).toBe("final");
  });

  test("a paused wallet signs nothing; resumed it goes on without a gap", async () => {
    const id = await world.plan({ amount: 33n });
    await pauseWallet(db, wallet.id, "operator");
    await world.run(id);
    expect(await world.get(id)).toMatchObject({ status: "planned", waiting_reason: "wallet_paused" });
    await resumeWallet(db, wallet.id);
    const nonce = await minedNonce();
    expect((await world.settle(id))[0]).toMatchObject({ status: "final", slot_number: nonce });
  });

  test("F44 a key that is used elsewhere pauses the wallet", async () => {
    await anvil.sendAs({ from: wallet.address, to: newPayee() });
    const id = await world.plan({ amount: 34n });
    await world.run(id);
    expect(await world.get(id)).toMatchObject({
      status: "planned",
      waiting_reason: "wallet_paused",
      slot: null,
    });
    await resumeWallet(db, wallet.id);
    await rebookGas();
    expect((await world.settle(id))[0]!.status).toBe("final");
  });

  test("a transfer the token would refuse goes to a person at once and does not hold up the others", async () => {
    const to = newPayee();
    await anvil.rpc("anvil_setCode", [usdtContract, "0xfe"]);
    relay.interfere = ({ method, params }) =>
      method === "eth_call" && String((params[0] as { data: string }).data).startsWith("0x70a08231")
        ? { result: `0x${(10n ** 9n).toString(16).padStart(64, "0")}` }
        : null;
    const id = await world.plan({ to, amount: 35n });
    await world.run(id);
    relay.interfere = () => null;
    await anvil.setCode(usdtContract, usdtLike.runtimeBytecode);
    expect(await world.get(id)).toMatchObject({
      status: "in_review",
      review_reason: "transfer_would_revert",
      slot: null,
    });
    expect(
      await inTransaction(db, (tx) =>
        cancelTransfer(tx, id, { cause: { kind: "operator", ref: "test" }, now: clock.now() }),
      ),
    ).toBe(true);
    await world.run(id);
    expect(await world.onChain(to, USDT)).toBe(0n);
  });

  test("cancelling works only while nothing is signed", async () => {
    const id = await world.plan({ amount: 36n });
    await world.run(id);
    const cause = { kind: "operator", ref: "test" } as const;
    expect(await inTransaction(db, (tx) => cancelTransfer(tx, id, { cause, now: clock.now() }))).toBe(false);
    expect((await world.settle(id))[0]!.status).toBe("final");
  });

  test("F60 the sweeper wakes a transfer whose job was lost", async () => {
    const id = await world.plan({ amount: 37n });
    await sql`select graphile_worker.remove_job(${`transfers.advance:${id}`})`.execute(db);
    await world.sweep();
    expect(await world.jobsWaiting("transfers.advance", id)).toBe(0); // its job may only be late
    clock.advance(60_000);
    await world.sweep();
    expect(await world.jobsWaiting("transfers.advance", id)).toBe(1);
    await world.settle(id);
  });
});

test("the overview shows book and chain side by side, and no zero for what cannot be read", async () => {
  const views = await walletOverview(db, deps.chains, signal);
  const usdt = views.find((view) => view.asset === USDT)!;
  expect(usdt).toMatchObject({ booked: usdt.onChain, reserved: 0n, inFlight: 0n, runway: null });
  expect(views.find((view) => view.asset === ETH)!.runway).toBeGreaterThan(100n);
  relay.interfere = () => "cut";
  const blind = await walletOverview(db, deps.chains, signal);
  relay.interfere = () => null;
  expect(blind.map((view) => view.onChain)).toEqual(blind.map(() => null));
});
