import { DomainError } from "../../errors.ts";
import { divide, type Asset } from "../../money/index.ts";
import type { EvmFee } from "../evm-fee.ts";
import { transferCall } from "../evm-transfer-call.ts";
import { blockSchema, bytesSchema, checkAnswer, quantitySchema } from "./answers.ts";
import type { Endpoint } from "./endpoint.ts";
import { failsByItself, RpcRefusal } from "./rpc-refusal.ts";
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
  const gasLimit = await estimateGas(context.chain, endpoint, transfer);
  const current = await currentFees(context.chain, endpoint);
  const { replaces } = transfer;
  const maxPriorityFeePerGas = atLeast(current.maxPriorityFeePerGas, replaces?.maxPriorityFeePerGas);
  const wanted = atLeast(current.maxFeePerGas, replaces?.maxFeePerGas);
  const maxFeePerGas = wanted < maxPriorityFeePerGas ? maxPriorityFeePerGas : wanted;
  if (maxFeePerGas > context.maxFeePerGasCap)
    throw new DomainError(
      "fee_above_cap",
      `Gas on ${context.chain} costs ${maxFeePerGas} wei, above the cap of ${context.maxFeePerGasCap}: wait, or raise the cap.`,
      { maxFeePerGas: String(maxFeePerGas), cap: String(context.maxFeePerGasCap) },
    );
  return { gasLimit, maxFeePerGas, maxPriorityFeePerGas };
}

async function currentFees(chain: string, endpoint: Endpoint) {
  const asked = { chain, operation: "estimate", endpoint: endpoint.label };
  const block = checkAnswer(
    blockSchema,
    await endpoint.request("eth_getBlockByNumber", ["latest", false]),
    asked,
  );
  const tip = checkAnswer(quantitySchema, await endpoint.request("eth_maxPriorityFeePerGas", []), asked);
  // Twice the base fee survives six full blocks.
  return { maxFeePerGas: 2n * (block.baseFeePerGas ?? 0n) + tip, maxPriorityFeePerGas: tip };
}

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
