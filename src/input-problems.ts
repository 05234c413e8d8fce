import { z } from "zod";
import { nearest } from "./nearest.ts";

type Place = "path" | "query" | "body" | "value";
type Issue = z.core.$ZodIssue & { readonly params?: { readonly code?: string } };

/** One thing that is wrong with what was given: a JSON pointer into it, our word for it, and a whole sentence. */
export interface InputProblem {
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

/**
 * Reads something by its schema, or says in our own words everything that is wrong with it, a whole sentence each.
 * @param place what it is, for the words: "path", "query", "body" of a request, or the "value" of a setting.
 */
export function readBy(
  schema: z.ZodType,
  given: unknown,
  place: Place,
): { readonly value: unknown } | { readonly problems: readonly InputProblem[] } {
  const allowed = new Map<string, readonly string[]>();
  const error = (issue: z.core.$ZodRawIssue): string => {
    if (issue.code === "unrecognized_keys" && issue.inst instanceof z.ZodObject)
      allowed.set(pointerTo(issue.path ?? []), Object.keys(issue.inst.shape));
    return demandOf(place, issue as Issue);
  };
  const result = schema.safeParse(given, { error, reportInput: true });
  if (result.success) return { value: result.data };
  const problems = result.error.issues.flatMap((issue) => {
    const path = pointerTo(issue.path);
    return issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => unknownName(place, [...issue.path, key], allowed.get(path) ?? []))
      : [problemOf(place, issue as Issue)];
  });
  return { problems };
}

const pointerTo = (path: readonly PropertyKey[]): string => path.map((step) => `/${String(step)}`).join("");
const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text);

/** `splits[0].share_bps`, as one writes it. */
function nameOf(place: Place, path: readonly PropertyKey[]): string {
  if (path.length === 0) return `The ${place}`;
  const name = path.map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`)).join("");
  return `\`${short(name.replace(/^\./, ""))}\`${place === "path" ? " in the path" : ""}`;
}

function unknownName(place: Place, path: readonly PropertyKey[], allowed: readonly string[]): InputProblem {
  const key = String(path.at(-1));
  const meant = nearest(key, allowed);
  const kind = place === "query" ? "query parameter" : "field";
  const rest =
    allowed.length === 0
      ? ": none is taken here."
      : meant === null
        ? `. It may be ${listed(allowed)}.`
        : `; did you mean \`${meant}\`?`;
  const code = place === "query" ? "unknown_parameter" : "unknown_field";
  const message = `There is no ${kind} ${nameOf(place, path)}${rest}`;
  return { path: pointerTo(path.map((step) => short(String(step)))), code, message };
}

const listed = (words: readonly unknown[]): string => words.map((word) => `\`${String(word)}\``).join(", ");

/** Our words for what is wrong. They are published: never renamed. */
const codes: Readonly<Record<string, string>> = {
  invalid_type: "wrong_type",
  invalid_format: "wrong_form",
  invalid_value: "not_one_of",
  too_big: "too_large",
  too_small: "too_small",
};

function problemOf(place: Place, issue: Issue): InputProblem {
  const name = nameOf(place, issue.path);
  const own = issue.code === "custom" ? issue.params?.code : undefined;
  const missing = issue.code !== "custom" && issue.input === undefined;
  const sentence = issue.message.startsWith("must ") ? issue.message.replace(/\.$/, "") : null;
  const message = missing
    ? `${name} is missing${sentence === null ? "" : `; it ${sentence}`}.`
    : sentence === null
      ? `${name}: ${ended(issue.message)}`
      : `${name} ${ended(sentence)}`;
  const code = missing ? "missing" : (own ?? codes[issue.code] ?? "not_valid");
  return { path: pointerTo(issue.path), code, message };
}

const ended = (sentence: string): string => (/[.?]$/.test(sentence) ? sentence : `${sentence}.`);

const aThing: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

const forms: Readonly<Record<string, string>> = {
  uuid: "a UUID, such as 019e6f3a-1c00-7a10-8b5e-2f6d8c1e4a01",
  datetime: "a moment with its zone, such as 2026-11-21T10:00:00Z",
  date: "a date, such as 2026-11-21",
};

/** What a schema asks for, as it goes on after a name: "must be …". */
function demandOf(place: Place, issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      if (place === "query" && Array.isArray(issue.input)) return "must be given once";
      return issue.expected in aThing ? `must be ${aThing[issue.expected]}` : "another type is asked for";
    case "invalid_format":
      return `must be ${forms[issue.format] ?? "written otherwise; see the description of the operation"}`;
    case "invalid_value": {
      const meant = typeof issue.input === "string" ? nearest(issue.input, issue.values.map(String)) : null;
      if (meant !== null) return `must be one of the values that there are; did you mean \`${meant}\`?`;
      return `must be ${issue.values.length > 1 ? "one of " : ""}${listed(issue.values)}`;
    }
    case "too_small":
      return `must ${sizeOf(issue.origin, "least", String(issue.minimum))}`;
    case "too_big":
      return `must ${sizeOf(issue.origin, "most", String(issue.maximum))}`;
    default:
      return "must be valid; see the description of the operation";
  }
}

function sizeOf(origin: string, end: "least" | "most", bound: string): string {
  if (origin === "string" && end === "least" && bound === "1") return "not be empty";
  if (origin === "array") return `have at ${end} ${bound} ${bound === "1" ? "entry" : "entries"}`;
  if (origin === "string") return `have at ${end} ${bound} characters`;
  return `be at ${end} ${bound}`;
}
