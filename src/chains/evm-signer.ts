import { keccak256 } from "viem";
import type { PrivateKeyAccount } from "viem/accounts";
import { InvariantViolation } from "../errors.ts";
import { readEvmFee, type EvmFee } from "./evm-fee.ts";
import { transferCall } from "./evm-transfer-call.ts";
import type { Signer, UnsignedTransfer } from "./sending.ts";

/** Signs transfers of one EVM chain with one key. What it shows of the key is its address, however it is printed. */
export function createEvmSigner(
  account: PrivateKeyAccount,
  { chain, chainId }: { readonly chain: string; readonly chainId: number },
): Signer {
  return {
    chain,
    address: account.address,
    async sign(transfer) {
      const { nonce, ...fee } = checkSignable(transfer, chain);
      const { to, value, data } = transferCall(transfer);
      const raw = await account.signTransaction({
        type: "eip1559",
        chainId,
        nonce: Number(nonce),
        gas: fee.gasLimit,
        maxFeePerGas: fee.maxFeePerGas,
        maxPriorityFeePerGas: fee.maxPriorityFeePerGas,
        to,
        value,
        data,
      });
      return { raw, transactionHash: keccak256(raw) };
    },
  };
}

/** The last gate before a signature: whatever asked for it, these are never signed. */
function checkSignable(transfer: UnsignedTransfer, chain: string): EvmFee & { readonly nonce: bigint } {
  const { slot } = transfer;
  const fee = readEvmFee(transfer.fee);
  const sane =
    transfer.asset.chain === chain &&
    /^0x[0-9a-fA-F]{40}$/.test(transfer.to) &&
    transfer.amount > 0n &&
    slot.kind === "number" &&
    slot.number >= 0n &&
    slot.number <= BigInt(Number.MAX_SAFE_INTEGER) &&
    fee.gasLimit > 0n &&
    fee.maxPriorityFeePerGas <= fee.maxFeePerGas;
  if (!sane)
    throw new InvariantViolation(
      "unsignable_transfer",
      `A transfer that must not be signed reached the signer of ${chain}.`,
      {
        asset: transfer.asset.id,
        to: transfer.to,
        amount: String(transfer.amount),
      },
    );
  return { ...fee, nonce: slot.number };
}
