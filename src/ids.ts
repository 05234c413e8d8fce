import { hash, randomBytes } from "node:crypto";

/** @param hex 16 bytes or more; version and variant take the place of six of their bits. */
function formatUuid(hex: string, version: number): string {
  const variant = "89ab"[parseInt(hex[16]!, 16) & 3]!;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${version}${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
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
  return formatUuid(bytes.toString("hex"), 7);
}

/**
 * The id that follows from what it stands for: the same parts give the same UUID for ever (RFC 9562 version 8).
 * Journal entries use it, so that a step done twice names the same entry twice.
 */
export function derivedId(...parts: readonly string[]): string {
  return formatUuid(hash("sha256", parts.join("\u0000"), "hex"), 8);
}
