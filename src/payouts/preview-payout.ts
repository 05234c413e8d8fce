import { inTransaction } from "../database/index.ts";
import { availableTo } from "../earnings/index.ts";
import { DomainError } from "../errors.ts";
import { findPayee } from "../payees/index.ts";
import { parseSetting } from "../settings/index.ts";
import { pauseOf, payoutPolicy, type PayoutPolicy, type Verdict } from "../policy/index.ts";
import { judge } from "./authorise-payout.ts";
import { findFirstOffer } from "./create-payout.ts";
import type { PayoutDeps } from "./deps.ts";
import type { PayoutRoute } from "./payout.ts";
import { payoutRoutes, serves } from "./rails/index.ts";
import { weighWays, type WeighedWay } from "./weigh-ways.ts";

export interface PayoutPreview {
  readonly asset: string;
  /** Base units; what would be asked for. */
  readonly amount: bigint;
  readonly available: bigint;
  readonly destinationAsset: string;
  readonly ways: readonly {
    readonly route: PayoutRoute;
    /** Why it is not taken; null: it would be. */
    readonly refusedBecause: string | null;
    readonly usdMicros: bigint | null;
    /** Base units of the destination asset; null: not offered. */
    readonly leastNet: bigint | null;
    readonly greatestFeeBps: number | null;
  }[];
  /** Every way that there is now, with all that it would cost. */
  readonly weighed: readonly WeighedWay[];
  /** `null`: it has no way, so the policy is not asked. */
  readonly policy: { readonly version: number | null; readonly verdict: Verdict } | null;
}

/**
 * What would happen to a payout, and why. Asks for quotes, holds nothing and writes nothing.
 * @param input.amount all that is available, if null.
 * @param input.policy a policy that is not in force, to try.
 * @throws {DomainError} `unknown_payee`, `nothing_to_pay`, `invalid_setting`
 */
export async function previewPayout(
  deps: PayoutDeps,
  input: { payeeId: string; asset: string; amount: bigint | null; policy?: unknown },
  signal: AbortSignal,
): Promise<PayoutPreview> {
  const { asset, payeeId } = input;
  const draft: PayoutPolicy | undefined =
    input.policy === undefined ? undefined : parseSetting(payoutPolicy, input.policy);
  const payee = await findPayee(deps.db, payeeId);
  if (!payee) throw new DomainError("unknown_payee", `There is no payee ${payeeId}.`);
  const available = await availableTo(deps.db, payeeId, asset);
  const amount = input.amount ?? available;
  if (amount === 0n)
    throw new DomainError("nothing_to_pay", `This payee has nothing available in ${asset} to preview.`);
  const destinationAsset = payee.destination.asset;
  const pair = { asset, destinationAsset };
  const money = { asset, amount };
  const offer = await findFirstOffer(
    deps,
    { money, destinationAsset, destination: payee.destination },
    signal,
  );
  const { chain } = deps.registry.get(asset);
  const ways = [];
  for (const route of payoutRoutes) {
    const isWay = serves(route, pair);
    const paused = await pauseOf(deps.db, { chain, rail: route });
    const usable = isWay && offer.kind === "offer" ? offer : null;
    ways.push({
      route,
      refusedBecause: whyNot(isWay, paused !== null, payee.status, offer),
      usdMicros: usable?.valueOf(amount) ?? null,
      leastNet: usable?.leastNetOf(amount) ?? null,
      greatestFeeBps: usable?.greatestFeeBps ?? null,
    });
  }
  const { ways: weighed } = await weighWays(
    deps,
    { money, destinationAsset, destinationAddress: payee.destination.address },
    { exact: true, signal },
  );
  const now = deps.clock.now();
  const judged =
    offer.kind === "offer"
      ? await inTransaction(deps.db, (tx) =>
          judge(tx, { payeeId, amount, offer, now, ...(draft && { draft }) }),
        )
      : null;
  return {
    asset,
    amount,
    available,
    destinationAsset,
    ways,
    weighed,
    policy: judged && { version: judged.inForce.version, verdict: judged.verdict },
  };
}

function whyNot(
  isWay: boolean,
  paused: boolean,
  status: "active" | "paused",
  offer: { kind: "offer" } | { kind: "none"; reason: string },
): string | null {
  if (!isWay) return "other_way_for_this_asset";
  if (status === "paused") return "payee_paused";
  if (paused) return "paused_by_operator";
  return offer.kind === "none" ? offer.reason : null;
}
