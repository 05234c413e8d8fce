import type { ChainCore } from "./chain-core.ts";
import { invalidParams } from "./rpc-error.ts";

/** A method of the node: its parameters as they came over the wire. @throws {RpcError} */
export type Method = (core: ChainCore, params: readonly unknown[]) => unknown;

/** A transaction to be, as eth_call and eth_sendTransaction take it. */
export interface CallObject {
  readonly from?: string;
  readonly to?: string;
  readonly value?: string;
  readonly data?: string;
  readonly gas?: string;
}

function hexOf(value: unknown, digits: number): string {
  if (typeof value !== "string" || !/^0x[0-9a-f]*$/i.test(value) || value.length !== digits + 2)
    throw invalidParams("invalid string length");
  return value.toLowerCase();
}

export const addressOf = (value: unknown): string => hexOf(value, 40);
export const hashOf = (value: unknown): string => hexOf(value, 64);

/** @param value hex, or a JSON number */
export function quantityOf(value: unknown): bigint {
  if (typeof value === "number" || (typeof value === "string" && /^0x[0-9a-f]+$/i.test(value)))
    return BigInt(value);
  throw invalidParams("expected a quantity");
}

/** A small one: a height, seconds, a number of blocks. */
export const countOf = (value: unknown): number => parseInt(quantityOf(value).toString(), 10);

export const slotOf = (value: unknown): string => `0x${quantityOf(value).toString(16).padStart(64, "0")}`;

/** A block's height by tag or number, above the head too. "pending" is the head: what waits has no state yet. */
export function heightOf(core: ChainCore, tag: unknown = "latest"): number {
  const head = core.head.number;
  if (tag === "latest" || tag === "pending") return head;
  if (tag === "safe") return Math.max(0, head - 1);
  if (tag === "finalized") return Math.max(0, head - 2);
  if (tag === "earliest") return 0;
  return countOf(tag);
}

/** The height whose state is asked for. @throws {RpcError} the chain is not there yet */
export function stateHeightOf(core: ChainCore, tag: unknown): number {
  const height = heightOf(core, tag);
  if (height <= core.head.number) return height;
  throw invalidParams(
    `BlockOutOfRangeError: block height is ${core.head.number} but requested was ${height}`,
  );
}
