import { findAddress, watched } from "../addresses/index.ts";
import type { AddressWatch, BlockWatch, ReceivingChain } from "../chains/receiving.ts";
import { inTransaction, sql, type Tx } from "../database/index.ts";
import { ProviderError } from "../errors.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import { days, minutes } from "../lifecycle/index.ts";
import type { Money } from "../money/index.ts";
import { findOrder, quotesOf } from "../orders/index.ts";
import { isSendingTo } from "../transfers/index.ts";
import { unknownOf } from "./deposit-store.ts";
import { differenceOf, readDepositWallet, type DepositWalletView } from "./deposit-wallets.ts";
import type { DepositDeps } from "./deps.ts";
import { readLater } from "./follow-deposits.job.ts";
import { compareShared } from "./shared-balance.ts";
import { depositTasks } from "./tasks.ts";

const addressesARun = 50;
const rangesASearch = 20;
const pagesASearch = 10;
/** First when a payer has had time to pay, then after as long as the address is old, and no more after a month. */
const firstLookMs = minutes(10);
const mostWaitMs = days(1);
const endsAfterMs = days(30);
const searchedAgainMs = minutes(2);

interface Due {
  readonly address: string;
  readonly since: Date | null;
}

/**
 * Compares what lies at the addresses that payers were given with what the books know to be there. What is more is a payment that
 * no search showed: the address is searched as a whole, by whichever node answers now, and stands on the desk until the
 * books explain it.
 */
export const compareBalancesJob = (deps: DepositDeps): Job =>
  defineJob(depositTasks.compareBalances, {
    timeoutMs: 300_000,
    async run(_payload, { signal, log }) {
      for (const chain of deps.depositChains.values()) {
        await startChecks(deps, chain);
        for (const due of await dueChecks(deps, chain.name))
          try {
            await compare(deps, chain, due, signal);
          } catch (error) {
            if (!(error instanceof ProviderError)) throw error;
            log.warn({ error, chain: chain.name }, "an address could not be compared with its chain");
            await lookAt(deps, chain.name, due.address, new Date(deps.clock.now().getTime() + firstLookMs));
          }
      }
    },
  });

async function startChecks(deps: DepositDeps, chain: ReceivingChain): Promise<void> {
  await sql`
    insert into balance_check (chain, address, next_look_at)
    select ${chain.name}, a.address, coalesce(a.assigned_at + ${firstLookMs} * interval '1 millisecond', ${deps.clock.now()})
    from ${watched(chain.family)}
    where not exists (select from balance_check c where c.chain = ${chain.name} and c.address = a.address)
    on conflict do nothing`.execute(deps.db);
}

async function dueChecks(deps: DepositDeps, chain: string): Promise<Due[]> {
  const { rows } = await sql<Due>`
    select address, since from balance_check where chain = ${chain} and next_look_at <= ${deps.clock.now()}
    order by next_look_at limit ${addressesARun}`.execute(deps.db);
  return rows;
}

async function lookAt(deps: DepositDeps, chain: string, address: string, at: Date | null): Promise<void> {
  await sql`
    update balance_check set next_look_at = ${at} where chain = ${chain} and address = ${address}`.execute(
    deps.db,
  );
}

/** @throws {ProviderError} the chain does not answer. */
async function compare(
  deps: DepositDeps,
  chain: ReceivingChain,
  due: Due,
  signal: AbortSignal,
): Promise<void> {
  const given = await findAddress(deps.db, chain.family, due.address);
  if (given?.derivation_index === null) return compareOperators(deps, chain, due, signal);
  const orderId = given?.order_id ?? null;
  const order = orderId === null ? null : await findOrder(deps.db, orderId);
  const quoted = order === null ? [] : await quotesOf(deps.db, order.id);
  const asked = quoted
    .map(({ asset }) => deps.registry.get(asset))
    .filter((asset) => asset.chain === chain.name);
  // An address of a family is good on all its chains; where its order asks for nothing, a payment is a rare mistake that a search shows.
  if (order === null || asked.length === 0) return lookAt(deps, chain.name, due.address, null);
  const assets = [...new Set([...asked, chain.native].map(({ id }) => id))];
  const views = await readViews(deps, { chain: chain.name, address: due.address, assets }, signal);
  const beyond = views.find((view) => differenceOf(view) > 0n);
  // The chain may show what we send there before the book has it.
  const isOurs = beyond !== undefined && (await isSendingTo(deps.db, chain.name, due.address));
  const more = beyond === undefined || isOurs ? null : { asset: beyond.asset, amount: differenceOf(beyond) };
  const age = deps.clock.now().getTime() - order.createdAt.getTime();
  const found = more === null ? [] : await searchAddress(chain, due.address, signal);
  await keep(deps, chain.name, due, {
    find: () => Promise.resolve(more),
    found,
    waitMs: Math.min(Math.max(age, firstLookMs), mostWaitMs),
    ends: age > endsAfterMs,
  });
}

/** Payers use it as long as the operator lets them, and the operator uses it, too: all that may come there is looked at. */
async function compareOperators(
  deps: DepositDeps,
  chain: ReceivingChain,
  due: Due,
  signal: AbortSignal,
): Promise<void> {
  const { address, since } = due;
  const assets = deps.registry.all.filter((asset) => asset.chain === chain.name).map(({ id }) => id);
  const views = await readViews(deps, { chain: chain.name, address, assets }, signal);
  const onChain = new Map(views.map((view) => [view.asset, view.onChain ?? 0n]));
  const reading = { chain: chain.name, address, onChain };
  // Where addresses are listed one by one, a shared one is with every look, from where it was listed to.
  const isSearched = since !== null && chain.watch.kind === "blocks";
  const found = isSearched ? await searchAddress(chain, address, signal) : [];
  await keep(deps, chain.name, due, {
    find: async (tx) => (await compareShared(tx, reading, deps.clock.now()))[0] ?? null,
    found: await unknownOf(deps.db, chain.name, found),
    waitMs: firstLookMs,
    ends: false,
  });
}

async function readViews(
  deps: DepositDeps,
  at: { chain: string; address: string; assets: readonly string[] },
  signal: AbortSignal,
): Promise<DepositWalletView[]> {
  const views = await readDepositWallet(deps, at, signal);
  if (views.every(({ onChain }) => onChain !== null)) return views;
  throw new ProviderError({
    provider: at.chain,
    operation: "balance",
    failure: "retryable",
    reason: "no_answer",
  });
}

/** Writes down what a look came to, what it found, and when the next one is. */
async function keep(
  deps: DepositDeps,
  chain: string,
  { address, since }: Due,
  look: {
    /** What is there that nothing explains; null: nothing. */
    readonly find: (tx: Tx) => Promise<Money | null>;
    readonly found: readonly string[];
    readonly waitMs: number;
    readonly ends: boolean;
  },
): Promise<void> {
  const now = deps.clock.now();
  await inTransaction(deps.db, async (tx) => {
    const more = await look.find(tx);
    const known = more === null ? null : (since ?? now);
    const wait =
      known === null
        ? look.waitMs
        : Math.min(Math.max((now.getTime() - known.getTime()) / 2, searchedAgainMs), mostWaitMs);
    const ended = known === null && look.ends;
    await readLater(tx, { chain, hashes: look.found, now });
    await sql`
      update balance_check set looked_at = ${now}, asset = ${more?.asset ?? null}, unexplained = ${more?.amount ?? null},
        since = ${known}, next_look_at = ${ended ? null : new Date(now.getTime() + wait)}
      where chain = ${chain} and address = ${address}`.execute(tx);
  });
}

/** Every transaction that touched an address lately, as far as the chain lists them. */
async function searchAddress(chain: ReceivingChain, address: string, signal: AbortSignal): Promise<string[]> {
  return chain.watch.kind === "blocks"
    ? searchBlocks(chain, chain.watch, address, signal)
    : searchPages(chain.watch, address, signal);
}

async function searchBlocks(
  chain: ReceivingChain,
  watch: BlockWatch,
  address: string,
  signal: AbortSignal,
): Promise<string[]> {
  const found: string[] = [];
  let to = (await chain.head(signal)).number;
  for (let range = 0; range < rangesASearch && to >= 0n; range++) {
    const from = to >= BigInt(watch.mostBlocks) ? to - BigInt(watch.mostBlocks) + 1n : 0n;
    found.push(...(await watch.scan({ from, to }, new Set([address]), signal)).hashes);
    to = from - 1n;
  }
  return found;
}

async function searchPages(watch: AddressWatch, address: string, signal: AbortSignal): Promise<string[]> {
  const found: string[] = [];
  let since: string | null = null;
  for (let page = 0; page < pagesASearch; page++) {
    const { hashes, next, more } = await watch.listSince(address, since, signal);
    found.push(...hashes);
    if (!more) break;
    since = next;
  }
  return found;
}
