import { createHmac, timingSafeEqual } from "node:crypto";
import { InvariantViolation } from "../../errors.ts";

export const signatureHeader = "x-nowpayments-sig";

type ArrayForm = "kept" | "as_objects";

/**
 * The text the provider signs: keys sorted at every depth, no white space, numbers as JavaScript prints them.
 * Built as text, not as an object, so that no key name (`__proto__`) can drop out of what is signed.
 */
function canonicalText(value: unknown, arrays: ArrayForm): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value) && arrays === "kept")
    return `[${value.map((item) => canonicalText(item, arrays)).join(",")}]`;
  const entries = Object.entries(value);
  if (!Array.isArray(value)) entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalText(item, arrays)}`).join(",")}}`;
}

const digestOf = (secret: string, message: Buffer | string): Buffer =>
  createHmac("sha512", secret).update(message).digest();

/** Their server signs one of three texts, and which one cannot be told from the outside: the likeliest first. */
function* acceptedDigests(raw: Buffer, secret: string): Generator<Buffer> {
  yield digestOf(secret, raw);
  let texts: string[] = [];
  try {
    const body: unknown = JSON.parse(raw.toString("utf8"));
    texts = [canonicalText(body, "kept"), canonicalText(body, "as_objects")];
  } catch {
    // Not JSON, or nested beyond reason: only the bytes themselves can have been signed.
  }
  for (const text of texts) yield digestOf(secret, text);
}

/**
 * Whether the body was signed with the secret. Each comparison takes constant time; never throws.
 * @param signature the header as received: hex in either letter case.
 */
export function verifySignature(
  raw: Buffer,
  signature: string | string[] | undefined,
  secret: string,
): boolean {
  if (typeof signature !== "string" || !/^[0-9a-f]{128}$/i.test(signature)) return false;
  if (raw.length === 0 || secret === "") return false;
  const given = Buffer.from(signature, "hex");
  for (const digest of acceptedDigests(raw, secret)) if (timingSafeEqual(digest, given)) return true;
  return false;
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
    verifySignature(signed, signature, secret) &&
    verifySignature(reordered, signature.toUpperCase(), secret) &&
    !verifySignature(altered, signature, secret) &&
    !verifySignature(signed, signature, `${secret}x`);
  if (!works)
    throw new InvariantViolation("signature_self_test_failed", "The event signature check does not work.");
}
