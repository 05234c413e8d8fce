import type { AnvilControl, ChainReceipt, ChainTransaction } from "../sandbox/anvil.ts";
import { registry } from "../src/money/index.ts";
import { payer } from "./world.ts";

/** Coins that moved on the chain, whoever says otherwise. Addresses in lower case, amounts in base units. */
export interface Move {
  readonly hash: string;
  readonly asset: string;
  readonly from: string;
  readonly to: string;
  readonly amount: bigint;
}

export interface ChainTruth {
  readonly moves: readonly Move[];
  /** Fees by sender, of reverted transactions too. */
  readonly fees: ReadonlyMap<string, bigint>;
}

type Receipt = ChainReceipt & { readonly gasUsed: string; readonly effectiveGasPrice: string };
const transferTopic = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";
const addressOf = (topic: string | undefined): string => `0x${(topic ?? "").slice(26)}`;

const assetOf = new Map(
  registry.all
    .filter(({ chain, contract }) => chain === "ethereum" && contract !== null)
    .map(({ id, contract }) => [contract!.toLowerCase(), id]),
);

function movesOf(transaction: ChainTransaction, receipt: Receipt): Move[] {
  if (receipt.status !== "0x1") return [];
  const { hash } = transaction;
  const from = transaction.from.toLowerCase();
  const native = {
    hash,
    asset: "ethereum:ETH",
    from,
    to: transaction.to?.toLowerCase() ?? "",
    amount: BigInt(transaction.value),
  };
  const tokens = receipt.logs
    .filter(({ topics, address }) => topics[0] === transferTopic && assetOf.has(address.toLowerCase()))
    .map(({ address, topics, data }) => ({
      hash,
      asset: assetOf.get(address.toLowerCase())!,
      from: addressOf(topics[1]),
      to: addressOf(topics[2]),
      amount: BigInt(data),
    }));
  return [native, ...tokens].filter(({ amount }) => amount > 0n);
}

/** The hot wallet and the addresses that payers were given, by what they paid to. */
export const oursOf = ({ moves }: Pick<ChainTruth, "moves">, wallet: string): ReadonlySet<string> =>
  new Set([
    wallet.toLowerCase(),
    ...moves.filter(({ from }) => from === payer.toLowerCase()).map(({ to }) => to),
  ]);

/** Everything that happened on the chain, block after block. */
export async function readChainTruth(chain: AnvilControl): Promise<ChainTruth> {
  const moves: Move[] = [];
  const fees = new Map<string, bigint>();
  const head = await chain.blockNumber();
  for (let height = 1; height <= head; height++) {
    const block = await chain.rpc<{ transactions: ChainTransaction[] }>("eth_getBlockByNumber", [
      `0x${height.toString(16)}`,
      true,
    ]);
    for (const transaction of block.transactions) {
      const receipt = (await chain.getReceipt(transaction.hash)) as Receipt | null;
      if (receipt === null) throw new Error(`block ${height} holds a transaction without a receipt`);
      const from = transaction.from.toLowerCase();
      fees.set(from, (fees.get(from) ?? 0n) + BigInt(receipt.gasUsed) * BigInt(receipt.effectiveGasPrice));
      moves.push(...movesOf(transaction, receipt));
    }
  }
  return { moves, fees };
}
