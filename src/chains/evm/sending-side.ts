import { InvariantViolation, ProviderError } from "../../errors.ts";
import type { Asset } from "../../money/index.ts";
import { readEvmFee, toFee, type EvmFee } from "../evm-fee.ts";
import type { Sending, SendingChain } from "../sending.ts";

/** What only an EVM chain can be asked. */
export interface EvmQuestions {
  /**
   * How many transactions of the address are mined: the next nonce by the chain's own count, at the head or at finality;
   * "pending" also counts those the node holds unmined.
   */
  minedNonce(address: string, at: "latest" | "final" | "pending", signal: AbortSignal): Promise<bigint>;
  /**
   * The hash of the transaction that used a nonce of the address for good, in a final block: proof that no other one with
   * that nonce can ever land. `null`: not proved, be it because none did or because no node can tell.
   */
  findNonceUse(address: string, nonce: bigint, signal: AbortSignal): Promise<string | null>;
  /**
   * Fees for now, within the configured cap.
   * @param transfer.replaces fees of an earlier attempt with the same nonce: the answer outbids both far enough to replace it.
   * @throws {DomainError} `fee_above_cap`, `transfer_would_revert`
   */
  estimate(
    transfer: Sending & { replaces?: Pick<EvmFee, "maxFeePerGas" | "maxPriorityFeePerGas"> },
    signal: AbortSignal,
  ): Promise<EvmFee>;
}

/** A token's transfer to somebody who never held it; less for most. */
const usualGas = 65_000n;

/** What an EVM chain offers as a place to send on: its slots are nonces, its fees are gas. */
export function createSendingSide(
  { minedNonce, findNonceUse, estimate }: EvmQuestions,
  native: Asset,
): Pick<SendingChain, "estimateFee" | "usualFee" | "prepare" | "raiseFee" | "look"> {
  return {
    estimateFee: async (transfer, signal) => toFee(await estimate(transfer, signal)),
    async usualFee(from, signal) {
      const nothing = { from, to: from, asset: native, amount: 0n };
      return (await estimate(nothing, signal)).maxFeePerGas * usualGas;
    },
    async prepare(transfer, signal) {
      const fee = toFee(await estimate(transfer, signal));
      const included = await minedNonce(transfer.from, "latest", signal);
      const pending = await minedNonce(transfer.from, "pending", signal);
      return { fee, slot: { kind: "number", included, pending } };
    },
    async raiseFee(transfer, earlier, signal) {
      const replaces = readEvmFee(earlier.fee);
      const current = await estimate(transfer, signal);
      const tooLow =
        current.maxFeePerGas > replaces.maxFeePerGas ||
        current.maxPriorityFeePerGas > replaces.maxPriorityFeePerGas ||
        earlier.refused;
      if (!tooLow) return null;
      const raised = await estimate({ ...transfer, replaces }, signal);
      return toFee(raised.gasLimit > replaces.gasLimit ? raised : { ...raised, gasLimit: replaces.gasLimit });
    },
    async look({ from, slot }, signal) {
      if (slot.kind !== "number")
        throw new InvariantViolation(
          "foreign_slot",
          `A transfer on an EVM chain holds a nonce, not a ${slot.kind}.`,
        );
      if ((await minedNonce(from, "final", signal)) <= slot.number) return { kind: "open" };
      // Neither a nonce that is used nor a receipt that is missing proves that another transaction has it: both are true of
      // our own at a node that forgot it.
      try {
        const by = await findNonceUse(from, slot.number, signal);
        return by === null ? { kind: "unproved" } : { kind: "taken", by };
      } catch (error) {
        if (error instanceof ProviderError) return { kind: "unproved" }; // nodes keep old state only for a while
        throw error;
      }
    },
  };
}
