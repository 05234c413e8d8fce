import {
  equals,
  from,
  readPage,
  sql,
  until,
  type Db,
  type ListOf,
  type PageOf,
  type Tx,
} from "../database/index.ts";
import { hashList, type Subject } from "./terms.ts";
import type { Approval, Authorisation, AuthorisationStatus } from "./authorisation.ts";

export type AuthorisationFilters = {
  readonly status?: AuthorisationStatus | undefined;
  readonly subject?: Subject | undefined;
  readonly subject_id?: string | undefined;
  readonly payee_id?: string | undefined;
  readonly created_from?: Date | undefined;
  readonly created_to?: Date | undefined;
};

/** Authorisations, and what they may be narrowed by. */
export const authorisationList: ListOf<AuthorisationFilters> = {
  table: "authorisation",
  cameAt: "created_at",
  filters: {
    status: equals("status"),
    subject: equals("subject"),
    subject_id: equals("subject_id"),
    payee_id: equals("payee_id"),
    created_from: from("created_at"),
    created_to: until("created_at"),
  },
  searched: [],
};

/** A page, newest first. */
export const listAuthorisations = (db: Db, page: PageOf<AuthorisationFilters>): Promise<Authorisation[]> =>
  readPage(db, authorisationList, page);

export async function findAuthorisation(db: Db | Tx, id: string): Promise<Authorisation | null> {
  const { rows } = await sql<Authorisation>`select * from authorisation where id = ${id}`.execute(db);
  return rows[0] ?? null;
}

/**
 * All that waits, the oldest first, with the hash of exactly this list. Taken in one statement, so that it is one moment's.
 */
export async function readWaiting(
  db: Db | Tx,
  most: number,
): Promise<{ rows: Authorisation[]; hash: Buffer; more: boolean }> {
  const { rows } = await sql<Authorisation>`
    select * from authorisation where status = 'waiting' order by id limit ${most + 1}`.execute(db);
  const shown = rows.slice(0, most);
  return { rows: shown, hash: hashList(shown.map((row) => row.terms_hash)), more: rows.length > most };
}

export async function countWaiting(db: Db | Tx): Promise<number> {
  const { rows } = await sql<{ waiting: number }>`
    select count(*)::int as waiting from authorisation where status = 'waiting'`.execute(db);
  return rows[0]!.waiting;
}

/** Who approved these, the first one first. */
export async function approvalsOf(db: Db | Tx, ids: readonly string[]): Promise<Approval[]> {
  const { rows } = await sql<Approval>`
    select * from approval where authorisation_id = any(${[...ids]}::uuid[]) order by at, person`.execute(db);
  return rows;
}
