import type { SendingChain } from "../chains/sending.ts";
import type { Clock } from "../clock.ts";
import type { Db, Tx } from "../database/index.ts";
import type { Cause } from "../lifecycle/index.ts";
import type { Wallet } from "../transfers/index.ts";
import type { SecondPerson } from "../desk-port/index.ts";
import type { Holder } from "./arrival-store.ts";
import type { ExpectDeps } from "./expected.ts";

/** Coins of one asset that left an address of ours for another one. */
export interface Move {
  readonly from: Wallet;
  readonly asset: string;
  readonly now: Date;
}

/** Two persons take an arrival from whoever has it. */
export interface Taking {
  /** All that this claimant has of the arrival's transaction, base units. */
  readonly brought: bigint;
  readonly cause: Cause;
  readonly now: Date;
}

export type Release = (tx: Tx, holder: Holder, taking: Taking) => Promise<bigint>;

/** What an arrival may be somebody's for. */
export const claimants = [
  "settlement",
  "swap",
  "swap_surplus",
  "deposit",
  "conversion_by_hand",
  "top_up",
  "move",
  "unclaimed",
] as const;

/** Who claims what two persons say is theirs. */
export interface Claimant {
  readonly purpose: string;
  readonly purposeId: string;
  readonly credit: string;
  /** Books what follows, once the arrival is the claimant's. @param times how many had it before. */
  readonly book?: (times: number, step: { readonly cause: Cause; readonly now: Date }) => Promise<void>;
}

/** What the rooms above say, handed in by whoever knows them all. */
export interface ArrivalPorts extends ExpectDeps {
  /** Told in the transaction that books a move: whoever waits to gather those coins need not any more. */
  moved(tx: Tx, move: Move): Promise<void>;
  /**
   * By claimant: takes an arrival back from whoever it handed it on to, where its room can. @returns what there is of it to give
   * to somebody else, base units. @throws {DomainError} `arrival_kept`: it cannot be given away now.
   */
  readonly released: ReadonlyMap<string, Release>;
  /** Who claims what an operator says is a payment's. @throws {DomainError} it is not awaited, or is owed something else. */
  forPayment(tx: Tx, paymentId: string, holder: Holder): Promise<Claimant>;
  /** The same of an order. @throws {DomainError} `unknown_order`, `arrival_kept`: no payer sent it. */
  forOrder(tx: Tx, orderId: string, holder: Holder): Promise<Claimant>;
}

export interface ArrivalDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly chains: ReadonlyMap<string, SendingChain>;
  readonly arrivals: ArrivalPorts;
  readonly secondPerson: SecondPerson;
}
