import { createHash } from "node:crypto";
import { z } from "zod";
import type { Db } from "../database/index.ts";
import { InvalidRequest } from "./problem.ts";
import { defineRoute, type Principal, type Route } from "./route.ts";
import { assetId, pageView, timestampSchema, wholeNumber } from "./schemas.ts";

/** Filters that many lists have. What begins with "…_from" is in the page, what is at "…_to" is not. */
export const filterSchemas = {
  created: {
    created_from: timestampSchema.optional().describe("At this moment or later"),
    created_to: timestampSchema.optional().describe("Before this moment"),
  },
  external_id: z.string().min(1).max(200).optional().describe("Exactly"),
  asset: assetId.optional(),
  payee_id: z.uuid().optional(),
  order_id: z.uuid().optional(),
  transaction_hash: z.string().min(1).max(200).optional(),
};

interface ListSpec<Row, Filters extends z.ZodRawShape, Key extends z.ZodType, Item extends z.ZodType> {
  readonly path: `/v1/${string}`;
  readonly operationId: string;
  readonly scope: Route["scope"];
  readonly summary: string;
  readonly tag?: string;
  readonly deprecated?: true;
  readonly description?: string;
  readonly params?: z.ZodType;
  readonly problems?: Route["problems"];
  readonly filters: Filters;
  /** What a page ends at: an id, or a tuple that ends in one. */
  readonly key: Key;
  readonly item: Item;
  /** Newest first; one more than fits is asked for, so that it is known whether there is more. */
  read(
    db: Db,
    page: {
      readonly filters: z.output<z.ZodObject<Filters>>;
      readonly before: z.output<Key> | null;
      readonly limit: number;
      readonly params: Readonly<Record<string, string>>;
      readonly principal: Principal;
    },
  ): Promise<readonly Row[]>;
  keyOf(row: Row): z.input<Key>;
  present(row: Row): z.output<Item>;
}

const fromTo = "must be a whole number from 1 to 200";
const limitSchema = wholeNumber(
  z
    .int({ error: ({ input }) => (Array.isArray(input) ? undefined : fromTo) })
    .min(1, fromTo)
    .max(200, fromTo)
    .default(50),
).describe("1 to 200");

/** A cursor names its list and its filters, so that no page of one is mistaken for a page of another. */
const cursorSchema = z.tuple([z.string(), z.string(), z.unknown()]);

const encode = (list: string, filters: string, key: unknown): string =>
  Buffer.from(JSON.stringify([list, filters, key])).toString("base64url");

const fingerprint = (filters: object): string =>
  createHash("sha256")
    .update(JSON.stringify(Object.entries(filters).toSorted(([a], [b]) => (a < b ? -1 : 1))))
    .digest("base64url")
    .slice(0, 8);

const refuse = (code: string, message: string): InvalidRequest =>
  new InvalidRequest([{ in: "query", path: "/cursor", code, message }]);

function decode<Key extends z.ZodType>(
  text: string,
  { list, filters, key }: { list: string; filters: string; key: Key },
): z.output<Key> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch {
    parsed = null; // no JSON: no cursor of ours
  }
  const cursor = cursorSchema.safeParse(parsed);
  const last = cursor.success ? key.safeParse(cursor.data[2]) : null;
  if (!cursor.success || (cursor.data[0] === list && !last?.success))
    throw refuse(
      "invalid_cursor",
      "`cursor` is none of ours: take next_cursor of the page before, or leave it out.",
    );
  if (cursor.data[0] !== list)
    throw refuse(
      "cursor_of_other_list",
      "`cursor` is of another list: take next_cursor of a page of this one, or leave it out.",
    );
  if (cursor.data[1] !== filters)
    throw refuse(
      "cursor_of_other_filters",
      "`cursor` is of a page with other filters: send those again, or leave it out to begin with the new ones.",
    );
  return last!.data as z.output<Key>;
}

/** A list in pages, newest first: `?cursor=&limit=` and its filters, each of them exact. */
export function listRoute<Row, Filters extends z.ZodRawShape, Key extends z.ZodType, Item extends z.ZodType>(
  spec: ListSpec<Row, Filters, Key, Item>,
): Route {
  const { filters: shape, key, item, read, keyOf, present, problems = [], ...named } = spec;
  const query = z.object({
    ...shape,
    cursor: z.string().max(1_000).optional().describe("next_cursor of the page before"),
    limit: limitSchema,
  });
  return defineRoute({
    ...named,
    method: "GET",
    query,
    success: { status: 200, body: pageView(item) },
    problems,
    async handle({ query: asked, params, principal }, { db }) {
      const { cursor, limit, ...filters } = asked as { cursor?: string; limit: number };
      const list = named.operationId;
      const of = { list, filters: fingerprint(filters), key };
      const before = cursor === undefined ? null : decode(cursor, of);
      const rows = await read(db, {
        filters: filters as z.output<z.ZodObject<Filters>>,
        before,
        limit: limit + 1,
        params: params as Readonly<Record<string, string>>,
        principal,
      });
      const shown = rows.slice(0, limit);
      const last = shown.at(-1);
      const more = rows.length > limit && last !== undefined;
      const next = more ? encode(list, of.filters, keyOf(last)) : null;
      return { data: shown.map(present), has_more: more, next_cursor: next } as never;
    },
  });
}
