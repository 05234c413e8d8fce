import type { BroadcastOutcome } from "../sending.ts";

type RejectReason = (BroadcastOutcome & { kind: "rejected" })["reason"];

/** Words of geth, anvil, Nethermind, Erigon and Besu, most telling first. Error codes are mostly -32000 and tell nothing. */
const phrases: readonly (readonly [RegExp, "already_known" | "nonce_used" | RejectReason])[] = [
  [/already known|known transaction|already imported|already[_ ]?exists/i, "already_known"],
  [/nonce too low|nonce is too low|old ?nonce|nonce_too_low|nonce has already been used/i, "nonce_used"],
  [/nonce too high|nonce gap|gapped nonce|nonce too distant/i, "nonce_gap"],
  [
    /invalid chain ?id|wrong chain|chain id mismatch|incompatible eip-?155|invalid sender|replay-protected/i,
    "wrong_chain",
  ],
  [/underpriced|less than block base fee|fee cap less|max fee per gas less/i, "underpriced"],
  [
    /tip (?:cap )?(?:below|too low)|gas price (?:below|too low)|below (?:the )?minimum|fee ?too ?low/i,
    "underpriced",
  ],
  [/insufficient ?(?:funds|balance)/i, "insufficient_funds"],
  [/intrinsic gas|exceeds (?:the )?block gas limit|gas limit too high|out of gas|gas too low/i, "gas_limit"],
];

/** The node speaks of its own trouble, so it says nothing about the bytes. */
const nodeTrouble =
  /\brate\b|limit exceeded|too many requests|time ?out|timed out|internal|unavailable|temporarily|try again/i;

/**
 * What a node's refusal of a broadcast means. Words we do not know are "rejected, other": the node did answer, the bytes
 * stay good and are sent again.
 */
export function classifyBroadcastRefusal(message: string): BroadcastOutcome {
  for (const [phrase, outcome] of phrases) {
    if (!phrase.test(message)) continue;
    if (outcome === "already_known" || outcome === "nonce_used") return { kind: outcome };
    return { kind: "rejected", reason: outcome, message };
  }
  if (nodeTrouble.test(message)) return { kind: "unknown", message };
  return { kind: "rejected", reason: "other", message };
}
