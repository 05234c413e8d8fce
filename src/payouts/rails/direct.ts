import { sql, type Tx } from "../../database/index.ts";
import { accounts } from "../../ledger/index.ts";
import { ProviderError } from "../../errors.ts";
import { registry, valueInUsd, type Asset } from "../../money/index.ts";
import type { PriceSource } from "../../providers/port.ts";
import {
  cancelTransfer,
  findTransferOf,
  findWallet,
  isCancellable,
  planTransfer,
  type Transfer,
  type TransferIntent,
} from "../../transfers/index.ts";
import { type AttemptState, type Offer, type PayoutRail } from "./rail.ts";
import { payoutTasks } from "../tasks.ts";

const purpose = "payout_attempt";

/** One transfer of what the payee is owed, where that is what the payee wants. */
export const directRail: PayoutRail = {
  name: "direct",
  serves: ({ asset, destinationAsset }) => asset === destinationAsset,
  async quote({ prices, registry: assets }, { money }, signal) {
    const asset = assets.get(money.asset);
    const price = await priceOf(prices, asset, signal);
    return {
      ...offer,
      valueOf: (amount) => (price === null ? null : valueInUsd(amount, asset, price, "up")),
      leastNetOf: (amount) => amount,
    };
  },
  async look(tx, { id, payout }) {
    const transfer = await findTransferOf(tx, purpose, id);
    return {
      state: stateOf(transfer, payout.amount),
      cancellable: transfer !== null && isCancellable(transfer),
    };
  },
  async cancel(tx, attemptId, why) {
    const transfer = await findTransferOf(tx, purpose, attemptId);
    return transfer !== null && cancelTransfer(tx, transfer.id, why);
  },
  // Our own transfer ends by the chain's proof alone.
  isInDoubt: () => Promise.resolve(false),
  askAgain: () => Promise.resolve(),
  vouch: () => Promise.resolve(),
};

/** `null`: nobody tells one now. The payee gets the coin itself, so that keeps nobody from being paid. */
async function priceOf(prices: PriceSource, asset: Asset, signal: AbortSignal): Promise<string | null> {
  try {
    return (await prices.observe([asset], signal)).get(asset.id)?.usd ?? null;
  } catch (error) {
    if (error instanceof ProviderError) return null;
    throw error;
  }
}

/** Its fee is ours. */
const offer: Pick<Offer, "kind" | "route" | "most" | "greatestFeeBps" | "start"> = {
  kind: "offer",
  route: "direct",
  most: null,
  greatestFeeBps: 0,
  async start(tx, { id, payout, now }) {
    const wallet = await findWallet(tx, registry.get(payout.asset).chain);
    if (wallet === null) return "no_wallet";
    await planTransfer(tx, {
      walletId: wallet.id,
      purpose,
      purposeId: id,
      money: { asset: payout.asset, amount: payout.amount },
      toAddress: payout.destination_address,
      debitAccount: accounts.payee(payout.payee_id, "held"),
      doneTask: payoutTasks.attemptEnded,
      correlationId: payout.id,
      now,
    });
    return null;
  },
};

function stateOf(transfer: Transfer | null, amount: bigint): AttemptState {
  if (transfer === null) return { kind: "again", outcome: "transfer_never_planned" };
  switch (transfer.status) {
    case "final":
      return {
        kind: "completed",
        hash: transfer.transaction_hash ?? "",
        delivered: amount,
        afterLoss: false,
      };
    case "displaced":
    case "cancelled":
      return { kind: "again", outcome: transfer.status };
    case "reverted":
      return { kind: "review", outcome: "transfer_reverted" };
    case "in_review":
      return { kind: "watched", reason: transfer.review_reason ?? "transfer_in_review" };
    default:
      return { kind: "live" };
  }
}

/** What may be sent for a payout's attempt, by the payout's own row, while the attempt is under way. `null`: nothing, or no more. */
export async function payoutIntent(tx: Tx, attemptId: string): Promise<TransferIntent | null> {
  const { rows } = await sql<TransferIntent>`
    select p.destination_asset as asset, p.amount, p.destination_address as "toAddress"
    from payout_attempt a join payout p on p.id = a.payout_id
    where a.id = ${attemptId} and a.route = 'direct' and a.status = 'sending' and p.asset = p.destination_asset
      and p.status in ('sending', 'in_review')`.execute(tx);
  return rows[0] ?? null;
}
