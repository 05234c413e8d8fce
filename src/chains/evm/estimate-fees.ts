import type { z } from "zod";
import { DomainError } from "../../errors.ts";
import { divide, type Asset } from "../../money/index.ts";
import type { EvmFee } from "../evm-fee.ts";
import { transferCall } from "../evm-transfer-call.ts";
import { blockSchema, bytesSchema, checkAnswer, feeHistorySchema, quantitySchema } from "./answers.ts";
import type { Endpoint } from "./endpoint.ts";
import { failsByItself, refusesMethod, RpcRefusal } from "./rpc-refusal.ts";
import type { EvmQuestions } from "./sending-side.ts";

/** A plain send to an address without code costs exactly this on chains with layer 1 rules. */
const plainSendGas = 21_000n;

/** Pools replace from +10 % on both fees; 12.5 % is enough for every client. */
const outbid = (fee: bigint): bigint => divide(fee * 1125n, 1000n, "up") + 1n;

const atLeast = (fee: bigint, old: bigint | undefined): bigint =>
  old === undefined || fee > outbid(old) ? fee : outbid(old);

export async function estimateAt(
  context: { chain: string; maxFeePerGasCap: bigint },
  endpoint: Endpoint,
  transfer: Parameters<EvmQuestions["estimate"]>[0],
): Promise<EvmFee> {
  const { chain, maxFeePerGasCap: cap } = context;
  const gasLimit = await estimateGas(chain, endpoint, transfer);
  const { replaces } = transfer;
  const baseFee = await readBaseFee(chain, endpoint);
  const maxPriorityFeePerGas = atLeast(
    await readTip(chain, endpoint, baseFee),
    replaces?.maxPriorityFeePerGas,
  );
  const paid = baseFee + maxPriorityFeePerGas;
  const maxFeePerGas = atLeast(roomAbove(paid, baseFee, cap), replaces?.maxFeePerGas);
  if (maxFeePerGas > cap)
    throw new DomainError(
      "fee_above_cap",
      `Gas on ${chain} costs ${maxFeePerGas} wei, above the cap of ${cap}: wait, or raise the cap.`,
      { maxFeePerGas: String(maxFeePerGas), cap: String(cap) },
    );
  return { gasLimit, maxFeePerGas, maxPriorityFeePerGas };
}

/**
 * What to offer where so much would be paid now. Another base fee on top survives six full blocks; the cap cuts that, and leaves
 * enough for one replacement, so that a transfer whose tip proves too low does not hold up its wallet.
 */
function roomAbove(paid: bigint, baseFee: bigint, cap: bigint): bigint {
  const wanted = paid + baseFee;
  const replaceable = divide(cap * 1000n, 1125n, "down") - 1n;
  if (wanted <= replaceable) return wanted;
  return paid > replaceable ? paid : replaceable;
}

async function readBaseFee(chain: string, endpoint: Endpoint): Promise<bigint> {
  const asked = { chain, operation: "estimate", endpoint: endpoint.label };
  const answer = await endpoint.request("eth_getBlockByNumber", ["latest", false]);
  return checkAnswer(blockSchema, answer, asked).baseFeePerGas ?? 0n;
}

const tipMethod = "eth_maxPriorityFeePerGas";
const historyBlocks = 10;

/** The tip that the node advises; where it gives no such advice, what others paid lately, or what its gas price has above the base. */
async function readTip(chain: string, endpoint: Endpoint, baseFee: bigint): Promise<bigint> {
  const asked = { chain, operation: "estimate", endpoint: endpoint.label };
  const read = async <Schema extends z.ZodType>(
    schema: Schema,
    method: string,
    params: readonly unknown[],
  ) => {
    if (endpoint.lacks(method)) return null;
    try {
      return checkAnswer(schema, await endpoint.request(method, params), asked);
    } catch (error) {
      if (error instanceof RpcRefusal && refusesMethod(error)) return null;
      throw error;
    }
  };
  const advised = await read(quantitySchema, tipMethod, []);
  if (advised !== null) return advised;
  const history = await read(feeHistorySchema, "eth_feeHistory", [
    `0x${historyBlocks.toString(16)}`,
    "latest",
    [50],
  ]);
  const paid = (history?.reward ?? []).flatMap(([median]) => (median > 0n ? [median] : [])).toSorted(compare);
  const middle = paid[paid.length >> 1];
  if (middle !== undefined) return middle;
  const gasPrice = checkAnswer(quantitySchema, await endpoint.request("eth_gasPrice", []), asked);
  return gasPrice > baseFee ? gasPrice - baseFee : 0n;
}

const compare = (one: bigint, other: bigint): number => (one < other ? -1 : one > other ? 1 : 0);

async function estimateGas(
  chain: string,
  endpoint: Endpoint,
  transfer: { from: string; to: string; asset: Asset; amount: bigint },
): Promise<bigint> {
  const asked = { chain, operation: "estimate", endpoint: endpoint.label };
  const { to, value, data } = transferCall(transfer);
  const call = { from: transfer.from, to, value: `0x${value.toString(16)}`, data };
  const codeAt = async () =>
    checkAnswer(bytesSchema, await endpoint.request("eth_getCode", [to, "latest"]), asked);
  const wouldRevert = (why: string) =>
    new DomainError(
      "transfer_would_revert",
      `${chain} would refuse this transfer (${why}): check the destination, the balance and whether the token is paused.`,
      { to: transfer.to, asset: transfer.asset.id },
    );
  try {
    const code = await codeAt();
    if (transfer.asset.contract !== null) {
      // A call to an address without code succeeds and moves nothing.
      if (code === "0x") throw wouldRevert("the token has no contract there");
      const returned = checkAnswer(bytesSchema, await endpoint.request("eth_call", [call, "latest"]), asked);
      if (returned !== "0x" && BigInt(returned) !== 1n) throw wouldRevert("the token answers false");
    }
    const gas = checkAnswer(quantitySchema, await endpoint.request("eth_estimateGas", [call]), asked);
    const plain = transfer.asset.contract === null && code === "0x" && gas === plainSendGas;
    return plain ? plainSendGas : divide(gas * 12n, 10n, "up");
  } catch (error) {
    if (error instanceof RpcRefusal && failsByItself(error)) throw wouldRevert(error.message.slice(0, 200));
    throw error;
  }
}
