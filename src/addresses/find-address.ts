import type { ChainFamily } from "../chains/networks.ts";
import { sql, type Db, type Tx } from "../database/index.ts";

/** An address that payers are given. */
export interface DepositAddress {
  /** Null: nobody's yet, or shared by many orders. */
  readonly order_id: string | null;
  /** Which of the seed's keys opens it. Null: an address of the operator's own, which is shared. */
  readonly derivation_index: number | null;
  readonly created_at: Date;
}

/** @param address in the normal form of its family. */
export async function findAddress(
  db: Db | Tx,
  family: ChainFamily,
  address: string,
): Promise<DepositAddress | null> {
  return (await findAddresses(db, family, [address])).get(address) ?? null;
}

/** Those of these that payers are given, by address. @param addresses in the normal form of their family. */
export async function findAddresses(
  db: Db | Tx,
  family: ChainFamily,
  addresses: readonly string[],
): Promise<ReadonlyMap<string, DepositAddress>> {
  const { rows } = await sql<DepositAddress & { address: string }>`
    select address, order_id, derivation_index, created_at from deposit_address
    where family = ${family} and address = any(${[...addresses]}::text[])`.execute(db);
  return new Map(rows.map(({ address, ...given }) => [address, given]));
}

/** Whether payers are, or will be, told to send to this address, on whichever chain. */
export async function isGivenToPayers(db: Db | Tx, address: string): Promise<boolean> {
  const { rows } = await sql`select from deposit_address where address = ${address} limit 1`.execute(db);
  return rows.length > 0;
}

/** The addresses of an order's own. */
export async function addressesOf(db: Db | Tx, orderId: string): Promise<string[]> {
  const { rows } = await sql<{ address: string }>`
    select address from deposit_address where order_id = ${orderId} order by family`.execute(db);
  return rows.map(({ address }) => address);
}
