import { noticeLimitBytes } from "../src/http/index.ts";
import { createIpnSigner } from "./ipn.ts";

/** As many of `part` as fit between the two ends. */
function fill(start: string, part: (index: number) => string, end: string): string {
  const parts: string[] = [];
  let left = noticeLimitBytes - start.length - end.length;
  for (let index = 0; ; index++) {
    const next = part(index);
    left -= next.length;
    if (left < 0) return `${start}${parts.join("")}${end}`;
    parts.push(next);
  }
}

const listOf = (item: (index: number) => string): string => fill("[", (index) => `${item(index)},`, "0]");
const recordOf = (key: (index: number) => string): string =>
  fill("{", (index) => `"${key(index)}":0,`, '"z":0}');
const nested = (open: string, close: string, depth: number, inner: string): string =>
  `${open.repeat(depth)}${inner}${close.repeat(depth)}`;

/** 2^20 apart, up to ten digits: V8 takes the lower bits of such a name for its hash. */
const colliding = (index: number): string => String(1_000_341_504 + index * 1_048_576);

/**
 * What somebody without the secret may send to be costly, each as large as is let in. `n` varies it, so that no cache helps.
 * None is signed with the secret.
 */
export const hostileBodies: Readonly<Record<string, (n: number) => string>> = {
  "an honest body": () => createIpnSigner("another")().body,
  "no JSON at all": (n) => fill(`${n}`, () => "}{", ""),
  "white space": (n) => fill(`${n}`, () => " ", ""),
  "arrays in arrays": (n) => nested("[", "]", noticeLimitBytes / 2 - 8, String(n)),
  "objects in objects": (n) => nested('{"a":', "}", Math.floor(noticeLimitBytes / 6) - 8, String(n)),
  "arrays that never end": (n) => fill(`[${n},`, () => "[", ""),
  "as deep as is walked, and wide": (n) =>
    fill('{"a":'.repeat(15) + "[", (index) => `${n + index},`, `0]${"}".repeat(15)}`),
  "many keys": (n) => recordOf((index) => `${(n + index) * 7_919}k`),
  "keys in the wrong order": (n) => recordOf((index) => `k${99_999 - index - (n % 1_000)}`),
  "keys that are numbers": (n) => recordOf((index) => String(index * 3 + n)),
  "keys whose hashes collide": (n) => recordOf((index) => colliding(index + (n % 1_000))),
  "one key again and again": (n) => recordOf(() => `k${n}`),
  __proto__: (n) => fill(`{"n":${n},`, () => '"__proto__":{},', '"z":0}'),
  "a long number": (n) => fill("1", () => "7", String(n % 10)),
  "a long fraction": (n) => fill("0.", () => "0", `1${n % 10}`),
  "numbers that must be rounded": (n) => listOf((index) => `2.2250738585072011${n + index}e-308`),
  "big exponents": (n) => listOf((index) => `1e${n + index}999999999`),
  "a long string": (n) => fill(`"${n}`, () => "x", '"'),
  escapes: (n) => fill(`"${n}`, () => "\\u0001", '"'),
  "halves of characters": (n) => fill(`"${n}`, () => "\\ud800", '"'),
  "many small values": (n) => listOf((index) => String((n + index) % 10)),
  "many empty objects": (n) => fill(`[${n},`, () => "{},", "0]"),
};

const makers = Object.values(hostileBodies);
export const hostileKinds = makers.length;

/** The n-th of all: each kind in turn. */
export const hostileBody = (n: number): string => makers[n % hostileKinds]!(n);
