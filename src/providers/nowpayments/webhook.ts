import { createHmac, timingSafeEqual } from "node:crypto";
import { InvariantViolation } from "../../errors.ts";

export const signatureHeader = "x-nowpayments-sig";

type ArrayForm = "kept" | "as_objects";

/** Their notices are two levels deep and name some thirty values. What is more is not theirs, and is not walked. */
const deepest = 16;
const mostValues = 1_000;

/**
 * The text the provider signs: keys sorted at every depth, no white space, numbers as JavaScript prints them.
 * Built as text, not as an object, so that no key name (`__proto__`) can drop out of what is signed.
 * @throws {RangeError} nested deeper, or of more values, than any notice of theirs.
 */
function canonicalText(body: unknown, arrays: ArrayForm): string {
  let values = 0;
  const textOf = (value: unknown, depth: number): string => {
    if (depth > deepest || ++values > mostValues) throw new RangeError("more than a notice is");
    if (value === null || typeof value !== "object") return JSON.stringify(value);
    if (Array.isArray(value) && arrays === "kept")
      return `[${value.map((item) => textOf(item, depth + 1)).join(",")}]`;
    const entries = Object.entries(value);
    if (entries.length > mostValues) throw new RangeError("more than a notice is");
    if (!Array.isArray(value)) entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${textOf(item, depth + 1)}`).join(",")}}`;
  };
  return textOf(body, 0);
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
    if (raw.includes("[")) yield Buffer.from(canonicalText(body, "as_objects"));
  } catch {
    // Not JSON, or more than a notice is: only the bytes themselves can have been signed.
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

/** As their server signs a body that is in its canonical form. */
export const signNotice = (body: string, secret: string): string =>
  digestOf(secret, Buffer.from(body)).toString("hex");

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
