import { createHash } from "node:crypto";

/** What leaves by an authorisation. Everything else that a wallet sends goes to ourselves or to a swap of ours, by the policy alone. */
export type Leaving = "payout" | "refund";

/** What may be authorised. A change moves no coins by itself: a limit, a loss, whose something is. */
export type Subject = Leaving | "change";

/** All that an approval binds, as text and whole numbers: whoever approves reads exactly this. */
export type Terms = Readonly<Record<string, string | number | null>>;

/** SHA-256 of the terms in one spelling, whatever the order they were said in. */
export const hashTerms = (terms: Terms): Buffer =>
  createHash("sha256")
    .update(JSON.stringify(Object.entries(terms).toSorted(([a], [b]) => (a < b ? -1 : 1))))
    .digest();

/** Of several authorisations as one list: any that is changed, added or left out makes it another list. */
export const hashList = (hashes: readonly Buffer[]): Buffer =>
  createHash("sha256")
    .update(Buffer.concat(hashes.toSorted((a, b) => Buffer.compare(a, b))))
    .digest();
