import { createHash } from "node:crypto";
import { createBase58check } from "@scure/base";

const sha256 = (bytes: Uint8Array): Uint8Array =>
  Uint8Array.from(createHash("sha256").update(bytes).digest());
const base58check = createBase58check(sha256);

export const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");

/** 21 bytes in hex, as the node's API has addresses. */
export const hexOf = (address: string): string => Buffer.from(base58check.decode(address)).toString("hex");

/** The 20 bytes that events have. */
export const wordOf = (address: string): string => hexOf(address).slice(2);

/** @param hex 21 bytes, with or without 0x. */
export const addressOf = (hex: string): string =>
  base58check.encode(Uint8Array.from(Buffer.from(hex.replace(/^0x/, ""), "hex")));

/** An address that belongs to nobody, always the same one for a name. */
export const inventAddress = (name: string): string =>
  addressOf(`41${hashOf(`address of ${name}`).slice(0, 40)}`);
