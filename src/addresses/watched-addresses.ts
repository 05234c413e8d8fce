import type { ChainFamily } from "../chains/networks.ts";
import { sql, type Db } from "../database/index.ts";

/** SQL, a relation `a (address, assigned_at)`: every address of a family that payers were given. */
export const watched = (family: ChainFamily) => sql`(
  select address, assigned_at from deposit_address
  where family = ${family} and (order_id is not null or derivation_index is null)) as a`;

const kept = new WeakMap<Db, Map<ChainFamily, { mark: string; addresses: ReadonlySet<string> }>>();

/** Every address of a family that payers were given. The same set object while nothing was added. */
export async function watchedAddresses(db: Db, family: ChainFamily): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ mark: string }>`
    select concat(count(*), '/', max(assigned_at)) as mark from ${watched(family)}`.execute(db);
  const mark = rows[0]!.mark;
  const byFamily = kept.get(db) ?? new Map();
  kept.set(db, byFamily);
  const known = byFamily.get(family);
  if (known?.mark === mark) return known.addresses;
  const all = await sql<{ address: string }>`select address from ${watched(family)}`.execute(db);
  const addresses = new Set(all.rows.map(({ address }) => address));
  byFamily.set(family, { mark, addresses });
  return addresses;
}
