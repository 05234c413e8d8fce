import type { SendingChain } from "../chains/sending.ts";
import type { Clock } from "../clock.ts";
import type { Db, Tx } from "../database/index.ts";
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

/** What the rooms above say, handed in by whoever knows them all. */
export interface ArrivalPorts extends ExpectDeps {
  /** Told in the transaction that books a move: whoever waits to gather those coins need not any more. */
  moved(tx: Tx, move: Move): Promise<void>;
  /**
   * By claimant: how much of an arrival it has not handed on, base units.
   * @param brought all that this claimant has of the arrival's transaction.
   */
  readonly released: ReadonlyMap<string, (tx: Tx, holder: Holder, brought: bigint) => Promise<bigint>>;
  /** Who claims what an operator says is a payment's. @throws {DomainError} it is not awaited, or is owed something else. */
  forPayment(
    tx: Tx,
    paymentId: string,
    holder: Holder,
  ): Promise<{ readonly purpose: string; readonly purposeId: string; readonly credit: string }>;
}

export interface ArrivalDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly chains: ReadonlyMap<string, SendingChain>;
  readonly arrivals: ArrivalPorts;
  readonly secondPerson: SecondPerson;
}
