import { createHash, randomBytes } from "node:crypto";
import { sql, type Db, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { newId } from "../ids.ts";
import { operatorCalled } from "./operator.ts";
import { isPayees, isPublishable, type Scope } from "./scopes.ts";

/** Whose money a key moves, as whoever made it says: it stands in the key, so that one is not taken for the other. */
export const keyModes = ["live", "test"] as const;
export type KeyMode = (typeof keyModes)[number];

/** A key as we know it: the key itself is shown once, at its creation, and stored nowhere. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  /** Whose it is, by name: keys of one owner are one person where a decision needs two. */
  readonly owner: string;
  /** Null: it is a payee's own. */
  readonly operatorId: string | null;
  /** Its first characters, to recognise it by. */
  readonly hint: string;
  readonly mode: KeyMode;
  readonly scopes: readonly Scope[];
  /** Whose own withdrawals it asks for, and nothing else; null: it is an operator's. */
  readonly payeeId: string | null;
  /** Null: that was not kept when it was made. */
  readonly createdBy: string | null;
  readonly createdAt: Date;
  /** From then on it is refused; null: never. */
  readonly expiresAt: Date | null;
  /** To the minute; null: never, or not since this was kept. */
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

interface ApiKeyRow {
  id: string;
  name: string;
  owner: string | null;
  operator_id: string | null;
  hint: string;
  scopes: Scope[];
  payee_id: string | null;
  created_by: string | null;
  created_at: Date;
  expires_at: Date | null;
  last_used_at: Date | null;
  revoked_at: Date | null;
}

/** SQL: keys, with the name of whoever they belong to. */
const withOwner = sql`
  k.id, k.name, o.name as owner, k.operator_id, k.hint, k.scopes, k.payee_id, k.created_by, k.created_at, k.expires_at,
  k.last_used_at, k.revoked_at`;
const keys = sql`api_key k left join operator o on o.id = k.operator_id`;

const prefixOf = (mode: KeyMode, scopes: readonly Scope[]): string =>
  isPublishable(scopes) ? `spw_pub_${mode}_` : isPayees(scopes) ? `spw_payee_${mode}_` : `spw_${mode}_`;

/** Keys of earlier releases begin with sk_ and say nothing: they are taken for live. */
const modeOf = (hint: string): KeyMode => (/^spw_(pub_|payee_)?test_/.test(hint) ? "test" : "live");

const toApiKey = (row: ApiKeyRow): ApiKey => ({
  id: row.id,
  name: row.name,
  owner: row.owner ?? `payee ${row.payee_id}`,
  operatorId: row.operator_id,
  hint: row.hint,
  mode: modeOf(row.hint),
  scopes: row.scopes,
  payeeId: row.payee_id,
  createdBy: row.created_by,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  lastUsedAt: row.last_used_at,
  revokedAt: row.revoked_at,
});

// The key has 256 random bits, so nobody can guess it back from a plain hash; a slow one would only slow us.
const hashKey = (key: string): Buffer => createHash("sha256").update(key).digest();

/**
 * Makes a key and returns it, this once, beside what we keep of it.
 * @param input.owner whose it is, by name; of an owner called like the key, if left out. Nobody of that name is with us yet: they are added.
 * @param input.expiresAt never, if left out.
 * @throws {DomainError} `invalid_expiry`, `invalid_scope`, `operator_retired`
 * @param input.mode what the key says of itself; live if left out. Nothing else depends on it.
 */
export async function createApiKey(
  tx: Db | Tx,
  input: {
    readonly name: string;
    readonly owner?: string | undefined;
    readonly scopes: readonly Scope[];
    readonly mode?: KeyMode | undefined;
    readonly expiresAt?: Date | undefined;
    /** With the scope "withdrawals:own" alone: whose. */
    readonly payeeId?: string | undefined;
    /** Who makes it: "api_key:<id>", "cli:<user>". */
    readonly createdBy?: string | undefined;
    readonly now: Date;
  },
): Promise<{ apiKey: ApiKey; key: string }> {
  if (input.expiresAt !== undefined && input.expiresAt <= input.now)
    throw new DomainError(
      "invalid_expiry",
      `A key that expires at ${input.expiresAt.toISOString()} could never be used: name a later moment, or none.`,
    );
  const { mode = "live" } = input;
  const scopes = [...new Set(input.scopes)];
  const isOne = isPayees(scopes);
  if (isOne !== (input.payeeId !== undefined) || (!isOne && scopes.includes("withdrawals:own")))
    throw new DomainError(
      "invalid_scope",
      "withdrawals:own is the scope of a payee's own key, and the only one that it has: make it at the payee.",
    );
  const prefix = prefixOf(mode, scopes);
  const key = prefix + randomBytes(32).toString("base64url");
  const { now, createdBy = null, name, owner = name } = input;
  const operator = isOne ? null : await operatorCalled(tx, { name: owner, by: createdBy ?? "engine", now });
  const apiKey: ApiKey = {
    id: newId(),
    name,
    owner: operator?.name ?? `payee ${input.payeeId}`,
    operatorId: operator?.id ?? null,
    hint: key.slice(0, prefix.length + 4),
    mode,
    scopes,
    payeeId: input.payeeId ?? null,
    createdBy,
    createdAt: now,
    expiresAt: input.expiresAt ?? null,
    lastUsedAt: null,
    revokedAt: null,
  };
  await sql`
    insert into api_key (id, name, operator_id, hint, hash, scopes, payee_id, created_by, created_at, expires_at)
    values (${apiKey.id}, ${name}, ${apiKey.operatorId}, ${apiKey.hint}, ${hashKey(key)}, ${apiKey.scopes}::text[],
      ${apiKey.payeeId}, ${createdBy}, ${now}, ${apiKey.expiresAt})`.execute(tx);
  return { apiKey, key };
}

/** How exactly it is known when a key was last used: a busy one is written so often and no more. */
const lastUsedMs = 60_000;

/**
 * The live key that was presented, or null: unknown, revoked, expired, of somebody retired and malformed are one answer. Every call does the same
 * work, one hash and one look-up by it, so that the time taken tells nothing about the keys there are.
 */
export async function findApiKey(db: Db | Tx, presented: string, now: Date): Promise<ApiKey | null> {
  const { rows } = await sql<ApiKeyRow>`
    select ${withOwner} from ${keys}
    where k.hash = ${hashKey(presented)} and k.revoked_at is null and o.retired_at is null`.execute(db);
  const row = rows[0];
  if (row === undefined) return null;
  return row.expires_at === null || now < row.expires_at ? toApiKey(row) : null;
}

/** Whether a key may still be used. Until commit neither it nor its owner ends. */
export async function isInForce(tx: Tx, id: string, now: Date): Promise<boolean> {
  const { rows } = await sql<{ operator_id: string | null }>`
    select operator_id from api_key
    where id = ${id} and revoked_at is null and (expires_at is null or expires_at > ${now}) for share`.execute(
    tx,
  );
  const [key] = rows;
  if (key === undefined || key.operator_id === null) return key !== undefined;
  const { rows: owner } = await sql`
    select from operator where id = ${key.operator_id} and retired_at is null for share`.execute(tx);
  return owner.length === 1;
}

/** Notes that a key was used, once a minute at most, however many processes see it. */
export async function noteUse(db: Db, { id, lastUsedAt }: ApiKey, now: Date): Promise<void> {
  const since = new Date(now.getTime() - lastUsedMs);
  if (lastUsedAt !== null && lastUsedAt > since) return;
  await sql`
    update api_key set last_used_at = ${now} where id = ${id} and (last_used_at is null or last_used_at <= ${since})`.execute(
    db,
  );
}

/** How many owners have a key in force that can approve what leaves. */
export async function approversThere(db: Db | Tx, now: Date): Promise<number> {
  const { rows } = await sql<{ owners: number }>`
    select count(distinct k.operator_id)::int as owners from ${keys}
    where k.scopes && array['payouts:approve', 'admin'] and k.revoked_at is null and o.retired_at is null
      and (k.expires_at is null or k.expires_at > ${now})`.execute(db);
  return rows[0]!.owners;
}

/** Every key, newest first, the revoked ones too. */
export async function listApiKeys(
  db: Db | Tx,
  page: { readonly before: string | null; readonly limit: number },
): Promise<ApiKey[]> {
  const { rows } = await sql<ApiKeyRow>`
    select ${withOwner} from ${keys} where ${page.before}::uuid is null or k.id < ${page.before}::uuid
    order by k.id desc limit ${page.limit}`.execute(db);
  return rows.map(toApiKey);
}

const missing = (id: string) =>
  new DomainError("api_key_not_found", `There is no API key ${id}. List the keys to find its id.`);

/** @throws {DomainError} `api_key_not_found` */
export async function getApiKey(db: Db | Tx, id: string): Promise<ApiKey> {
  const { rows } = await sql<ApiKeyRow>`select ${withOwner} from ${keys} where k.id = ${id}`.execute(db);
  if (rows[0] === undefined) throw missing(id);
  return toApiKey(rows[0]);
}

/**
 * Ends a key: the next request with it is refused, in every process. Safe to repeat; the first moment stays.
 * @throws {DomainError} `api_key_not_found`
 */
export async function revokeApiKey(tx: Db | Tx, id: string, now: Date): Promise<ApiKey> {
  await sql`update api_key set revoked_at = coalesce(revoked_at, ${now}) where id = ${id}`.execute(tx);
  return getApiKey(tx, id);
}
