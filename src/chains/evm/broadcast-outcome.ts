import type { BroadcastOutcome } from "../sending.ts";
import { meaningOf, type RefusalMeaning } from "./refusal-table.ts";

type RejectReason = (BroadcastOutcome & { kind: "rejected" })["reason"];

const reasons = [
  "nonce_gap",
  "wrong_chain",
  "underpriced",
  "insufficient_funds",
  "gas_limit",
] as const satisfies readonly (RejectReason & RefusalMeaning)[];
const possible: ReadonlySet<RefusalMeaning> = new Set([
  ...reasons,
  "already_known",
  "nonce_used",
  "too_often",
  "node_trouble",
]);

/**
 * What a node's refusal of a broadcast means. What we do not know is "rejected, other": the node did answer, the bytes
 * stay good and are sent again.
 */
export function classifyBroadcastRefusal(
  message: string,
  beside: { readonly code: number; readonly data?: unknown } = { code: 0 },
): BroadcastOutcome {
  const meaning = meaningOf({ ...beside, message }, possible);
  if (meaning === "already_known" || meaning === "nonce_used") return { kind: meaning };
  if (meaning === "too_often" || meaning === "node_trouble") return { kind: "unknown", message };
  return { kind: "rejected", reason: reasons.find((reason) => reason === meaning) ?? "other", message };
}
