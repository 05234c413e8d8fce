/**
 * By what an arrival is said to be somebody's, strongest first. Who has the stronger evidence has the coins, whoever came
 * first; of two that are alike, the first one.
 */
export const evidences = [
  /** We signed the transfer, or its coins left an address of ours: they never were anybody else's. */
  "own_transfer",
  /** An operator looked at the chain and said so, with a proof, against what was booked. */
  "reattributed",
  /** Whoever owed them to us names the transaction, under its own id for what it owes. */
  "named_hash",
  /** They came to an address that one order alone was given. */
  "derived_address",
  /** The amount at a shared address is one that one order alone was asked for. */
  "unique_amount",
  /** Whoever sent them sent to us before, and nothing else explains them. */
  "amount_and_time",
  /** An operator says so. */
  "operator",
  /** Nobody's: an operator took them from whoever had them, until somebody shows more. */
  "none",
] as const;

export type Evidence = (typeof evidences)[number];

/** Evidence that what somebody else still expects may contradict: it is asked about first. */
export const weakEvidences = ["amount_and_time", "operator"] as const satisfies readonly Evidence[];
export type WeakEvidence = (typeof weakEvidences)[number];
export type StrongEvidence = Exclude<Evidence, WeakEvidence>;

/** Whether a claim with `one` takes coins from whoever has them by `other`. */
export const beats = (one: Evidence, other: Evidence): boolean =>
  evidences.indexOf(one) < evidences.indexOf(other);
