import type { Clock } from "../clock.ts";
import type { BankingDeps } from "../banking/index.ts";
import type { Tx } from "../database/index.ts";
import { sweepGasIntent, sweepIntent } from "../gathering/index.ts";
import { fiatChain, registry } from "../money/index.ts";
import { bankAuthority, payoutAuthority, payoutIntent, swapAuthority } from "../payouts/index.ts";
import { askGate, type Authority, type Refusal } from "../policy/index.ts";
import { refundAuthority, refundIntent } from "../refunds/index.ts";
import { fundingIntent, type FundingIntent } from "../swaps/index.ts";
import { isWallet, type GatedIntent, type TransferDeps, type TransferIntent } from "../transfers/index.ts";

type FoundAuthority =
  { readonly authority: Authority; readonly rail: string | null } | { readonly refused: Refusal };

const byPolicy: FoundAuthority = { authority: { by: "policy" }, rail: null };

/** A swap that brings its coins back to a wallet of ours, which is all that the policy lets go by itself. */
async function conversionAuthority(tx: Tx, swap: FundingIntent): Promise<FoundAuthority> {
  const { chain } = registry.get(swap.targetAsset);
  return (await isWallet(tx, chain, swap.targetAddress)) ? byPolicy : { refused: "not_authorised" };
}

/** Every purpose of a send: what its owner's own row wants, and on whose word it may leave. What is not here is never signed. */
export function transferIntents({ clock }: { readonly clock: Clock }): TransferDeps["intents"] {
  const gated =
    <Intent extends TransferIntent>(
      read: (tx: Tx, id: string) => Promise<Intent | null>,
      find: (tx: Tx, id: string, intent: Intent) => Promise<FoundAuthority>,
    ) =>
    async (tx: Tx, id: string): Promise<GatedIntent | null> => {
      const intent = await read(tx, id);
      if (intent === null) return null;
      return {
        ...intent,
        mayLeave: async (chain) => {
          const found = await find(tx, id, intent);
          if ("refused" in found) return { kind: "refused", reason: found.refused };
          return askGate(tx, found.authority, { chain, rail: found.rail, now: clock.now() });
        },
      };
    };
  // Into the hot wallet, or gas for an address of ours: their own rows say which.
  const toOurselves = () => Promise.resolve(byPolicy);
  return new Map([
    [
      "swap",
      gated(fundingIntent, (tx, _id, swap) =>
        swap.purpose === "payout_attempt" ? swapAuthority(tx, swap) : conversionAuthority(tx, swap),
      ),
    ],
    ["payout_attempt", gated(payoutIntent, payoutAuthority)],
    ["sweep_gas", gated(sweepGasIntent, toOurselves)],
    ["sweep", gated(sweepIntent, toOurselves)],
    ["refund_attempt", gated(refundIntent, refundAuthority)],
  ]);
}

/** The same of payments to banks: every purpose there is. */
export const bankIntents = ({ clock }: { readonly clock: Clock }): BankingDeps["mayLeave"] =>
  new Map([
    [
      "payout_attempt",
      async (tx, transfer) => {
        const found = await bankAuthority(tx, transfer);
        if ("refused" in found) return { kind: "refused", reason: found.refused };
        return askGate(tx, found.authority, { chain: fiatChain, rail: found.rail, now: clock.now() });
      },
    ],
  ]);
