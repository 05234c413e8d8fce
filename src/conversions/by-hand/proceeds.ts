import type { Receipt } from "../../chains/receiving.ts";
import type { SendingChain } from "../../chains/sending.ts";
import type { Db } from "../../database/index.ts";
import { DomainError } from "../../errors.ts";
import type { Asset } from "../../money/index.ts";
import { listWallets, ownSenders, type Wallet } from "../../transfers/index.ts";

/** What an operator's own sale brought to a hot wallet: coins of the settlement asset, final on its chain. */
export interface Proceeds {
  readonly receipts: readonly {
    readonly transactionHash: string;
    readonly receipt: Receipt;
    /** All that the transaction brought. */
    readonly alongside: readonly Receipt[];
    readonly wallet: Wallet;
    readonly at: Date;
  }[];
  readonly amount: bigint;
  /** When the last of them was mined. */
  readonly until: Date;
}

export type ProceedsChain = Pick<SendingChain, "normaliseHash" | "readTransaction">;

/**
 * Reads what these transactions brought, in their order. Coins from a wallet that we send from are no proceeds.
 * @param hashes in the chain's normal form, each once.
 * @throws {DomainError} `proceeds_not_found`, `proceeds_not_final`
 * @throws {ProviderError} the chain gave no usable answer.
 */
export async function readProceeds(
  db: Db,
  asked: { chain: ProceedsChain; asset: Asset; hashes: readonly string[] },
  signal: AbortSignal,
): Promise<Proceeds> {
  const { chain, asset, hashes } = asked;
  const wallets = await listWallets(db, asset.chain);
  const receipts: Proceeds["receipts"][number][] = [];
  for (const hash of hashes) {
    const reading = await chain.readTransaction(
      hash,
      wallets.map(({ address }) => address),
      signal,
    );
    if (reading.status === "not_found" || reading.status === "pending")
      throw new DomainError(
        "proceeds_not_found",
        `${asset.chain} does not show ${hash} in a block yet. Try again later.`,
      );
    const brought = reading.receipts.filter((receipt) => receipt.asset.id === asset.id);
    const foreign = await withoutOurOwn(db, asset.chain, brought);
    if (reading.status === "reverted" || foreign.length === 0)
      throw new DomainError(
        "proceeds_not_found",
        `${hash} brought no ${asset.id} from elsewhere to the hot wallet. Name the transaction that did.`,
      );
    if (!reading.final)
      throw new DomainError("proceeds_not_final", `${hash} is not final yet. Try again in some minutes.`);
    for (const receipt of foreign) {
      const wallet = wallets.find(({ address }) => address.toLowerCase() === receipt.to.toLowerCase());
      const at = reading.includedIn.blockTime;
      if (wallet) receipts.push({ transactionHash: hash, receipt, alongside: reading.receipts, wallet, at });
    }
  }
  const times = receipts.map(({ at }) => at.getTime());
  return {
    receipts,
    amount: receipts.reduce((sum, { receipt }) => sum + receipt.amount, 0n),
    until: new Date(Math.max(...times)),
  };
}

/** A wallet that we send from moves coins by transfers, which are booked already. The operator's own address may send. */
async function withoutOurOwn(db: Db, chain: string, receipts: readonly Receipt[]): Promise<Receipt[]> {
  const ours = await ownSenders(
    db,
    chain,
    receipts.map(({ from }) => from),
  );
  return receipts.filter(({ from }) => !ours.has(from.toLowerCase()));
}
