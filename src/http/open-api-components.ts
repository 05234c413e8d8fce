import { examples } from "./open-api-examples.ts";
import { problemKinds, publicCodes, type PublicCode } from "./problem-codes.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Node = { [key: string]: Json };

interface Operation {
  responses: Record<string, Json>;
  parameters?: Json[];
  requestBody?: { required: boolean };
  "x-problems"?: readonly PublicCode[];
  "x-body-optional"?: boolean;
}

/** The parts of an OpenAPI document that are rewritten here. */
export interface Document {
  paths?: Record<string, Record<string, Operation>>;
  components?: {
    schemas?: Record<string, Node>;
    responses?: Record<string, Json>;
    parameters?: Record<string, Json>;
  };
}

/** What the shared answer of a status is called. */
export const responseNames: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthenticated",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  409: "Conflict",
  413: "PayloadTooLarge",
  415: "UnsupportedMediaType",
  422: "Unprocessable",
  429: "TooManyRequests",
  500: "InternalError",
  503: "Unavailable",
};

const codesOf = (status: number): PublicCode[] =>
  publicCodes.filter((code) => problemKinds[code].status === status);
/** More are said by each operation, and all of them by the page. */
const mostInWords = 3;
const sharedWords = (codes: readonly PublicCode[]): string =>
  codes.length <= mostInWords
    ? inWords(codes)
    : "`code` says which. docs/errors.md lists all codes, with what to do.";
const inWords = (codes: readonly PublicCode[]): string =>
  codes.map((code) => `\`${code}\`: ${problemKinds[code].title}.`).join(" ");

const retryAfter = { description: "Seconds, where waiting helps", schema: { type: "integer" } };

/** One answer a status, for all operations. */
function problemResponses(): Record<string, Json> {
  const statuses = Object.keys(responseNames).map(Number);
  return Object.fromEntries(
    statuses.map((status) => [
      responseNames[status]!,
      {
        description: sharedWords(codesOf(status)),
        ...([409, 429, 503].includes(status) && { headers: { "Retry-After": retryAfter } }),
        content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    ]),
  );
}

/** An operation's own refusals, by status: the shared answer, and which of its codes are meant. */
function refusals(codes: readonly PublicCode[]): Record<string, Json> {
  const byStatus = new Map<number, Set<PublicCode>>();
  for (const code of codes) {
    const { status } = problemKinds[code];
    byStatus.set(status, (byStatus.get(status) ?? new Set()).add(code));
  }
  return Object.fromEntries(
    [...byStatus].map(([status, own]) => {
      const $ref = `#/components/responses/${responseNames[status]!}`;
      const isAll = own.size === codesOf(status).length;
      return [String(status), { $ref, ...(!isAll && { description: inWords([...own]) }) } as Json];
    }),
  );
}

/**
 * Names once what repeats: problems become shared answers, a schema that is asked for and answered alike becomes one, and
 * what nothing refers to goes. Refuses a status that has no name.
 */
export function finishDocument(document: Document): Document {
  for (const operation of operationsOf(document)) {
    const { "x-problems": codes = [], responses } = operation;
    operation.responses = { ...responses, ...refusals(codes) };
    if (operation.requestBody !== undefined && operation["x-body-optional"] === true)
      operation.requestBody.required = false; // @fastify/swagger always says true
    delete operation["x-problems"];
    delete operation["x-body-optional"];
  }
  const raw = document.components?.schemas ?? {};
  const components = { ...document.components, schemas: raw, responses: problemResponses() };
  const shortened = shorten({ ...document, components } as unknown as Json) as unknown as Document;
  return keepReferenced(mergeInputs(nameParameters(shortened)));
}

/** A parameter that this many operations or more have alike is named once. */
const oftenEnough = 4;

/** Of each name the one that most operations have, as `IdempotencyKey` or `Cursor`. */
function nameParameters(document: Document): Document {
  const counts = new Map<string, number>();
  for (const { parameters = [] } of operationsOf(document))
    for (const one of parameters.map((parameter) => JSON.stringify(parameter)))
      counts.set(one, (counts.get(one) ?? 0) + 1);
  const named = new Map<string, string>();
  for (const [text] of [...counts]
    .filter(([, count]) => count >= oftenEnough)
    .toSorted((a, b) => b[1] - a[1])) {
    const { name } = JSON.parse(text) as { name: string };
    const title = name.replace(/(?:^|[-_])(.)/g, (_, letter: string) => letter.toUpperCase());
    if (![...named.values()].includes(title)) named.set(text, title);
  }
  for (const operation of operationsOf(document))
    operation.parameters &&= operation.parameters.map((parameter) => {
      const title = named.get(JSON.stringify(parameter));
      return title === undefined ? parameter : { $ref: `#/components/parameters/${title}` };
    });
  const parameters = Object.fromEntries([...named].map(([text, title]) => [title, JSON.parse(text) as Json]));
  return { ...document, components: { ...document.components, parameters } };
}

const operationsOf = ({ paths }: Document): Operation[] =>
  Object.values(paths ?? {}).flatMap((methods) => Object.values(methods));

const isNode = (value: Json | undefined): value is Node =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What a reader knows without being told: the pattern of a UUID, that an integer fits a number. */
function shorten(value: Json): Json {
  if (Array.isArray(value)) return value.map(shorten);
  if (!isNode(value)) return value;
  const node = Object.fromEntries(Object.entries(value).map(([key, child]) => [key, shorten(child)]));
  if (typeof node["format"] === "string" && typeof node["pattern"] === "string") delete node["pattern"];
  for (const bound of ["minimum", "maximum"])
    if (typeof node[bound] === "number" && !Number.isSafeInteger((node[bound] as number) * 2))
      delete node[bound];
  return nullableType(node);
}

/** `anyOf [string, null]` is `type: [string, null]`. A null beside a named schema stays as it is. */
function nullableType(node: Node): Node {
  const { anyOf, ...rest } = node;
  if (!Array.isArray(anyOf) || anyOf.length !== 2) return node;
  const [some, none] = anyOf;
  if (!isNode(some) || !isNode(none) || none["type"] !== "null" || typeof some["type"] !== "string")
    return node;
  const merged: Node = { ...some, ...rest, type: [some["type"], "null"] };
  if (Array.isArray(some["enum"])) merged["enum"] = [...some["enum"], null];
  return merged;
}

const prefix = "#/components/schemas/";

/** Every schema is generated as it is asked for (`OrderInput`) and as it is answered (`Order`); most are only one of these. */
function mergeInputs(document: Document): Document {
  const schemas = document.components?.schemas ?? {};
  const used = referenced(document);
  const renamed = new Map<string, string>();
  for (const name of Object.keys(schemas)) {
    const plain = name.replace(/Input$/, "");
    if (plain === name || !used.has(name)) continue;
    if (!used.has(plain) || sameSchema(schemas, name, plain)) renamed.set(name, plain);
  }
  const kept = Object.entries(schemas).filter(([name]) => !renamed.has(name));
  for (const [from, to] of renamed) {
    const index = kept.findIndex(([name]) => name === to);
    if (index >= 0) kept.splice(index, 1);
    kept.push([to, schemas[from]!]);
  }
  const merged = { ...document, components: { ...document.components, schemas: Object.fromEntries(kept) } };
  return rename(merged as unknown as Json, renamed) as unknown as Document;
}

const sameSchema = (schemas: Record<string, Node>, one: string, other: string): boolean =>
  JSON.stringify(schemas[one]).replaceAll('Input"', '"') === JSON.stringify(schemas[other]);

function rename(value: Json, names: ReadonlyMap<string, string>): Json {
  if (Array.isArray(value)) return value.map((child) => rename(child, names));
  if (!isNode(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => {
      const to =
        key === "$ref" && typeof child === "string" ? names.get(child.slice(prefix.length)) : undefined;
      return [key, to === undefined ? rename(child, names) : prefix + to];
    }),
  );
}

/** Names of the schemas that operations lead to. */
function referenced({ paths, components }: Document): Set<string> {
  const names = new Set<string>();
  const look = (value: Json | undefined): void => {
    for (const [, name] of JSON.stringify(value ?? null).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (name === undefined || names.has(name)) continue;
      names.add(name);
      look(components?.schemas?.[name]);
    }
  };
  look(paths as unknown as Json);
  look(components?.responses);
  return names;
}

function keepReferenced(document: Document): Document {
  const used = referenced(document);
  const answers = new Set(
    [...JSON.stringify(document.paths).matchAll(/"#\/components\/responses\/([^"]+)"/g)].map(
      ([, name]) => name,
    ),
  );
  const { schemas = {}, responses = {}, ...others } = document.components ?? {};
  const named = Object.keys(schemas)
    .filter((name) => used.has(name))
    .toSorted();
  return {
    ...document,
    components: {
      ...others,
      schemas: Object.fromEntries(
        named.map((name) => [
          name,
          { ...schemas[name], ...(name in examples && { examples: [examples[name] as Json] }) },
        ]),
      ),
      responses: Object.fromEntries(Object.entries(responses).filter(([name]) => answers.has(name))),
    },
  };
}
