import { createHash, randomBytes } from "node:crypto";

function formatUuid(bytes: Uint8Array, version: number): string {
  bytes[6] = (bytes[6]! & 0x0f) | (version << 4);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Buffer.from(bytes).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Where new ids come from. */
export interface IdSource {
  randomBytes(size: number): Buffer;
  /** Milliseconds since 1970. */
  now(): number;
}

let source: IdSource = { randomBytes, now: Date.now };

/** From now on every new id of this process comes from here: a simulation that is run again gets the same ones. */
export function useIdSource(given: IdSource): void {
  source = given;
}

/** A new UUID of version 7: opaque to the outside, yet rows written together lie together in an index. */
export function newId(): string {
  const bytes = source.randomBytes(16);
  bytes.writeUIntBE(source.now(), 0, 6);
  return formatUuid(bytes, 7);
}

/**
 * The id that follows from what it stands for: the same parts give the same UUID for ever (RFC 9562 version 8).
 * Journal entries use it, so that a step done twice names the same entry twice.
 */
export function derivedId(...parts: readonly string[]): string {
  return formatUuid(createHash("sha256").update(parts.join("\u0000")).digest().subarray(0, 16), 8);
}
