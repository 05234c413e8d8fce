import { readPrice } from "../price-units.ts";
import { isNear } from "./judge.ts";

/** 10 %: markets move so far in ten minutes on days that people remember. */
const mostStepBps = 1_000;
const stepMs = 600_000;
/** After so long at its new level a price is what the market says. */
const steadyMs = 1_800_000;
/** What was believed so long ago says nothing of now. */
const forgottenMs = 24 * 3_600_000;

interface Level {
  readonly price: bigint;
  readonly since: Date;
}

/**
 * Whether a price that no second source can confirm is believed: it may move by a tenth in ten minutes, and a step beyond
 * that counts only after half an hour at its new level. A source that errs once moves nothing.
 */
export function createLonePrices(): (assetId: string, usd: string, now: Date) => boolean {
  const believed = new Map<string, Level>();
  const doubted = new Map<string, Level>();
  const isOver = ({ since }: Level, now: Date, ms: number): boolean => now.getTime() - since.getTime() >= ms;

  return (assetId, usd, now) => {
    const price = readPrice(usd);
    if (price === null) return false;
    const last = believed.get(assetId);
    const doubt = doubted.get(assetId);
    const isStep =
      last !== undefined && !isOver(last, now, forgottenMs) && !isNear(price, last.price, mostStepBps);
    if (isStep && (doubt === undefined || !isNear(price, doubt.price, mostStepBps))) {
      doubted.set(assetId, { price, since: now });
      return false;
    }
    if (isStep && doubt !== undefined && !isOver(doubt, now, steadyMs)) return false;
    doubted.delete(assetId);
    if (last === undefined || isStep || isOver(last, now, stepMs))
      believed.set(assetId, { price, since: now });
    return true;
  };
}
