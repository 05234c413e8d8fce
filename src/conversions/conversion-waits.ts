import { days, type Wait } from "../lifecycle/index.ts";
import type { ConversionStatus } from "./conversion.ts";

/** What a conversion waits for. */
export const conversionWaits = {
  claimed: { owner: "system", deadlineMs: days(2), nextAction: "plan its swap" },
  swapping: { owner: "system", deadlineMs: days(2), nextAction: "look how far its swap is" },
} as const satisfies Partial<Record<ConversionStatus, Wait>>;
