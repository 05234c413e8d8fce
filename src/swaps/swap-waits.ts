import { days, hours, type Wait } from "../lifecycle/index.ts";
import type { SwapStatus } from "./swap.ts";

/** What a swap waits for. Past its deadline a funded one is followed all the same. */
export const swapWaits = {
  quoted: { owner: "system", deadlineMs: days(1), nextAction: "ask for quotes and create the exchange" },
  created: { owner: "system", deadlineMs: days(1), nextAction: "plan the transfer that funds it" },
  funding: { owner: "system", deadlineMs: days(1), nextAction: "look how far its transfer is" },
  funded: { owner: "provider", deadlineMs: days(1), nextAction: "ask the provider, then the chain" },
  exchanging: { owner: "provider", deadlineMs: days(1), nextAction: "ask the provider, then the chain" },
  on_hold: { owner: "provider", deadlineMs: days(1), nextAction: "ask the provider, then the chain" },
  refunding: { owner: "provider", deadlineMs: days(1), nextAction: "look for the refund on the chain" },
  in_review: { owner: "operator", deadlineMs: hours(12), nextAction: "ask the provider, then the chain" },
} as const satisfies Partial<Record<SwapStatus, Wait>>;
