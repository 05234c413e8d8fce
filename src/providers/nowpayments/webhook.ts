import { createHmac, timingSafeEqual } from "node:crypto";
import { InvariantViolation } from "../../errors.ts";

export const signatureHeader = "x-nowpayments-sig";

type ArrayForm = "kept" | "as_objects";

/** Their notices are two levels deep. What is deeper is not theirs, and is not walked. */
const deepest = 16;

/**
 * The text the provider signs: keys sorted at every depth, no white space, numbers as JavaScript prints them.
 * Built as text, not as an object, so that no key name (`__proto__`) can drop out of what is signed.
 * @throws {RangeError} nested deeper than any notice of theirs.
 */
function canonicalText(value: unknown, arrays: ArrayForm, depth = 0): string {
  if (depth > deepest) throw new RangeError("nested too deep");
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const textOf = (item: unknown): string => canonicalText(item, arrays, depth + 1);
  if (Array.isArray(value) && arrays === "kept") return `[${value.map(textOf).join(",")}]`;
  const entries = Object.entries(value);
  if (!Array.isArray(value)) entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${textOf(item)}`).join(",")}}`;
}

const digestOf = (secret: string, message: Buffer): Buffer =>
  createHmac("sha512", secret).update(message).digest();

/** Their server signs one of three texts, and which one cannot be told from the outside: the likeliest first. */
function* textsThatMayBeSigned(raw: Buffer): Generator<Buffer> {
  yield raw;
  let body: unknown;
  try {
    body = JSON.parse(raw.toString("utf8"));
    yield Buffer.from(canonicalText(body, "kept"));
    yield Buffer.from(canonicalText(body, "as_objects"));
  } catch {
    // Not JSON, or nested beyond reason: only the bytes themselves can have been signed.
  }
}

/**
 * The text that the signature covers, the only one that may be read: a body can be spelled in many ways (`7`, `7.0`, `7e0`, a
 * key twice) that all have one signed text. Null: not signed with this secret. Each comparison takes constant time; never
 * throws.
 * @param signature the header as received: hex in either letter case.
 */
export function signedText(
  raw: Buffer,
  signature: string | string[] | undefined,
  secret: string,
): Buffer | null {
  if (typeof signature !== "string" || !/^[0-9a-f]{128}$/i.test(signature)) return null;
  if (raw.length === 0 || secret === "") return null;
  const given = Buffer.from(signature, "hex");
  for (const text of textsThatMayBeSigned(raw))
    if (timingSafeEqual(digestOf(secret, text), given)) return text;
  return null;
}

/**
 * Proves at start that what we check with is what we were given (F04: a secret under the wrong name refused every event).
 * @throws {InvariantViolation} `signature_self_test_failed`
 */
export function selfTestSignature(secret: string): void {
  const signed = Buffer.from('{"payment_id":1,"payment_status":"finished"}');
  const reordered = Buffer.from('{ "payment_status": "finished", "payment_id": 1 }');
  const altered = Buffer.from('{"payment_id":2,"payment_status":"finished"}');
  const signature = digestOf(secret, signed).toString("hex");
  const works =
    signedText(signed, signature, secret)?.equals(signed) &&
    signedText(reordered, signature.toUpperCase(), secret)?.equals(signed) &&
    signedText(altered, signature, secret) === null &&
    signedText(signed, signature, `${secret}x`) === null;
  if (!works)
    throw new InvariantViolation("signature_self_test_failed", "The event signature check does not work.");
}
