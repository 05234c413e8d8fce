import { encodeFunctionData } from "viem";
import type { Asset } from "../money/index.ts";

/** Without outputs: Ethereum's USDT returns nothing, and a declared bool would make its success look like a failure. */
const transferAbi = [
  {
    type: "function",
    name: "transfer",
    stateMutability: "nonpayable",
    inputs: [
      { name: "to", type: "address" },
      { name: "amount", type: "uint256" },
    ],
    outputs: [],
  },
] as const;

/** The call that moves the amount: destination, value and data of the transaction. */
export function transferCall(transfer: { asset: Asset; to: string; amount: bigint }) {
  const { asset, to, amount } = transfer;
  if (asset.contract === null) return { to: to as `0x${string}`, value: amount, data: "0x" as const };
  const data = encodeFunctionData({
    abi: transferAbi,
    functionName: "transfer",
    args: [to as `0x${string}`, amount],
  });
  return { to: asset.contract as `0x${string}`, value: 0n, data };
}
