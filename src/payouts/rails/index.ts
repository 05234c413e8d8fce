import { bankRail } from "./bank.ts";
import { ProviderError, InvariantViolation } from "../../errors.ts";
import type { PayoutDeps } from "../deps.ts";
import type { AttemptRoute, PayoutRoute } from "../payout.ts";
import { directRail } from "./direct.ts";
import { outsideRail } from "./outside.ts";
import type { AttemptRail, PayoutRail, RailQuote, Wanted } from "./rail.ts";
import { swapRail } from "./swap.ts";

const rails: Readonly<Record<PayoutRoute, PayoutRail>> = {
  direct: directRail,
  swap: swapRail,
  bank: bankRail,
};
const attemptRails: Readonly<Record<AttemptRoute, AttemptRail>> = { ...rails, outside: outsideRail };

/** Every way by which the engine pays, as the database's checks know them. */
export const payoutRoutes = Object.keys(rails) as PayoutRoute[];
/** The same of attempts. */
export const attemptRoutes = Object.keys(attemptRails) as AttemptRoute[];

/** @throws {InvariantViolation} `unknown_rail`: a row names one that this code does not have. */
export function railOf(route: string): AttemptRail {
  const rail = attemptRoutes.find((name) => name === route);
  if (rail === undefined)
    throw new InvariantViolation("unknown_rail", `A payout names the rail "${route}", and there is none.`);
  return attemptRails[rail];
}

/** Whether a rail is the way between two assets. */
export const serves = (route: PayoutRoute, pair: { asset: string; destinationAsset: string }): boolean =>
  rails[route].serves(pair);

/** The rail that serves two assets. @throws {InvariantViolation} `no_rail`: none does. */
export function routeBetween(pair: { asset: string; destinationAsset: string }): PayoutRoute {
  const route = payoutRoutes.find((name) => serves(name, pair));
  if (route === undefined)
    throw new InvariantViolation("no_rail", `No rail goes from ${pair.asset} to ${pair.destinationAsset}.`);
  return route;
}

/** How a balance can be paid now, or why it cannot yet: it goes on growing, and the reason is kept. */
export async function findOffer(deps: PayoutDeps, wanted: Wanted, signal: AbortSignal): Promise<RailQuote> {
  const pair = { asset: wanted.money.asset, destinationAsset: wanted.destinationAsset };
  try {
    return await rails[routeBetween(pair)].quote(deps, wanted, signal);
  } catch (error) {
    if (error instanceof ProviderError) return { kind: "none", reason: `provider: ${error.reason}` };
    throw error;
  }
}

export { payoutIntent } from "./direct.ts";
export { lostForCertain, lostUnproved } from "./swap.ts";
export {
  type AttemptState,
  type Considered,
  type NoOffer,
  type Offer,
  type PayoutRail,
  type RailQuote,
  type Sight,
  type Wanted,
} from "./rail.ts";
