import { sql, type Db, type Tx } from "../database/index.ts";
import { DomainError, InvariantViolation } from "../errors.ts";
import { formatUnits, registry } from "../money/index.ts";
import { add, nothing, places, readBalances, readLines, type LineRow, type Units } from "./read-balances.ts";
import { keyOf, readSources, type Sources } from "./read-sources.ts";
import type { AssetStatement, Position, Statement } from "./statement.ts";

export interface Period {
  /** What was booked at this moment or before is in the opening balance. */
  readonly from: Date;
  /** What was booked at this moment or before is in the closing balance. */
  readonly to: Date;
}

/** Payees read at once: so many are in memory, with what moved them in the period. */
const payeesAtOnce = 200;

/** One view of the book for all of a statement's questions. */
const inSnapshot = <T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> =>
  db.transaction().setIsolationLevel("repeatable read").setAccessMode("read only").execute(work);

/** @throws {DomainError} `period_invalid` */
function requirePeriod({ from, to }: Period, now: Date): void {
  if (from >= to)
    throw new DomainError("period_invalid", "The period ends before it begins, or as it begins.");
  if (to > now)
    throw new DomainError(
      "period_invalid",
      "The period ends in the future: what will be booked is not known.",
    );
}

function toPosition(asset: string, units: Units): Position {
  const { decimals } = registry.get(asset);
  const text = (amount: bigint): string => formatUnits(amount, decimals);
  return {
    pending: text(units.pending),
    available: text(units.available),
    held: text(units.held),
    recoverable: text(units.recoverable),
  };
}

const isSame = (left: Units, right: Units): boolean => places.every((place) => left[place] === right[place]);

interface Parts {
  opening: Units;
  readonly lines: LineRow[];
  closing: Units;
}

function rollForward(
  asset: string,
  { opening, lines, closing }: Readonly<Parts>,
  sources: Sources,
): AssetStatement {
  const sum = lines.reduce<Units>((total, line) => add(total, line), opening);
  if (!isSame(sum, closing))
    throw new InvariantViolation(
      "statement_does_not_close",
      "A statement's movements do not lead from its opening to its closing balance.",
      {
        asset,
        payee_id: lines[0]?.payee_id ?? null,
      },
    );
  return {
    asset,
    opening: toPosition(asset, opening),
    movements: lines.map((line) => ({
      entry_id: line.entry_id,
      at: line.posted_at.toISOString(),
      reason: line.reason,
      ...toPosition(asset, line),
      about: sources.get(keyOf(line)) ?? null,
    })),
    closing: toPosition(asset, closing),
  };
}

async function statementsOf(
  tx: Tx,
  payees: readonly { id: string; name: string }[],
  period: Period,
): Promise<Statement[]> {
  const ids = payees.map(({ id }) => id);
  const balances = byPayee(await readBalances(tx, ids, period));
  const moved = await readLines(tx, ids, period);
  const lines = byPayee(moved);
  const sources = await readSources(tx, moved);
  return payees.map(({ id, name }) => {
    const found = new Map<string, Parts>();
    const partsOf = (asset: string): Parts => {
      const parts = found.get(asset) ?? { opening: nothing, lines: [], closing: nothing };
      found.set(asset, parts);
      return parts;
    };
    for (const row of balances.get(id) ?? [])
      partsOf(row.asset)[row.is_closing ? "closing" : "opening"] = row;
    for (const row of lines.get(id) ?? []) partsOf(row.asset).lines.push(row);
    const assets = [...found].toSorted(([left], [right]) => (left < right ? -1 : 1));
    return {
      payee_id: id,
      payee_name: name,
      from: period.from.toISOString(),
      to: period.to.toISOString(),
      assets: assets
        .filter(([, { opening, lines: own }]) => own.length > 0 || !isSame(opening, nothing))
        .map(([asset, parts]) => rollForward(asset, parts, sources)),
    };
  });
}

function byPayee<Row extends { payee_id: string }>(rows: readonly Row[]): ReadonlyMap<string, Row[]> {
  const found = new Map<string, Row[]>();
  for (const row of rows) {
    const own = found.get(row.payee_id);
    if (own) own.push(row);
    else found.set(row.payee_id, [row]);
  }
  return found;
}

/**
 * What was booked for a payee in a period, asset by asset: it closes to the ledger at any cut.
 * @throws {DomainError} `not_found`, `period_invalid`
 * @throws {InvariantViolation} `statement_does_not_close`
 */
export async function readStatement(db: Db, payeeId: string, period: Period, now: Date): Promise<Statement> {
  requirePeriod(period, now);
  return inSnapshot(db, async (tx) => {
    const { rows } = await sql<{ id: string; name: string }>`
      select id, name from payee where id = ${payeeId}`.execute(tx);
    if (rows[0] === undefined) throw new DomainError("not_found", `There is no payee ${payeeId}.`);
    const [statement] = await statementsOf(tx, rows, period);
    return statement!;
  });
}

/** The statements of all payees in the order of their ids, some hundred in memory at a time. Errors as `readStatement`. */
export async function* readStatements(db: Db, period: Period, now: Date): AsyncGenerator<Statement> {
  requirePeriod(period, now);
  for (let after: string | null = null; ;) {
    const page: readonly Statement[] = await inSnapshot(db, async (tx) => {
      const { rows } = await sql<{ id: string; name: string }>`
        select id, name from payee where ${after}::uuid is null or id > ${after}::uuid
        order by id limit ${payeesAtOnce}`.execute(tx);
      return statementsOf(tx, rows, period);
    });
    yield* page;
    after = page.at(-1)?.payee_id ?? null;
    if (page.length < payeesAtOnce) return;
  }
}
