import { createHash } from "node:crypto";
import { randomBytes } from "../randomness.ts";

const bytesOf = (address: string): Buffer => Buffer.from(padded(address).slice(2), "hex");

/** 0x and 64 digits: how the indexer spells addresses. */
export const padded = (address: string): string => `0x${address.slice(2).toLowerCase().padStart(64, "0")}`;

/** Without leading zeros: how a node spells them. */
export const short = (address: string): string =>
  `0x${padded(address)
    .slice(2)
    .replace(/^0+(?=.)/, "")}`;

export const inventHash = (): string => `0x${randomBytes(32).toString("hex")}`;

function derive(owner: string, seed: Buffer, scheme: number): string {
  const preimage = Buffer.concat([bytesOf(owner), seed, Buffer.of(scheme)]);
  return `0x${createHash("sha3-256").update(preimage).digest("hex")}`;
}

export const primaryStore = (owner: string, metadata: string): string =>
  derive(owner, bytesOf(metadata), 0xfc);

/** The metadata of the fungible asset that a coin turns into. */
export const pairedMetadata = (coinType: string): string =>
  coinType === aptCoin ? "0xa" : derive("0xa", Buffer.from(coinType), 0xfe);

export const aptCoin = "0x1::aptos_coin::AptosCoin";
/** Circle's USDC, which emits events of its own beside the framework's. */
export const usdcMetadata = "0xbae207659db88bea0cbead6da0ed00aac12edcdda169e591cd41c94180b46f3b";
/** Anybody may make one of these and call it "USDT" with six digits. */
export const fakeUsdtMetadata = `0x${"f4ce".repeat(16)}`;
/** Where money comes from when nobody in particular sends it. */
export const stranger = `0x${"57a6".repeat(16)}`;
