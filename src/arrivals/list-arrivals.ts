import { sql, type Db } from "../database/index.ts";
import type { ArrivalPlace, Holder } from "./arrival-store.ts";
import type { Evidence } from "./evidence.ts";

/** Where a page goes on: the last arrival of the page before. */
export type ArrivalCursor = readonly [at: string, chain: string, transactionHash: string, index: string];

export interface ArrivalFilter {
  readonly chain: string | null;
  readonly asset: string | null;
  readonly hash: string | null;
  /** Who has it: "settlement", "swap", "deposit", "top_up", "move" and so on. */
  readonly claimant: string | null;
}

/** A page, newest first. */
export async function listArrivals(
  db: Db,
  { chain, asset, hash, claimant }: ArrivalFilter,
  page: { readonly before: ArrivalCursor | null; readonly limit: number },
): Promise<Holder[]> {
  const { before, limit } = page;
  const { rows } = await sql<Holder>`
    select * from wallet_receipt
    where (${chain}::text is null or chain = ${chain}) and (${asset}::text is null or asset = ${asset})
      and (${hash}::text is null or transaction_hash = ${hash}) and (${claimant}::text is null or purpose = ${claimant})
      and (${before === null} or (received_at, chain, transaction_hash, receipt_index)
        < (${before?.[0] ?? null}::timestamptz, ${before?.[1] ?? ""}, ${before?.[2] ?? ""}, ${before?.[3] ?? ""}))
    order by received_at desc, chain desc, transaction_hash desc, receipt_index desc limit ${limit}`.execute(
    db,
  );
  return rows;
}

/** What a transaction brought, on whatever chain. */
export async function findArrivals(db: Db, hash: string, limit: number): Promise<Holder[]> {
  const { rows } = await sql<Holder>`
    select * from wallet_receipt where transaction_hash in (${hash}, ${hash.toLowerCase()})
    order by received_at desc, chain, receipt_index limit ${limit}`.execute(db);
  return rows;
}

/** Whose an arrival was before, and until when. */
export interface FormerHolder {
  readonly seq: number;
  readonly purpose: string;
  readonly purpose_id: string;
  readonly evidence: Evidence;
  readonly attributed_by: string;
  readonly attributed_at: Date;
  readonly reason: string | null;
  readonly proof: string | null;
  readonly lost: bigint;
  readonly ended_at: Date;
}

/** Oldest first. */
export async function historyOf(db: Db, at: ArrivalPlace): Promise<FormerHolder[]> {
  const { rows } = await sql<FormerHolder>`
    select seq, purpose, purpose_id, evidence, attributed_by, attributed_at, reason, proof, lost, ended_at
    from arrival_attribution
    where chain = ${at.chain} and transaction_hash = ${at.transactionHash} and receipt_index = ${at.index}
    order by seq`.execute(db);
  return rows;
}
