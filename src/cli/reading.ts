import { Command, Option } from "commander";
import { z } from "zod";
import { systemClock } from "../clock.ts";
import { callRoute, operatorAs, searchRoute, type Route } from "../http/index.ts";
import { newId } from "../ids.ts";
import { cliOperator } from "./operator.ts";
import { facts, print, table, toJson } from "./screen.ts";
import { withDatabase } from "./with-database.ts";

/** JSON as the API answers it. */
export type Thing = Readonly<Record<string, unknown>>;
interface Page {
  readonly data: readonly Thing[];
  readonly next_cursor: string | null;
}
type Sent = Parameters<typeof callRoute>[1];

/** What the API answers to whoever is at the command line. */
export const ask = (route: Route, sent: Sent): Promise<unknown> =>
  withDatabase(({ db }, log) =>
    callRoute(route, sent, {
      db,
      log,
      clock: systemClock,
      correlationId: newId(),
      principal: operatorAs(cliOperator()),
    }),
  );

/** The operation of that name among these. */
export function operation(routes: readonly Route[], operationId: string): Route {
  const route = routes.find((one) => one.operationId === operationId);
  if (route === undefined) throw new TypeError(`There is no operation ${operationId}`);
  return route;
}

const isThing = (value: unknown): value is Thing =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isMoney = (value: unknown): value is { readonly asset: string; readonly amount: string } =>
  isThing(value) && typeof value["asset"] === "string" && typeof value["amount"] === "string";

/** 2026-12-01 02:07Z */
export const moment = (text: string): string =>
  text.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d\.\d+Z$/, "$1 $2Z");

/** A value of an answer as one cell: money with its asset, a moment by its minute, and a dash for nothing. */
export function cell(value: unknown): string {
  if (value === null || value === undefined || value === "") return "–";
  if (isMoney(value)) return `${value.amount} ${value.asset}`;
  if (Array.isArray(value)) return value.length === 0 ? "–" : value.map(cell).join(", ");
  if (isThing(value))
    return (
      Object.entries(value)
        .filter(([, part]) => part !== null)
        .map(([name, part]) => `${name} ${cell(part)}`)
        .join(", ") || "–"
    );
  return moment(String(value));
}

const at = (thing: Thing, path: string): unknown =>
  path.split(".").reduce<unknown>((value, step) => (isThing(value) ? value[step] : undefined), thing);

/** `created_at` as people read it. */
export const worded = (name: string): string => name.replaceAll("_", " ");

/** Everything of a thing: what is one value as a line, lists of things as tables below. */
export function describeThing(thing: Thing): string {
  const lists = Object.entries(thing).flatMap(([name, value]) =>
    Array.isArray(value) && value.some((one) => isThing(one)) ? [[name, value as Thing[]] as const] : [],
  );
  const lines = Object.entries(thing)
    .filter(([name]) => lists.every(([list]) => list !== name))
    .flatMap(([name, value]) => linesOf(worded(name), value));
  return [
    facts(lines),
    ...lists.map(([name, things]) => {
      const columns = [...new Set(things.flatMap((one) => Object.keys(one)))];
      return `\n${worded(name)}\n${table([columns.map(worded), ...things.map((one) => columns.map((column) => cell(one[column])))])}`;
    }),
  ].join("\n");
}

/** What holds several amounts is a line each: "balances pending", "balances available". */
const linesOf = (name: string, value: unknown): [string, string][] =>
  isThing(value) && Object.values(value).some((part) => Array.isArray(part))
    ? Object.entries(value).flatMap(([part, inner]) => linesOf(`${name} ${worded(part)}`, inner))
    : [[name, cell(value)]];

interface Listing {
  readonly description: string;
  readonly route: Route;
  /** Fields of one thing, in their order; a dot goes inside. */
  readonly columns: readonly string[];
  /** Said where there is none. */
  readonly nothing: string;
}

/** `spillway <things> list`: the list of the API, each of its filters an option. */
export function listCommand({ description, route, columns, nothing }: Listing): Command {
  const command = new Command("list").description(description);
  const shape = route.query instanceof z.ZodObject ? route.query.shape : {};
  for (const [name, schema] of Object.entries(shape as Record<string, z.ZodType>))
    command.addOption(
      new Option(
        `--${name.replaceAll("_", "-")} <${placeholder(name)}>`,
        schema.description ?? wordsOf(schema),
      ),
    );
  return command
    .option("--json", "one JSON document, as the API answers")
    .action(async ({ json, ...given }: { json?: boolean } & Record<string, string>) => {
      const query = Object.fromEntries(
        Object.keys(shape).flatMap((name) => {
          const value = given[name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())];
          return value === undefined ? [] : [[name, value]];
        }),
      );
      const page = (await ask(route, { query: { limit: "20", ...query } })) as Page;
      if (json) return print(toJson(page));
      if (page.data.length === 0) return print(nothing);
      const heading = columns.map((column) => worded(column.split(".").at(-1)!));
      print(table([heading, ...page.data.map((thing) => columns.map((column) => cell(at(thing, column))))]));
      if (page.next_cursor !== null) print(`\nThere are more: --cursor ${page.next_cursor}`);
    });
}

const placeholder = (name: string): string => (name.endsWith("_id") ? "id" : name === "limit" ? "n" : name);

/** What a filter may be, where its schema only lists it. */
function wordsOf(schema: z.ZodType): string {
  const inner = schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema;
  return inner instanceof z.ZodEnum ? inner.options.join(", ") : "only these";
}

/** `spillway <things> show <id>`: one thing with all that the API tells of it. */
export const showCommand = (description: string, route: Route): Command =>
  new Command("show")
    .description(description)
    .argument("<id>", "as listed")
    .option("--json", "one JSON document, as the API answers")
    .action(async (id: string, { json }: { json?: boolean }) => {
      const thing = (await ask(route, { params: { id } })) as Thing;
      print(json ? toJson(thing) : describeThing(thing));
    });

/** `spillway search <text>`, or among things of one kind. */
export const searchCommand = (description: string, kind?: string): Command =>
  new Command("search")
    .description(description)
    .argument("<text>", "a whole id, transaction hash, address or external id")
    .option("--json", "one JSON document, as the API answers")
    .action(async (q: string, { json }: { json?: boolean }) => {
      const { data } = (await ask(searchRoute, { query: { q } })) as Pick<Page, "data">;
      const found = data.filter((one) => kind === undefined || one["kind"] === kind);
      if (json) return print(toJson({ data: found }));
      if (found.length === 0)
        return print(`Nothing is called "${q}". Only whole ids, hashes and addresses are found.`);
      const columns = ["id", "kind", "status", "created_at", "matched"];
      print(table([columns.map(worded), ...found.map((one) => columns.map((column) => cell(one[column])))]));
    });
