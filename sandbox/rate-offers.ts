import type { Clock } from "../src/clock.ts";
import { randomBytes } from "./randomness.ts";
import type { Pair } from "./swap-desk.ts";

export interface RateOffer extends Pair {
  readonly fromAmount: bigint;
  readonly toAmount: bigint;
  readonly validUntil: Date;
}

/** The fixed rates that an emulated swap provider has offered; each can be taken once. */
export interface RateOffers {
  offer(terms: Pair & Pick<RateOffer, "fromAmount" | "toAmount">): { rateId: string; validUntil: Date };
  /** Null: unknown, taken, too old or for something else. */
  take(rateId: string, fits: (offer: RateOffer) => boolean): RateOffer | null;
}

const livesMs = 20 * 60_000;

export function createRateOffers(clock: Clock): RateOffers {
  const offers = new Map<string, RateOffer>();
  return {
    offer(terms) {
      const validUntil = new Date(clock.now().getTime() + livesMs);
      const rateId = randomBytes(16).toString("hex");
      offers.set(rateId, { ...terms, validUntil });
      return { rateId, validUntil };
    },
    take(rateId, fits) {
      const offer = offers.get(rateId);
      if (offer === undefined || offer.validUntil <= clock.now() || !fits(offer)) return null;
      offers.delete(rateId);
      return offer;
    },
  };
}
