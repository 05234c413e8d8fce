import type { Receipt } from "../chains/receiving.ts";
import { sql, type Db, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { derivedId } from "../ids.ts";
import { accounts, postEntry, reverseEntry } from "../ledger/index.ts";
import { getWallet } from "./wallet.ts";

/** Coins that came to a wallet of ours, in a transaction that is final. */
export interface Arrival {
  readonly chain: string;
  /** In the chain's normal form: the arrival's identity hangs on it. */
  readonly transactionHash: string;
  readonly receipt: Receipt;
  readonly walletId: string;
  /** With `purposeId`, what the arrival is attributed to, once and for ever. */
  readonly purpose: string;
  readonly purposeId: string;
  /** The account credited against the wallet. */
  readonly credit: string;
  /** `credit` gets no more than this; what arrived beyond goes to another account. */
  readonly creditAtMost?: { readonly amount: bigint | null; readonly surplusTo: string };
  /** When the coins moved; `now` if absent. */
  readonly happenedAt?: Date;
  readonly now: Date;
}

/**
 * Attributes an arrival and books it, in the caller's transaction. Safe to repeat.
 * @throws {DomainError} `receipt_already_attributed`: these very coins belong to something else already.
 */
export async function recordReceipt(tx: Tx, arrival: Arrival): Promise<"recorded" | "exists"> {
  const { chain, transactionHash, receipt, purpose, purposeId } = arrival;
  const wallet = await getWallet(tx, arrival.walletId);
  if (
    receipt.asset.chain !== wallet.chain ||
    wallet.chain !== chain ||
    receipt.to.toLowerCase() !== wallet.address.toLowerCase()
  )
    throw new DomainError("wrong_recipient", `This arrival on ${chain} is not to wallet ${wallet.address}.`);
  // Two claims of one arrival look one after the other; the primary key alone would show up only after the booking.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`receipt:${chain}:${transactionHash}:${receipt.index}`}, 0))`.execute(
    tx,
  );
  const { rows } = await sql<{ purpose: string; purpose_id: string }>`
    select purpose, purpose_id from wallet_receipt
    where chain = ${chain} and transaction_hash = ${transactionHash} and receipt_index = ${receipt.index}`.execute(
    tx,
  );
  const known = rows[0];
  if (known !== undefined) {
    if (known.purpose === purpose && known.purpose_id === purposeId) return "exists";
    throw new DomainError(
      "receipt_already_attributed",
      `The coins of ${transactionHash} (${receipt.index}) already belong to ${known.purpose} ${known.purpose_id}.`,
      { chain, transactionHash, index: receipt.index, purpose, purposeId },
    );
  }
  const entryId = derivedId("receipt", chain, transactionHash, receipt.index);
  await postEntry(tx, {
    id: entryId,
    reason: `${purpose}_received`,
    happenedAt: arrival.happenedAt ?? arrival.now,
    postings: postingsOf(arrival, accounts.wallet(chain, wallet.address)),
  });
  await sql`
    insert into wallet_receipt (chain, transaction_hash, receipt_index, wallet_id, asset, amount, from_address, purpose,
                                purpose_id, entry_id, received_at)
    values (${chain}, ${transactionHash}, ${receipt.index}, ${wallet.id}, ${receipt.asset.id}, ${receipt.amount},
            ${receipt.from}, ${purpose}, ${purposeId}, ${entryId}, ${arrival.happenedAt ?? arrival.now})`.execute(
    tx,
  );
  return "recorded";
}

/**
 * Takes an arrival out of the books that the chain took back. Should it come again, it must be recorded under another index.
 * Safe to repeat.
 */
export async function takeBackReceipt(
  tx: Tx,
  at: { chain: string; transactionHash: string; index: string; now: Date },
): Promise<void> {
  const { rows } = await sql<{ entry_id: string }>`
    delete from wallet_receipt
    where chain = ${at.chain} and transaction_hash = ${at.transactionHash} and receipt_index = ${at.index}
    returning entry_id`.execute(tx);
  const entry = rows[0]?.entry_id;
  if (entry !== undefined)
    await reverseEntry(tx, {
      id: derivedId("receipt", entry, "reversed"),
      reverses: entry,
      happenedAt: at.now,
    });
}

export interface AttributedReceipt {
  readonly receipt_index: string;
  readonly purpose: string;
  readonly purpose_id: string;
}

/** What the arrivals of one transaction were attributed to. */
export async function receiptsOf(db: Db | Tx, chain: string, hash: string): Promise<AttributedReceipt[]> {
  const { rows } = await sql<AttributedReceipt>`
    select receipt_index, purpose, purpose_id from wallet_receipt
    where chain = ${chain} and transaction_hash = ${hash}`.execute(db);
  return rows;
}

/** What all of these transactions brought something for, of one purpose; null: at least one of them did not. */
export async function purposeOf(
  db: Db | Tx,
  { chain, hashes, purpose }: { chain: string; hashes: readonly string[]; purpose: string },
): Promise<string | null> {
  const { rows } = await sql<{ purpose_id: string }>`
    select purpose_id from wallet_receipt
    where chain = ${chain} and transaction_hash = any (${[...hashes]}::text[]) and purpose = ${purpose}
    group by purpose_id having count(distinct transaction_hash) = ${hashes.length}`.execute(db);
  return rows[0]?.purpose_id ?? null;
}

/** SQL, a relation `r`: every arrival with what it was attributed to. */
export const attributedReceipts = sql`(
  select purpose, purpose_id, from_address, received_at from wallet_receipt) as r`;

function postingsOf({ receipt, credit, creditAtMost }: Arrival, walletAccount: string) {
  const most = creditAtMost?.amount ?? receipt.amount;
  const credited = receipt.amount < most ? receipt.amount : most;
  const parts = [
    { account: credit, amount: credited },
    { account: creditAtMost?.surplusTo ?? credit, amount: receipt.amount - credited },
  ];
  return parts
    .filter((part) => part.amount > 0n)
    .map((part) => ({
      debit: walletAccount,
      credit: part.account,
      money: { asset: receipt.asset.id, amount: part.amount },
    }));
}
