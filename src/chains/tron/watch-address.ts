import { z } from "zod";
import type { Clock } from "../../clock.ts";
import { InvariantViolation, ProviderError } from "../../errors.ts";
import { hashSchema, millisecondsSchema } from "./answers.ts";
import type { TronClient } from "./client.ts";

const mostRows = 200;

/**
 * How far one list was read. TronGrid's `fingerprint` leads to the next page of one question; between two questions only
 * the time leads on.
 */
const listPositionSchema = z.object({
  /** Block time, in milliseconds, that the question starts from. */
  from: z.number().int().min(0),
  /** Everything up to this block time was listed. */
  seen: z.number().int().min(0),
  fingerprint: z.string().nullable(),
});
type ListPosition = z.infer<typeof listPositionSchema>;

/** TronGrid has no one list of all that touched an address. */
const positionSchema = z.object({ native: listPositionSchema, tokens: listPositionSchema });
type Position = z.infer<typeof positionSchema>;

const start: ListPosition = { from: 0, seen: 0, fingerprint: null };

interface Row {
  readonly hash: string;
  readonly time: number;
}

const rowSchema = (hashField: "txID" | "tx_id" | "transaction_id") =>
  z
    .object({ [hashField]: hashSchema, block_timestamp: millisecondsSchema })
    .transform((row): Row => ({ hash: row[hashField] as string, time: row.block_timestamp as number }));

const pageSchema = (row: z.ZodType<Row>) =>
  z.object({
    success: z.literal(true),
    data: z.array(row),
    meta: z.object({ fingerprint: z.string().min(1).optional() }),
  });

/** Coins that a contract sent stand among the others as rows of another shape. */
const nativePageSchema = pageSchema(z.union([rowSchema("txID"), rowSchema("tx_id")]));
const tokenPageSchema = pageSchema(rowSchema("transaction_id"));

/** Whom to ask, and how near the newest row an older one may be listed later. */
interface TronIndex {
  readonly client: TronClient;
  readonly clock: Clock;
  readonly lagMs: number;
}

export interface AddressPage {
  readonly hashes: readonly string[];
  readonly next: string | null;
  readonly more: boolean;
}

/**
 * One page of what touched an address: native coins and tokens by TronGrid's two lists, of whatever contract, failed or
 * not. A row is a hint and nothing more: it says neither whether the transaction succeeded nor what a token is.
 */
export async function listSince(
  index: TronIndex,
  address: string,
  since: string | null,
  signal: AbortSignal,
): Promise<AddressPage> {
  const before = since === null ? { native: start, tokens: start } : parsePosition(since);
  const read = (list: keyof Position) => readPage(index, address, list, before[list], signal);
  // While one list has pages left, the other one waits: its end is where the next round begins.
  const unfinished = hasMore(before);
  const wanted = (list: keyof Position) => !unfinished || before[list].fingerprint !== null;
  const [native, tokens] = await Promise.all([
    wanted("native") ? read("native") : { rows: [], position: before.native },
    wanted("tokens") ? read("tokens") : { rows: [], position: before.tokens },
  ]);
  const rows = [...native.rows, ...tokens.rows].sort((a, b) => a.time - b.time);
  const after: Position = { native: native.position, tokens: tokens.position };
  const untouched = Object.values(after).every(({ seen, fingerprint }) => seen === 0 && fingerprint === null);
  return {
    hashes: [...new Set(rows.map(({ hash }) => hash))],
    next: untouched ? null : JSON.stringify(after),
    more: hasMore(after),
  };
}

const hasMore = (position: Position): boolean =>
  position.native.fingerprint !== null || position.tokens.fingerprint !== null;

function parsePosition(text: string): Position {
  try {
    return positionSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new InvariantViolation("invalid_position", "A kept position is none of ours.", { text }, error);
  }
}

const isAscending = (rows: readonly Row[]): boolean =>
  rows.every(({ time }, position) => position === 0 || rows[position - 1]!.time <= time);

async function readPage(
  index: TronIndex,
  address: string,
  list: keyof Position,
  position: ListPosition,
  signal: AbortSignal,
): Promise<{ rows: readonly Row[]; position: ListPosition }> {
  const { answer, from, page } = await askForPage(index, address, list, position, signal);
  const rows = answer.data;
  // A list out of order, or a time ahead of ours, would skip what is still to come.
  const latest = isAscending(rows) ? Math.min(rows.at(-1)?.time ?? 0, index.clock.now().getTime()) : 0;
  const seen = Math.max(position.seen, latest);
  const fingerprint = answer.meta.fingerprint ?? null;
  const isLast = fingerprint === null || fingerprint === page || rows.length === 0;
  return {
    rows,
    position: isLast
      ? { from: Math.max(from, seen - index.lagMs), seen, fingerprint: null }
      : { from, seen, fingerprint },
  };
}

async function askForPage(
  { client, lagMs }: TronIndex,
  address: string,
  list: keyof Position,
  { from, seen, fingerprint }: ListPosition,
  signal: AbortSignal,
) {
  const path = `/v1/accounts/${encodeURIComponent(address)}/transactions` as const;
  const ask = async (minimum: number, page: string | null) => {
    const query = {
      limit: String(mostRows),
      order_by: "block_timestamp,asc",
      min_timestamp: String(minimum),
      ...(page === null ? {} : { fingerprint: page }),
    };
    const answer =
      list === "native"
        ? await client.list(path, query, nativePageSchema, signal)
        : await client.list(`${path}/trc20`, query, tokenPageSchema, signal);
    return { answer, from: minimum, page };
  };
  try {
    return await ask(from, fingerprint);
  } catch (error) {
    // A fingerprint may grow old, or belong to an endpoint that is gone: the time leads on without it.
    const isRefusal = error instanceof ProviderError && /^(refused|node_error)$/.test(error.reason);
    if (fingerprint === null || !isRefusal) throw error;
    return ask(Math.max(from, seen - lagMs), null);
  }
}
