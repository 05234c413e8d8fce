import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { startAnvil, type AnvilControl } from "../../../sandbox/anvil.ts";
import { balanceOf as balanceOnChain, fund, placeTokens } from "../../../sandbox/tokens.ts";
import { freshDatabase } from "../../../tests/support/index.ts";
import {
  createEvmChain,
  createKeystore,
  openKeystore,
  type EvmChainOptions,
} from "../../chains/evm/index.ts";
import { startRpcRelay, type RpcRelay } from "../../chains/evm/testing/rpc-relay.ts";
import type { SendingChain, Signer } from "../../chains/index.ts";
import { manualClock } from "../../clock.ts";
import { inTransaction, sql, type Database } from "../../database/index.ts";
import { newId } from "../../ids.ts";
import { accounts, balanceOf, postEntry } from "../../ledger/index.ts";
import { registry } from "../../money/index.ts";
import { silentLogger } from "../../telemetry/index.ts";
import {
  findTransfer,
  planTransfer,
  registerWallet,
  transferJobs,
  type Transfer,
  type TransferDeps,
  type GatedIntent,
  type TransferIntent,
  type TransferLimits,
  type Wallet,
} from "../index.ts";
import { rowJob, type Job } from "../../jobs/index.ts";

const chainId = 1;
const signal = new AbortController().signal;

export interface World {
  readonly anvil: AnvilControl;
  readonly relay: RpcRelay;
  readonly database: Database;
  readonly clock: ReturnType<typeof manualClock>;
  readonly wallet: Wallet;
  readonly signer: Signer;
  readonly deps: TransferDeps;
  /** What the owner of each purpose wants sent; `plan` writes it. */
  readonly intents: Map<string, TransferIntent>;
  /** In force for `deps`; none at first. */
  readonly limits: Record<keyof TransferLimits, Map<string, bigint>>;
  /** A chain of its own, as another process would have. */
  newChain(options?: Partial<EvmChainOptions>): SendingChain;
  /** Coins on the chain and in the book. */
  fund(asset: string, amount: bigint, owner?: Wallet): Promise<void>;
  /** A second wallet on the same chain, with a key of its own. */
  addWallet(): Promise<{ wallet: Wallet; signer: Signer }>;
  /** An entry between the wallet and the operator's funds, in the book only; a negative amount leaves the wallet. */
  book(asset: string, amount: bigint, owner?: Wallet): Promise<void>;
  plan(transfer?: {
    asset?: string;
    amount?: bigint;
    to?: string;
    purposeId?: string;
    id?: string;
    walletId?: string;
  }): Promise<string>;
  /** One run of the job, as a worker would do it. */
  run(transferId: string, deps?: TransferDeps): Promise<void>;
  sweep(): Promise<void>;
  recheck(): Promise<void>;
  get(transferId: string): Promise<Transfer>;
  /** Mines and runs until the transfer has ended. */
  settle(...transferIds: string[]): Promise<Transfer[]>;
  onChain(address: string, asset: string): Promise<bigint>;
  booked(path: string, asset: string): Promise<bigint>;
  /** How often a job of this name waits with this id. */
  jobsWaiting(task: string, id: string): Promise<number>;
}

let payees = 0;
/** An address nobody used before. */
export function newPayee(): string {
  payees += 1;
  return `0x${(0xa000_0000n + BigInt(payees)).toString(16).padStart(40, "7")}`;
}

export const debitAccount = accounts.swap("changenow");

/** A chain of our own, a database of our own, and one wallet whose key is in a real keystore file. */
export async function startWorld(): Promise<World> {
  const { control: anvil, stop } = await startAnvil({ blocks: "automine", chainId });
  const folder = await mkdtemp(join(tmpdir(), "transfers-"));
  const relay = await startRpcRelay(anvil.url);
  afterAll(async () => {
    await relay.close();
    await stop();
    await rm(folder, { recursive: true });
  });
  await placeTokens(anvil);
  const database = await freshDatabase();
  const clock = manualClock(new Date("2026-11-20T12:00:00Z"));
  const addWallet: World["addWallet"] = async () => {
    const path = join(folder, `${newId()}.json`);
    await createKeystore(path, "a test's password", { scryptN: 1024 });
    const signer = await openKeystore(path, "a test's password", { chain: "ethereum", chainId });
    const now = clock.now();
    const wallet = await registerWallet(database.db, { chain: "ethereum", address: signer.address, now });
    return { wallet, signer };
  };
  const { wallet, signer } = await addWallet();
  const newChain: World["newChain"] = (options = {}) =>
    createEvmChain({
      name: "ethereum",
      chainId,
      rpcUrls: [relay.url],
      registry,
      clock,
      maxFeePerGasCap: 200_000_000_000n,
      requestTimeoutMs: 5_000,
      ...options,
    });
  const intents = new Map<string, TransferIntent>();
  const limits = { gasReserve: new Map(), perTransfer: new Map(), perDay: new Map() };
  const deps: TransferDeps = {
    db: database.db,
    chains: new Map([["ethereum", newChain()]]),
    signers: new Map([[`ethereum:${signer.address}`, signer]]),
    clock,
    log: silentLogger,
    intents: new Map([["swap", async (_tx, purposeId) => letLeave(intents.get(purposeId))]]),
    readLimits: async () => limits,
    settings: { pollMs: 1_000, replaceAfterMs: 60_000, deadlineMs: 3_600_000, recheckAfterMs: 3_600_000 },
  };
  return {
    anvil,
    relay,
    database,
    clock,
    wallet,
    signer,
    deps,
    intents,
    limits,
    addWallet,
    newChain,
    ...actions({ anvil, database, clock, wallet, deps, intents }),
  };
}

function actions({
  anvil,
  database,
  clock,
  wallet,
  deps,
  intents,
}: Pick<World, "anvil" | "database" | "clock" | "wallet" | "deps" | "intents">) {
  const { db } = database;
  const context = { signal, attempt: 1, log: silentLogger };
  const run: World["run"] = (transferId, own = deps) =>
    jobOf(own, "transfers.advance").run({ id: transferId }, context);
  const book = bookWith({ database, clock }, wallet);
  const get: World["get"] = async (id) => (await findTransfer(db, id))!;
  return {
    run,
    get,
    sweep: () => jobOf(deps, "transfers.sweep").run({}, context),
    recheck: () => jobOf(deps, "transfers.recheck_ended").run({}, context),
    book,
    async fund(asset: string, amount: bigint, owner = wallet) {
      await fund(anvil, owner.address, asset, amount);
      await book(asset, amount, owner);
    },
    plan({
      asset = "ethereum:USDT",
      amount = 1_000_000n,
      to = newPayee(),
      purposeId = newId(),
      id,
      walletId = wallet.id,
    }: Parameters<World["plan"]>[0] = {}) {
      if (!intents.has(purposeId)) intents.set(purposeId, { asset, amount, toAddress: to });
      return inTransaction(db, (tx) =>
        planTransfer(tx, {
          id,
          walletId,
          purpose: "swap",
          purposeId,
          money: { asset, amount },
          toAddress: to,
          debitAccount,
          doneTask: rowJob("swaps.advance"),
          correlationId: "test",
          now: clock.now(),
        }),
      );
    },
    async settle(...ids: string[]) {
      for (let round = 0; round < 30; round += 1) {
        const open = (await Promise.all(ids.map(get))).filter((transfer) => transfer.next_check_at !== null);
        if (open.length === 0) break;
        for (const { id } of open) await run(id);
        await anvil.mine(3);
        clock.advance(1_000);
      }
      return Promise.all(ids.map(get));
    },
    onChain: (address: string, asset: string) => balanceOnChain(anvil, address, asset),
    booked: (path: string, asset: string) => balanceOf(db, path, asset),
    jobsWaiting: (task: string, id: string) => countJobs(database, `${task}:${id}`),
  };
}

const bookWith =
  ({ database, clock }: Pick<World, "database" | "clock">, wallet: Wallet): World["book"] =>
  async (asset, amount, owner = wallet) => {
    const [held, funding] = [accounts.wallet(owner.chain, owner.address), accounts.platform("funding")];
    const posting =
      amount > 0n
        ? { debit: held, credit: funding, money: { asset, amount } }
        : { debit: funding, credit: held, money: { asset, amount: -amount } };
    const entry = { id: newId(), reason: "operator_funds", happenedAt: clock.now(), postings: [posting] };
    await inTransaction(database.db, (tx) => postEntry(tx, entry));
  };

const jobOf = (deps: TransferDeps, name: string): Job => transferJobs(deps).find((job) => job.name === name)!;

async function countJobs({ db }: Database, key: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) from graphile_worker.jobs where key = ${key}`.execute(db);
  return rows[0]!.count;
}

/** The same dependencies, with this chain in the place of the real one. */
export const withChain = (deps: TransferDeps, chain: SendingChain): TransferDeps => ({
  ...deps,
  chains: new Map([["ethereum", chain]]),
});

/** Who may say so is the gate's question, and tested there. */
const letLeave = (intent: TransferIntent | undefined): GatedIntent | null =>
  intent === undefined
    ? null
    : { ...intent, mayLeave: () => Promise.resolve({ kind: "granted", word: "policy:1" }) };
