import { z } from "zod";
import type { Money } from "../money/index.ts";
import type { Contact } from "../notifications/index.ts";

export type PayoutMode = "instant" | "threshold";

/** What one calls them: one line. */
export const payeeName = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .refine((name) => !/[\p{Cc}\u2028\u2029]/u.test(name), "must be one line without control characters");

/** Where a payee wants their money. */
export interface Destination {
  readonly asset: string;
  readonly address: string;
  readonly memo: string | null;
}

/** Somebody we owe. `destination.address` is in the normal form of the destination asset's chain. */
export interface Payee {
  readonly id: string;
  readonly externalId: string | null;
  readonly name: string;
  readonly payoutMode: PayoutMode;
  readonly destination: Destination;
  readonly payoutThreshold: Money;
  /** `null`: the destination is the first one. */
  readonly destinationChangedAt: Date | null;
  /** How they are told what concerns them; null: they are not. No term. */
  readonly contact: Contact | null;
  /** Our fee of their part of orders made from now on, in ten-thousandths; null: the orders' own. No term. */
  readonly feeBps: number | null;
  readonly status: "active" | "paused";
  /** The integrator's own words, as given; no term. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly createdAt: Date;
}
