import { createBackground } from "../../../sandbox/background.ts";
import { createFaults, createJournal } from "../../../sandbox/faults.ts";
import { createFlutterwave as createEmulator } from "../../../sandbox/flutterwave/index.ts";
import { startWireServer } from "../../../sandbox/wire-server.ts";
import { eventually, freshDatabase } from "../../../tests/support/index.ts";
import { manualClock } from "../../clock.ts";
import { inTransaction, sql, type Db } from "../../database/index.ts";
import { newId } from "../../ids.ts";
import { drainJobs, rowJob, defineJob } from "../../jobs/index.ts";
import { formatUnits } from "../../money/index.ts";
import { accounts, balanceOf, postEntry } from "../../ledger/index.ts";
import { openSecondPerson } from "../../operators/index.ts";
import { createFlutterwave } from "../../providers/flutterwave/index.ts";
import { silentLogger } from "../../telemetry/index.ts";
import type { BankTransfer } from "../bank-transfer.ts";
import { findBankTransferOf } from "../bank-transfer-store.ts";
import type { BankingDeps } from "../deps.ts";
import { bankingJobs, planBankTransfer } from "../index.ts";

export const NGN = "fiat:NGN";
export const USDT = "ethereum:USDT";
const purpose = "payout_attempt";
const done = rowJob("test.bank_transfer_done");

type ManualClock = ReturnType<typeof manualClock>;
const keys = { secretKey: "FLWSECK-test-world-key-0001-X", secretHash: "test-world-secret-hash" };

/** The emulated bank, behind its wire. */
async function startEmulator(clock: ManualClock) {
  const background = createBackground();
  const faults = createFaults(clock);
  const journal = createJournal();
  const emulator = createEmulator({
    ...keys,
    settings: { webhookUrl: null, stepMs: 1, retryMs: 1, chargeFeeBps: 140 },
    background,
    clock,
  });
  const server = await startWireServer({
    world: { server: "flutterwave", faults, journal },
    prefix: "/v3",
    port: undefined,
    clock,
    background,
    handle: (request) => emulator.handle(request),
  });
  const stop = async (): Promise<void> => {
    await background.stop();
    await server.close();
  };
  return { emulator, faults, journal, url: server.url, stop };
}

function depsOf(db: Db, clock: ManualClock, url: string, permission: () => string): BankingDeps {
  return {
    db,
    clock,
    log: silentLogger,
    banks: new Map([["flutterwave", createFlutterwave({ ...keys, baseUrl: url, clock, timeoutMs: 2_000 })]]),
    secondPerson: openSecondPerson({ db, log: silentLogger }),
    mayLeave: new Map([
      [
        purpose,
        () =>
          Promise.resolve(
            permission() === "granted"
              ? { kind: "granted" as const, word: "policy:1" }
              : { kind: "refused" as const, reason: permission() },
          ),
      ],
    ]),
    settings: { pollMs: 1_000 },
  };
}

const usd = { asset: USDT, amount: 1_000_000n };

/** Owes a payee, who wants it in a bank. @returns the purpose's id; null: the float has no room. */
async function plan(
  { db, clock }: Pick<BankingDeps, "db" | "clock">,
  { amount = 1_500_000n, account = "0690000031", purposeId = newId() },
): Promise<string | null> {
  const held = accounts.payee(newId(), "held");
  const planned = await inTransaction(db, async (tx) => {
    await postEntry(tx, {
      id: newId(),
      reason: "test",
      happenedAt: clock.now(),
      postings: [{ debit: accounts.wallet("ethereum", "0xtest"), credit: held, money: usd }],
    });
    return planBankTransfer(tx, {
      purpose,
      purposeId,
      provider: "flutterwave",
      money: { asset: NGN, amount },
      feeExpected: 10_750n,
      account: { bankCode: "044", accountNumber: account, branchCode: null },
      holder: "Forrest Green",
      source: usd,
      debitAccount: held,
      doneTask: done,
      correlationId: purposeId,
      now: clock.now(),
    });
  });
  return planned ? purposeId : null;
}

/** Everything in the books that is not zero, by account and asset. */
async function balancesOf(db: Db): Promise<Record<string, bigint>> {
  const { rows } = await sql<{ path: string; asset: string; balance: bigint }>`
    select path, asset, ledger_balance(path, asset) as balance from ledger_account order by path, asset`.execute(
    db,
  );
  return Object.fromEntries(
    rows
      .filter(({ balance }) => balance !== 0n)
      .map(({ path, asset, balance }) => [`${path} ${asset}`, balance]),
  );
}

/** A book, and the emulated bank with its wire; what a transfer is for ends in `ended`. */
export async function startBankWorld() {
  const database = await freshDatabase();
  const { db } = database;
  // Ahead of the database's: what waits until later is not due at once.
  const clock = manualClock(new Date("2035-01-02T09:00:00Z"));
  const { url, ...bank } = await startEmulator(clock);
  let permission = "granted";
  const deps = depsOf(db, clock, url, () => permission);
  const ended: string[] = [];
  const jobs = [
    ...bankingJobs(deps),
    defineJob(done, { run: ({ id }) => Promise.resolve(void ended.push(id)) }),
  ];
  /** Runs what is due now or later, once round. */
  const run = (rounds = 1): Promise<number> =>
    drainJobs({ database, jobs, clock, log: silentLogger, includeFuture: true, maxRounds: rounds });
  const find = (purposeId: string) => findBankTransferOf(db, purpose, purposeId);
  return {
    db,
    clock,
    deps,
    ...bank,
    ended,
    run,
    permit: (word: string) => void (permission = word),
    plan: (how: Parameters<typeof plan>[1] = {}) => plan(deps, how),
    of: async (purposeId: string): Promise<BankTransfer> => (await find(purposeId))!,
    /** Until a transfer is as said. */
    until: (purposeId: string, status: BankTransfer["status"]): Promise<BankTransfer> =>
      eventually(`the transfer is ${status}`, async () => {
        await run();
        const found = await find(purposeId);
        return found?.status === status ? found : null;
      }),
    /** What the owner puts into the float, there and in the book. */
    async fund(amount: bigint): Promise<void> {
      bank.emulator.fund("NGN", formatUnits(amount, 3));
      const money = { asset: NGN, amount };
      const postings = [{ debit: accounts.bank("flutterwave"), credit: accounts.platform("funding"), money }];
      await postEntry(db, { id: newId(), reason: "bank_float_funded", happenedAt: clock.now(), postings });
    },
    float: () => balanceOf(db, accounts.bank("flutterwave"), NGN),
    sends: () => bank.journal.of("flutterwave", { method: "POST", path: "/transfers" }).length,
    balances: () => balancesOf(db),
  };
}

export type BankWorld = Awaited<ReturnType<typeof startBankWorld>>;
