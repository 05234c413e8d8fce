import { isIP } from "node:net";
import { z } from "zod";
import { parseUnits } from "../money/index.ts";

/** One environment variable. Whether its value can be missing is part of its type. */
export interface Variable<Value = unknown> {
  readonly name: string;
  readonly meaning: string;
  /** The text that stands in for a missing value. `null`: optional. `undefined`: required. */
  readonly fallback: string | null | undefined;
  readonly secret: boolean;
  /** For an optional variable that is needed all the same: when. */
  readonly needed?: string;
  /** What is wrong and what would be right; it follows the variable's name. Never contains the value. */
  readonly expected: string;
  readonly schema: z.ZodType<NonNullable<Value>, string>;
}

/** Variables that are read together, each under the word that the code has for it. */
export type Group = Readonly<Record<string, Variable>>;
export type ValuesOf<Variables extends Group> = {
  readonly [Key in keyof Variables]: Variables[Key] extends Variable<infer Value> ? Value : never;
};

type Fallback = string | null | undefined;
/** A required or defaulted variable always has a value; only an optional one can be null. */
type Given<Value, Missing extends Fallback> = Value | (null extends Missing ? null : never);

function kind<Value extends {}>(schema: z.ZodType<Value, string>, expected: string, secret = false) {
  return <Missing extends Fallback = undefined>(name: string, meaning: string, fallback?: Missing) => {
    const variable = { name, meaning, fallback, secret, expected, schema };
    return variable as Variable<unknown> as Variable<Given<Value, Missing>>;
  };
}

const isUrlOf = (protocols: readonly string[]) => (text: string) =>
  URL.canParse(text) && !/\s/.test(text) && protocols.includes(new URL(text).protocol);
const baseUrl = z
  .string()
  .refine(isUrlOf(["http:", "https:"]))
  .transform((text) => text.replace(/\/+$/, ""));
const listOf = <Schema extends z.ZodType<unknown, string>>(item: Schema) =>
  z
    .string()
    .transform((list) => list.split(",").map((one) => one.trim()))
    .pipe(z.array(item).min(1));

export const text = kind(z.string().min(1), "must not be empty");
export const password = kind(z.string().min(1), "must not be empty", true);
export const email = kind(z.string().regex(/^\S+@\S+$/), "must be one e-mail address");
export const host = kind(z.string().regex(/^[\w.:-]+$/), "must be one host name or address");
export const secret = kind(
  z.string().regex(/^\S{3,}$/),
  "must be one word of 3 characters or more, without spaces or line breaks",
  true,
);
export const url = kind(baseUrl, "must be one http:// or https:// URL");
/** An endpoint's address often carries the key to it. */
export const urls = kind(listOf(baseUrl), "must be http:// or https:// URLs with commas between them", true);
export const databaseUrl = kind(
  z.string().refine(isUrlOf(["postgres:", "postgresql:"])),
  "must be one postgres:// or postgresql:// URL",
  true,
);
export const smtpUrl = kind(
  z.string().refine(isUrlOf(["smtp:", "smtps:"])),
  "must be one smtp:// or smtps:// URL",
  true,
);
export const sender = kind(
  z.string().regex(/^([^<>\p{Cc}]*<[^\s@<>]+@[^\s@<>]+>|[^\s@<>]+@[^\s@<>]+)$/u),
  "must be one e-mail address, such as Payouts <payouts@shop.example>",
);
export const cron = kind(
  z.string().regex(/^([\d*][\d*,/-]*\s+){4}[\d*][\d*,/-]*$/),
  "must be a cron line of five fields, such as */15 * * * *",
);

export const wholeNumber = (minimum: number, maximum: number) =>
  kind(
    z
      .string()
      .regex(/^\d{1,10}$/)
      .pipe(z.coerce.number<string>().min(minimum).max(maximum)),
    `must be a whole number from ${minimum} to ${maximum}`,
  );

export const choice = <const Words extends readonly [string, ...string[]]>(...words: Words) =>
  kind(z.enum(words) as z.ZodType<Words[number], string>, `must be one of ${words.join(", ")}`);

export const choices = <const Words extends readonly [string, ...string[]]>(...words: Words) =>
  kind(
    listOf(z.enum(words) as z.ZodType<Words[number], string>).transform((chosen) => [...new Set(chosen)]),
    `must be names out of ${words.slice(0, -1).join(", ")} and ${words.at(-1)} with commas between them`,
  );

/** An address, a network in CIDR notation, or a word for networks that are never the internet's. Not everybody: then anyone may claim any address. */
const isProxy = (name: string): boolean => {
  if (["loopback", "linklocal", "uniquelocal"].includes(name)) return true;
  const [address = "", prefix, ...more] = name.split("/");
  const bits = isIP(address) === 4 ? 32 : 128;
  const inRange = prefix === undefined || (/^[1-9]\d{0,2}$/.test(prefix) && Number(prefix) <= bits);
  return isIP(address) > 0 && !address.includes("%") && inRange && more.length === 0;
};
export const proxies = kind(
  listOf(z.string().refine(isProxy)),
  "must be addresses or networks, such as 10.0.0.5 or 10.0.0.0/8, or loopback, with commas between them",
);

const isOrigin = (name: string): boolean =>
  isUrlOf(["http:", "https:"])(name) && new URL(name).origin === name;
export const origins = kind(
  listOf(z.string().refine(isOrigin)),
  "must be origins without a path, such as https://shop.example, with commas between them; never *",
);

const gweiDigits = 9;
/** In gwei outside, in wei inside. */
export const gwei = kind(
  z
    .string()
    .regex(/^\d{1,9}(\.\d{1,9})?$/)
    .transform((decimal) => parseUnits(decimal, gweiDigits))
    .refine((wei) => wei > 0n),
  "must be a decimal above zero with at most 9 digits after the point, such as 200",
);
