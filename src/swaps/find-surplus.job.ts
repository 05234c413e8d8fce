import type { Receipt } from "../chains/receiving.ts";
import type { SendingChain } from "../chains/sending.ts";
import { sql } from "../database/index.ts";
import { DomainError, ProviderError } from "../errors.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import { accounts, isOwedByProcessors } from "../ledger/index.ts";
import type { Asset } from "../money/index.ts";
import { attributedReceipts, inClaim, recordReceipt } from "../arrivals/index.ts";
import type { SwapDeps } from "./deps.ts";
import { raiseAlert } from "./raise-alert.ts";
import { walletAt } from "./record-end.ts";
import { unattributed, type Landed } from "./see-on-chain.ts";
import { endedSwaps, type Swap } from "./swap.ts";
import { swapTasks } from "./tasks.ts";

/** An address of ours that a swap of the last weeks was to bring a token to. */
interface Place {
  readonly chain: SendingChain;
  readonly address: string;
  readonly asset: Asset;
}

/** Swaps older than this bring nothing more, as far as we look. */
const watchedMs = 30 * 24 * 3_600_000;
const betweenSearchesMs = 10 * 60_000;
/** An arrival is decided upon when it is this old: what it belongs to has had the time to claim it. */
const ripeMs = 3_600_000;
/** Blocks asked for at once, well within what public nodes answer; and how far back a first search begins. */
const blocksAtOnce = 2_000n;

/**
 * Notices coins that a swap provider sends for a swap that has ended: delivered twice, refunded and delivered, or late after
 * it was written off. They are booked to suspense, because they may be asked back, and a person is told.
 */
export const findSurplusJob = (deps: SwapDeps): Job =>
  defineJob(swapTasks.findSurplus, {
    async run(_payload, { signal, log }) {
      for (const place of await placesToSearch(deps))
        try {
          await searchPlace(deps, place, signal);
        } catch (error) {
          if (!(error instanceof ProviderError)) throw error;
          log.warn({ error, address: place.address }, "the chain could not be searched for surplus");
        }
    },
  });

async function placesToSearch(deps: SwapDeps): Promise<Place[]> {
  const now = deps.clock.now().getTime();
  const { rows } = await sql<{ address: string; asset: string }>`
    with place as (
      select target_address as address, target_asset as asset from swap
      where purpose = 'conversion' and transfer_id is not null and updated_at > ${new Date(now - watchedMs)}
      union
      select refund_address, source_asset from swap
      where transfer_id is not null and updated_at > ${new Date(now - watchedMs)}
    )
    select address, asset from place left join swap_surplus_search s using (address, asset)
    where s.searched_at is null or s.searched_at <= ${new Date(now - betweenSearchesMs)}
    order by asset, address`.execute(deps.db);
  return rows.flatMap(({ address, asset: id }) => {
    const asset = deps.registry.get(id);
    const chain = deps.chains.get(asset.chain);
    // No node lists the transfers of a native coin: those show as a difference in the reconciliation.
    return chain && asset.contract !== null ? [{ chain, address, asset }] : [];
  });
}

async function searchPlace(deps: SwapDeps, place: Place, signal: AbortSignal): Promise<void> {
  const { finalNumber } = await place.chain.head(signal);
  const { rows } = await sql<{ searched_to: bigint }>`
    select searched_to from swap_surplus_search where address = ${place.address} and asset = ${place.asset.id}`.execute(
    deps.db,
  );
  const start = finalNumber > blocksAtOnce ? finalNumber - blocksAtOnce : 0n;
  let done = rows[0]?.searched_to ?? start;
  while (done < finalNumber) {
    const to = done + blocksAtOnce < finalNumber ? done + blocksAtOnce : finalNumber;
    const open = await searchBlocks(deps, place, { from: done + 1n, to }, signal);
    done = open === null ? to : open - 1n;
    if (open !== null) break;
  }
  await sql`
    insert into swap_surplus_search (address, asset, searched_to, searched_at)
    values (${place.address}, ${place.asset.id}, ${done}, ${deps.clock.now()})
    on conflict (address, asset) do update set searched_at = excluded.searched_at,
      searched_to = greatest(swap_surplus_search.searched_to, excluded.searched_to)`.execute(deps.db);
}

/** @returns the first block with an arrival that cannot be decided yet; null: all are. */
async function searchBlocks(
  deps: SwapDeps,
  place: Place,
  blocks: { from: bigint; to: bigint },
  signal: AbortSignal,
): Promise<bigint | null> {
  for (const hash of await place.chain.listTokenArrivals(place.address, place.asset, blocks, signal)) {
    const reading = await place.chain.readTransaction(hash, [place.address], signal);
    if (reading.status !== "succeeded") continue;
    const receipts = reading.receipts.filter((one) => one.asset.id === place.asset.id);
    for (const receipt of await unattributed(deps, hash, receipts)) {
      // The delivery that would name its sender as a provider of ours may not be booked yet either.
      if (isYoung(deps, reading)) return reading.includedIn.blockNumber;
      const swap = await lastSwapPaidBy(deps, receipt.from, reading.includedIn.blockTime);
      if (swap === null) continue;
      if (await mayBeAwaited(deps, place, reading)) return reading.includedIn.blockNumber;
      if (!(await bookSurplus(deps, swap, { place, hash, receipt, reading })))
        return reading.includedIn.blockNumber;
    }
  }
  return null;
}

/** The last swap before then whose provider sent us coins from that address; null: no provider of ours did. */
async function lastSwapPaidBy(deps: SwapDeps, from: string, before: Date): Promise<Swap | null> {
  const { rows } = await sql<Swap>`
    select s.* from ${attributedReceipts} join swap s on s.id = r.purpose_id
    where r.purpose = 'swap' and r.from_address = ${from} and r.received_at <= ${before}
    order by r.received_at desc, s.id desc limit 1`.execute(deps.db);
  return rows[0] ?? null;
}

const isYoung = (deps: SwapDeps, { includedIn }: Landed): boolean =>
  includedIn.blockTime.getTime() + ripeMs > deps.clock.now().getTime();

/** Whether something under way may still claim an arrival: a swap not ended then, or a processor's debt. */
async function mayBeAwaited(deps: SwapDeps, place: Place, reading: Landed): Promise<boolean> {
  const arrivedAt = reading.includedIn.blockTime.getTime();
  const { rows } = await sql`
    select from swap where transfer_id is not null and status <> all (${[...endedSwaps]}::text[])
      and created_at < ${new Date(arrivedAt + ripeMs)}
      and ((target_address = ${place.address} and target_asset = ${place.asset.id})
        or (refund_address = ${place.address} and source_asset = ${place.asset.id}))
    limit 1`.execute(deps.db);
  return rows.length > 0 || isOwedByProcessors(deps.db, { asset: place.asset.id });
}

/** Somebody still waits for such coins: whose they are is seen later. */
const waits: ReadonlySet<string> = new Set(["arrival_expected_elsewhere", "second_person_needed"]);

/** @returns whether it is booked: false where somebody with better evidence still waits for such coins. */
async function bookSurplus(
  deps: SwapDeps,
  swap: Swap,
  { place, hash, receipt, reading }: { place: Place; hash: string; receipt: Receipt; reading: Landed },
): Promise<boolean> {
  return inClaim(deps, async (tx) => {
    const wallet = await walletAt(tx, place.chain.name, place.address);
    const recorded = await recordReceipt(tx, {
      chain: place.chain.name,
      transactionHash: hash,
      receipt,
      alongside: reading.receipts,
      wallet,
      purpose: "swap_surplus",
      purposeId: swap.id,
      credit: accounts.suspense("swap_surplus"),
      happenedAt: reading.includedIn.blockTime,
      now: deps.clock.now(),
      by: "swaps.find_surplus",
      evidence: "amount_and_time",
      expected: deps.arrivals,
      secondPerson: null,
    });
    if (recorded === "recorded")
      await raiseAlert(deps, tx, {
        swap,
        alert: "surplus_arrived",
        hash,
        asset: receipt.asset.id,
        amount: receipt.amount.toString(),
      });
    return true;
  }).catch((error: unknown) => {
    if (error instanceof DomainError && waits.has(error.code)) return false;
    if (error instanceof DomainError && error.code === "arrival_contradicted") return true; // a person has both readings
    throw error;
  });
}
