import type { Asset, AssetRegistry } from "../../money/index.ts";
import type { Receipt } from "../receiving.ts";
import type { TransactionReading } from "../sending.ts";
import { transactionSchema, type TransactionReceipt } from "./answers.ts";
import type { Endpoint } from "./endpoint.ts";
import { netArrivals } from "./net-arrivals.ts";
import { getTransaction, readInclusion } from "./read-inclusion.ts";
import { parseTransfer } from "./token-transfers.ts";

export interface ReadingContext {
  readonly chain: string;
  readonly native: Asset;
  readonly registry: AssetRegistry;
}

/** What one endpoint says of a transaction. @param watched in lower case */
export async function readFromEndpoint(
  context: ReadingContext,
  endpoint: Endpoint,
  hash: string,
  watched: ReadonlySet<string>,
): Promise<TransactionReading> {
  const asked = { chain: context.chain, operation: "readTransaction", endpoint: endpoint.label };
  const inclusion = await readInclusion(asked, endpoint, hash);
  if (inclusion.status !== "included") return inclusion;
  const { receipt, includedIn, finalNumber } = inclusion;

  const succeeded = receipt.status === "0x1";
  let receipts: Receipt[] = [];
  if (succeeded) {
    receipts = tokenReceipts(context, receipt, watched);
    if (receipt.to !== null && watched.has(receipt.to)) {
      const { from, to, value } = await getTransaction(asked, endpoint, receipt, transactionSchema);
      if (value > 0n && to !== null && from !== to)
        receipts.unshift({ index: "native", asset: context.native, from, to, amount: value });
    }
  }
  return {
    status: succeeded ? "succeeded" : "reverted",
    includedIn,
    final: receipt.blockNumber <= finalNumber,
    fee: receipt.gasUsed * receipt.effectiveGasPrice + (receipt.l1Fee ?? 0n),
    receipts,
  };
}

function tokenReceipts(
  { chain, registry }: ReadingContext,
  receipt: TransactionReceipt,
  watched: ReadonlySet<string>,
): Receipt[] {
  const movements = receipt.logs.flatMap((log) => {
    if (log.transactionHash !== receipt.transactionHash || log.removed === true) return [];
    const asset = registry.findByContract(chain, log.address);
    const transfer = asset === null ? null : parseTransfer(log);
    return asset === null || transfer === null ? [] : [{ index: `log:${log.logIndex}`, asset, ...transfer }];
  });
  return netArrivals(movements, watched);
}
