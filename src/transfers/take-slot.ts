import type { Slot, SlotOffer } from "../chains/sending.ts";
import { sql, type Tx } from "../database/index.ts";
import type { Wallet } from "./wallet.ts";

/** More than can ever be in flight, so the search meets a free number. */
const searchedNumbers = 1_000n;

/** Takes what the transfer will hold for good; the caller holds the wallet's lock. A window is the chain's to give. */
export const takeSlot = async (tx: Tx, wallet: Wallet, offer: SlotOffer): Promise<Slot> =>
  offer.kind === "window" ? offer : { kind: "number", number: await nextNumber(tx, wallet, offer) };

/**
 * The lowest number which no transfer of ours has and no node has seen used: if the count ran ahead of the chain, the gap is
 * filled instead of waited for.
 */
async function nextNumber(
  tx: Tx,
  wallet: Wallet,
  { included, pending }: Extract<SlotOffer, { kind: "number" }>,
): Promise<bigint> {
  const floor = [included, pending, wallet.used_slot_numbers].reduce((high, one) =>
    one > high ? one : high,
  );
  const { rows } = await sql<{ free: bigint; beyond: bigint }>`
    select
      (select min(n) from generate_series(${floor}::numeric, ${floor + searchedNumbers}::numeric) as n
       where not exists (select from transfer where wallet_id = ${wallet.id} and slot_number = n)) as free,
      (select coalesce(max(slot_number) + 1, 0) from transfer where wallet_id = ${wallet.id}) as beyond`.execute(
    tx,
  );
  const { free, beyond } = rows[0]!;
  const number =
    wallet.next_slot_number !== null && wallet.next_slot_number < free ? wallet.next_slot_number : free;
  const next = [number + 1n, beyond, wallet.next_slot_number ?? 0n].reduce((high, one) =>
    one > high ? one : high,
  );
  await sql`
    update wallet set next_slot_number = ${next}, used_slot_numbers = greatest(used_slot_numbers, ${included}) where id = ${wallet.id}`.execute(
    tx,
  );
  return number;
}
