import { sql, type Db, type Tx } from "../database/index.ts";
import { DomainError, InvariantViolation } from "../errors.ts";
import { newId } from "../ids.ts";

/** An address of ours that sends and receives. */
export interface Wallet {
  readonly id: string;
  readonly chain: string;
  readonly address: string;
  /** The one authority on slots that are numbers; `null` until the chain was asked. */
  readonly next_slot_number: bigint | null;
  /** The highest count of the address's transactions any node told: numbers below it are used. */
  readonly used_slot_numbers: bigint;
  readonly paused_reason: string | null;
  /** `null`: what it held before this book knew it is not booked yet. */
  readonly opened_at: Date | null;
  /** "hot": pays out. "deposit": derived, gathered from. "watched": the operator's own, for which we hold no key. */
  readonly kind: "hot" | "deposit" | "watched";
  /** Which of the deposit seed's keys signs for it. */
  readonly derivation_index: number | null;
}

/** Which wallet an address of ours is, and of what kind; nothing that changes. */
export type WalletPlace = Pick<Wallet, "id" | "chain" | "address" | "kind">;

/**
 * Makes payers' addresses known as wallets, in their chain's normal form. They have held nothing before. Safe to repeat.
 * @param given of an address of the operator's own the derivation index is null.
 * @returns the wallets, by address.
 */
export async function registerDepositWallets(
  tx: Tx,
  chain: string,
  given: readonly { readonly address: string; readonly derivationIndex: number | null }[],
  now: Date,
): Promise<ReadonlyMap<string, WalletPlace>> {
  const indexes = new Map(given.map(({ address, derivationIndex }) => [address, derivationIndex]));
  const addresses = [...indexes.keys()];
  // In one order, so that two who register the same ones wait for each other and never both.
  const { rows } = await sql<WalletPlace>`
    with given as (
      select * from unnest(${addresses.map(newId)}::uuid[], ${addresses}::text[], ${[...indexes.values()]}::integer[])
        as given(id, address, index)
    ), known as (
      select w.id, w.address, w.kind from given join wallet w on w.chain = ${chain} and w.address = given.address
    ), made as (
      insert into wallet (id, chain, address, created_at, used_at, opened_at, kind, derivation_index)
      select id, ${chain}, address, ${now}, ${now}, ${now}, case when index is null then 'watched' else 'deposit' end, index
      from given where address not in (select address from known) order by address
      on conflict (chain, address) do nothing returning id, address, kind
    )
    select id, ${chain} as chain, address, kind from (select * from known union all select * from made) as wallets`.execute(
    tx,
  );
  const byAddress = (wallets: readonly WalletPlace[]): Map<string, WalletPlace> =>
    new Map(wallets.map((wallet) => [wallet.address, wallet]));
  if (rows.length === indexes.size) return byAddress(rows);
  // Where somebody else made one meanwhile, theirs is there now.
  const { rows: all } = await sql<WalletPlace>`
    select id, chain, address, kind from wallet where chain = ${chain} and address = any(${addresses}::text[])`.execute(
    tx,
  );
  return byAddress(all);
}

/** Makes an address known as ours, and the one in use on its chain. Safe to repeat. @param wallet.address in its chain's normal form. */
export async function registerWallet(
  tx: Db | Tx,
  wallet: { chain: string; address: string; now: Date },
): Promise<Wallet> {
  await sql`
    insert into wallet (id, chain, address, created_at, used_at)
    values (${newId()}, ${wallet.chain}, ${wallet.address}, ${wallet.now}, ${wallet.now})
    on conflict (chain, address) do update set used_at = excluded.used_at`.execute(tx);
  const { rows } = await sql<Wallet>`
    select * from wallet where chain = ${wallet.chain} and address = ${wallet.address}`.execute(tx);
  if (rows[0]!.kind !== "hot")
    throw new DomainError(
      "hot_wallet_takes_deposits",
      `Payers were told to pay to ${wallet.address}, which is to be the hot wallet: its arrivals would be booked twice. Use another key.`,
    );
  return rows[0]!;
}

/** The wallet we use on a chain: the one whose key was opened last, so that a new key takes over. `null`: none yet. */
export async function findWallet(db: Db | Tx, chain: string): Promise<Wallet | null> {
  const { rows } = await sql<Wallet>`
    select * from wallet where chain = ${chain} and kind = 'hot' order by used_at desc, id desc limit 1`.execute(
    db,
  );
  return rows[0] ?? null;
}

/** Every hot wallet on a chain, also those whose key is not in use any more: coins may still come to them. */
export async function listWallets(db: Db | Tx, chain: string): Promise<Wallet[]> {
  const { rows } = await sql<Wallet>`
    select * from wallet where chain = ${chain} and kind = 'hot' order by id`.execute(db);
  return rows;
}

export async function getWallet(db: Db | Tx, id: string): Promise<Wallet> {
  const { rows } = await sql<Wallet>`select * from wallet where id = ${id}`.execute(db);
  if (rows[0] === undefined)
    throw new InvariantViolation("wallet_missing", `Wallet ${id} is not registered.`);
  return rows[0];
}

/** Locked until commit: slots and reservations of one wallet are decided one after the other. */
export async function lockWallet(tx: Tx, id: string): Promise<Wallet> {
  // Not "for update": planning a transfer only references the wallet and need not wait.
  const { rows } = await sql<Wallet>`select * from wallet where id = ${id} for no key update`.execute(tx);
  if (rows[0] === undefined)
    throw new InvariantViolation("wallet_missing", `Wallet ${id} is not registered.`);
  return rows[0];
}

/** Nothing new is signed from now on. What is signed already is still broadcast and followed. */
export async function pauseWallet(tx: Db | Tx, id: string, reason: string): Promise<void> {
  await sql`update wallet set paused_reason = coalesce(paused_reason, ${reason}) where id = ${id}`.execute(
    tx,
  );
}

/**
 * Signs again. The next number is read afresh from the chain, and is never one we gave out before. Of a restored book it is kept
 * as the backup had it: where the chain has used more since, what was sent is found before anything is signed.
 */
export async function resumeWallet(tx: Db | Tx, id: string): Promise<void> {
  await sql`
    update wallet set paused_reason = null, used_slot_numbers = 0,
      next_slot_number = case when paused_reason = ${restored} then next_slot_number end
    where id = ${id}`.execute(tx);
}

/** Why a wallet is paused whose book was restored from a backup. */
export const restored = "restored";

/** Of a book that was restored: what was sent since its backup it does not know, and would send again. */
export async function pauseRestoredWallets(tx: Tx): Promise<void> {
  await sql`update wallet set paused_reason = coalesce(paused_reason, ${restored}) where kind = 'hot'`.execute(
    tx,
  );
}

/** Whether an address, in normal form, is a wallet of ours on this chain. */
export async function isWallet(db: Db | Tx, chain: string, address: string): Promise<boolean> {
  return (await findWalletAt(db, chain, address)) !== null;
}

/** The wallet at an address, whichever is in use now; null: none of ours. */
export async function findWalletAt(db: Db | Tx, chain: string, address: string): Promise<Wallet | null> {
  const { rows } = await sql<Wallet>`
    select * from wallet where chain = ${chain} and address = ${address}`.execute(db);
  return rows[0] ?? null;
}

/** Which of these addresses, in whichever letters, are wallets that we send from ourselves; in small letters. */
export async function ownSenders(
  db: Db | Tx,
  chain: string,
  addresses: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ address: string }>`
    select lower(address) as address from wallet
    where chain = ${chain} and kind <> 'watched'
      and lower(address) = any (${addresses.map((one) => one.toLowerCase())}::text[])`.execute(db);
  return new Set(rows.map(({ address }) => address));
}

/** SQL, a relation `w`: wallets that payers send to, of a seed's ("deposit") or the operator's own ("watched"). */
export const payersWallets = sql`(
  select id, chain, address, kind, derivation_index from wallet where kind in ('deposit', 'watched')) as w`;

/** Which of these addresses, in whichever letters, are ours: of any kind of wallet. */
export async function ownWallets(
  db: Db | Tx,
  chain: string,
  addresses: readonly string[],
): Promise<readonly Wallet[]> {
  const { rows } = await sql<Wallet>`
    select * from wallet
    where chain = ${chain} and lower(address) = any (${addresses.map((one) => one.toLowerCase())}::text[])
    order by id`.execute(db);
  return rows;
}
