import { hours, type Wait } from "../lifecycle/index.ts";
import type { TransferStatus } from "./transfer.ts";

/** What a transfer waits for. In review it is followed like the others. */
export const transferWaits = {
  planned: { owner: "system", deadlineMs: hours(6), nextAction: "sign it, once what it waits for is there" },
  signed: { owner: "system", deadlineMs: hours(6), nextAction: "broadcast the stored bytes" },
  broadcast: {
    owner: "system",
    deadlineMs: hours(6),
    nextAction: "look for it on the chain; replace it if it is stuck",
  },
  included: { owner: "system", deadlineMs: hours(6), nextAction: "look whether its block is final" },
  in_review: { owner: "operator", deadlineMs: hours(12), nextAction: "look for it on the chain" },
} as const satisfies Partial<Record<TransferStatus, Wait>>;
