import { findAddress, watched } from "../addresses/index.ts";
import type { AddressWatch, BlockWatch, ReceivingChain } from "../chains/receiving.ts";
import { inTransaction, sql } from "../database/index.ts";
import { ProviderError } from "../errors.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import { accounts, balanceOf } from "../ledger/index.ts";
import { days, minutes } from "../lifecycle/index.ts";
import type { Money } from "../money/index.ts";
import { findOrder, quotesOf } from "../orders/index.ts";
import { isSendingTo } from "../transfers/index.ts";
import type { DepositDeps } from "./deps.ts";
import { readLater } from "./follow-deposits.job.ts";
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
 * Compares what lies at the addresses that orders were given with what the books know to be there. What is more is a payment that
 * no search showed: the address is searched as a whole, by whichever node answers now, and stands on the desk until the
 * books explain it. A shared address is left out: what its owner had there before us is not in our books.
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
    select ${chain.name}, a.address, a.assigned_at + ${firstLookMs} * interval '1 millisecond' from ${watched(chain.family)}
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

async function compare(
  deps: DepositDeps,
  chain: ReceivingChain,
  { address, since }: Due,
  signal: AbortSignal,
): Promise<void> {
  const now = deps.clock.now();
  const orderId = (await findAddress(deps.db, chain.family, address))?.order_id ?? null;
  const order = orderId === null ? null : await findOrder(deps.db, orderId);
  const quoted = order === null ? [] : await quotesOf(deps.db, order.id);
  const asked = quoted
    .map(({ asset }) => deps.registry.get(asset))
    .filter((asset) => asset.chain === chain.name);
  // An address of a family is good on all its chains; where its order asks for nothing, a payment is a rare mistake that a search shows.
  if (order === null || asked.length === 0) return lookAt(deps, chain.name, address, null);
  const age = now.getTime() - order.createdAt.getTime();
  const more = await unexplainedAt(
    deps,
    chain,
    { address, assets: new Set([...asked, chain.native]) },
    signal,
  );
  const found = more === null ? [] : await searchAddress(chain, address, signal);
  const known = more === null ? null : (since ?? now);
  const next =
    known === null
      ? Math.min(Math.max(age, firstLookMs), mostWaitMs)
      : Math.min(Math.max((now.getTime() - known.getTime()) / 2, searchedAgainMs), mostWaitMs);
  const ended = known === null && age > endsAfterMs;
  await inTransaction(deps.db, async (tx) => {
    await readLater(tx, { chain: chain.name, hashes: found, now });
    await sql`
      update balance_check set looked_at = ${now}, asset = ${more?.asset ?? null}, unexplained = ${more?.amount ?? null},
        since = ${known}, next_look_at = ${ended ? null : new Date(now.getTime() + next)}
      where chain = ${chain.name} and address = ${address}`.execute(tx);
  });
}

/** What lies there beyond what is booked, being read, or on its way from us; null: nothing. */
async function unexplainedAt(
  deps: DepositDeps,
  chain: ReceivingChain,
  { address, assets }: { address: string; assets: ReadonlySet<{ readonly id: string }> },
  signal: AbortSignal,
): Promise<Money | null> {
  for (const { id } of assets) {
    const onChain = await chain.balance(address, deps.registry.get(id), signal);
    if (onChain === 0n) continue;
    const booked = await balanceOf(deps.db, accounts.wallet(chain.name, address), id);
    const { rows } = await sql<{ amount: bigint }>`
      select coalesce(sum(amount), 0) as amount from deposit
      where chain = ${chain.name} and address = ${address} and asset = ${id} and status = 'confirming'`.execute(
      deps.db,
    );
    const amount = onChain - booked - rows[0]!.amount;
    if (amount > 0n && !(await isSendingTo(deps.db, chain.name, address))) return { asset: id, amount };
  }
  return null;
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
