import {
  askAboutFailed,
  cancelBankTransfer,
  findBankTransferOf,
  planBankTransfer,
  quoteBank,
  readBankSpreadBps,
  vouchForFailed,
  type BankQuote,
  type BankTransfer,
} from "../../banking/index.ts";
import { accounts } from "../../ledger/index.ts";
import { currencyOf, divide, parseBankAccount, valueInUsd } from "../../money/index.ts";
import { payoutTasks } from "../tasks.ts";
import type { AttemptState, Offer, PayoutRail, Wanted } from "./rail.ts";

const purpose = "payout_attempt";

/** A payment out of a float of ours to the payee's account: what they are owed becomes ours, at a rate that is asked for each time. */
export const bankRail: PayoutRail = {
  name: "bank",
  serves: ({ asset, destinationAsset }) =>
    currencyOf(destinationAsset) !== null && asset !== destinationAsset,
  async quote(deps, wanted, signal) {
    const { money, destinationAsset, destination } = wanted;
    const source = deps.registry.get(money.asset);
    const target = deps.registry.get(destinationAsset);
    const bank = [...deps.banks.values()].find((one) => one.serves(target));
    if (bank === undefined) return { kind: "none", reason: "no_bank" };
    const price = (await deps.prices.observe([source], signal)).get(source.id)?.usd;
    if (price === undefined) return { kind: "none", reason: "no_price" };
    const spreadBps = await readBankSpreadBps(deps.db);
    const worth = valueInUsd(money.amount, source, price, "down");
    const usdMicros = divide(worth * BigInt(10_000 - spreadBps), 10_000n, "down");
    const account = {
      asset: target,
      address: destination?.address ?? null,
      holder: destination?.memo ?? null,
    };
    const quote = await quoteBank(bank, { ...account, usdMicros }, signal);
    if (quote.kind === "none") return quote;
    return offerOf(wanted, quote, spreadBps, (amount) => valueInUsd(amount, source, price, "up"));
  },
  async look(tx, { id }) {
    const transfer = await findBankTransferOf(tx, purpose, id);
    const cancellable = transfer?.status === "planned" || transfer?.status === "cancelled";
    return { state: stateOf(transfer), cancellable };
  },
  async cancel(tx, attemptId, why) {
    const transfer = await findBankTransferOf(tx, purpose, attemptId);
    return transfer !== null && cancelBankTransfer(tx, transfer.id, why);
  },
  isInDoubt: async (tx, attemptId) =>
    ((await findBankTransferOf(tx, purpose, attemptId))?.contradicted_at ?? null) !== null,
  askAgain: async (deps, attemptId, signal) =>
    askAboutFailed(deps, { purpose, purposeId: attemptId }, signal),
  vouch: (tx, attemptId) => vouchForFailed(tx, { purpose, purposeId: attemptId }),
};

/** A part of a whole in basis points, rounded up. */
const bpsOf = (part: bigint, whole: bigint): number =>
  Number.parseInt(divide(part * 10_000n, whole, "up").toString(), 10);

/** Of less than was asked for, less in proportion: the fee is kept whole, so that nobody is promised too much. */
function offerOf(
  { money, destinationAsset }: Wanted,
  quote: BankQuote,
  spreadBps: number,
  valueOf: Offer["valueOf"],
): Offer {
  const gross = quote.net + quote.fee;
  return {
    kind: "offer",
    route: "bank",
    most: null,
    valueOf,
    leastNetOf: (amount) => {
      const net = divide(gross * amount, money.amount, "down") - quote.fee;
      return net > quote.net ? quote.net : net > 0n ? net : 0n;
    },
    greatestFeeBps: spreadBps + bpsOf(quote.fee, gross),
    async start(tx, { id, payout, now }) {
      if (payout.amount !== money.amount) return "quoted_for_another_amount";
      if (payout.destination_memo === null) return "account_holder_missing";
      const isPlanned = await planBankTransfer(tx, {
        purpose,
        purposeId: id,
        provider: quote.provider,
        money: { asset: destinationAsset, amount: quote.net },
        feeExpected: quote.fee,
        account: parseBankAccount(currencyOf(destinationAsset)!.symbol, payout.destination_address),
        holder: payout.destination_memo,
        source: { asset: payout.asset, amount: payout.amount },
        debitAccount: accounts.payee(payout.payee_id, "held"),
        doneTask: payoutTasks.attemptEnded,
        correlationId: payout.id,
        now,
      });
      return isPlanned ? null : "bank_float_too_small";
    },
  };
}

function stateOf(transfer: BankTransfer | null): AttemptState {
  if (transfer === null) return { kind: "again", outcome: "bank_transfer_never_planned" };
  switch (transfer.status) {
    case "succeeded":
      return {
        kind: "completed",
        hash: `${transfer.provider}:${transfer.external_id ?? ""}`,
        delivered: transfer.amount,
        afterLoss: false,
      };
    case "failed":
      return { kind: "again", outcome: "refused_by_bank" };
    case "cancelled":
      return { kind: "again", outcome: "cancelled" };
    case "in_review":
      return { kind: "watched", reason: transfer.review_reason ?? "bank_transfer_in_review" };
    case "pending":
      return { kind: "sent" };
    default:
      return { kind: "live" };
  }
}
