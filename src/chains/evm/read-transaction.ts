import type { TransactionReading } from "../sending.ts";
import type { TransactionReceipt } from "./answers.ts";
import type { Endpoint } from "./endpoint.ts";
import { interpretDeposits, readDepositFacts } from "./read-deposits.ts";
import { readInclusion, type Inclusion } from "./read-inclusion.ts";
import type { ReadingContext } from "./reading-context.ts";
import type { WatchedAddresses } from "./watched-addresses.ts";

type Landed = Extract<TransactionReading, { status: "succeeded" | "reverted" }>;

/** A reading, and whether another endpoint may show more: native coins that a contract sent on. */
export interface EndpointReading {
  readonly reading: TransactionReading;
  readonly mayHideTransfers: boolean;
}

/** What one endpoint says of a transaction: what it brought to the watched addresses is read as a payer's deposit is. */
export async function readFromEndpoint(
  context: ReadingContext,
  endpoint: Endpoint,
  hash: string,
  watched: WatchedAddresses,
): Promise<EndpointReading> {
  if (watched.size === 0) {
    const asked = { chain: context.chain, operation: "readTransaction", endpoint: endpoint.label };
    const inclusion = await readInclusion(asked, endpoint, hash);
    const reading = inclusion.status === "included" ? landed(inclusion) : inclusion;
    return { reading, mayHideTransfers: false };
  }
  const facts = await readDepositFacts(context, endpoint, hash);
  if (facts.status !== "included") return { reading: { status: facts.status }, mayHideTransfers: false };
  const brought = interpretDeposits(context, facts, watched);
  if (brought.status !== "included") return { reading: brought, mayHideTransfers: false };
  const receipts = brought.deposits.map(({ from, to, ...deposit }) => ({
    ...deposit,
    from: from?.toLowerCase() ?? "",
    to: to.toLowerCase(),
  }));
  return { reading: { ...landed(facts), receipts }, mayHideTransfers: brought.mayHideTransfers };
}

function landed({
  receipt,
  includedIn,
  finalNumber,
}: Pick<Inclusion, "includedIn" | "finalNumber"> & { receipt: TransactionReceipt }): Landed {
  return {
    status: receipt.status === "0x1" ? "succeeded" : "reverted",
    includedIn,
    final: receipt.blockNumber <= finalNumber,
    fee: receipt.gasUsed * receipt.effectiveGasPrice + (receipt.l1Fee ?? 0n),
    receipts: [],
  };
}
