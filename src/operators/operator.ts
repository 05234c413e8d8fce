import { sql, type Db, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { newId } from "../ids.ts";

/** Somebody who may use the API, by keys of theirs. Two keys of one are one person where a decision needs two. */
export interface Operator {
  readonly id: string;
  /** As others call them; whatever its case, one name is one person. */
  readonly name: string;
  readonly email: string | null;
  readonly created_by: string;
  readonly created_at: Date;
  readonly retired_by: string | null;
  /** From then on their keys are refused; null: they are with us. */
  readonly retired_at: Date | null;
}

/** All of them, newest first, the retired ones too. */
export async function listOperators(
  db: Db | Tx,
  page: { readonly before: string | null; readonly limit: number },
): Promise<Operator[]> {
  const { rows } = await sql<Operator>`
    select * from operator where ${page.before}::uuid is null or id < ${page.before}::uuid
    order by id desc limit ${page.limit}`.execute(db);
  return rows;
}

const unknown = (id: string): DomainError =>
  new DomainError("unknown_operator", `There is no operator ${id}. List the operators to find the id.`);

/** @throws {DomainError} `unknown_operator` */
export async function getOperator(tx: Db | Tx, id: string): Promise<Operator> {
  const { rows } = await sql<Operator>`select * from operator where id = ${id}`.execute(tx);
  if (rows[0] === undefined) throw unknown(id);
  return rows[0];
}

interface NewOperator {
  readonly name: string;
  readonly email?: string | undefined;
  /** "api_key:<id>", "cli:<user>". */
  readonly by: string;
  readonly now: Date;
}

async function insert(tx: Db | Tx, { name, email, by, now }: NewOperator): Promise<Operator | null> {
  const { rows } = await sql<Operator>`
    insert into operator (id, name, email, created_by, created_at)
    values (${newId()}, ${name.trim()}, ${email ?? null}, ${by}, ${now}) on conflict do nothing returning *`.execute(
    tx,
  );
  return rows[0] ?? null;
}

/** @throws {DomainError} `operator_exists`: somebody has that name, or that address. */
export async function addOperator(tx: Db | Tx, operator: NewOperator): Promise<Operator> {
  const added = await insert(tx, operator);
  if (added !== null) return added;
  throw new DomainError(
    "operator_exists",
    `Somebody is called ${operator.name.trim()}${operator.email === undefined ? "" : ` or reached at ${operator.email}`} already. One person is one operator: make another key for them, or choose another name.`,
  );
}

/**
 * Whoever has that name, added if nobody has.
 * @throws {DomainError} `operator_retired`
 */
export async function operatorCalled(tx: Db | Tx, operator: NewOperator): Promise<Operator> {
  const added = await insert(tx, operator);
  if (added !== null) return added;
  const { rows } = await sql<Operator>`
    select * from operator where lower(name) = lower(${operator.name.trim()})`.execute(tx);
  const found = rows[0]!;
  if (found.retired_at === null) return found;
  throw new DomainError(
    "operator_retired",
    `${found.name} was retired at ${found.retired_at.toISOString()}: no key is made for them any more. Choose another name.`,
  );
}

/**
 * Ends what somebody may do: each of their keys is refused from the next request on, in every process. Safe to repeat; the first moment
 * stays.
 * @throws {DomainError} `unknown_operator`
 */
export async function retireOperator(
  tx: Db | Tx,
  id: string,
  { by, now }: { readonly by: string; readonly now: Date },
): Promise<Operator> {
  const { rows } = await sql<Operator>`
    update operator set retired_at = coalesce(retired_at, ${now}), retired_by = coalesce(retired_by, ${by})
    where id = ${id} returning *`.execute(tx);
  if (rows[0] === undefined) throw unknown(id);
  return rows[0];
}
