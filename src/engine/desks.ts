import {
  conversionDesk,
  conversionOrphans,
  latestPrices,
  watchedConversions,
  type ConversionDeps,
} from "../conversions/index.ts";
import type { Db } from "../database/index.ts";
import {
  addressDifferenceDesk,
  claimDesk,
  depositDesk,
  surplusDesk,
  watchedClaims,
  watchedDeposits,
  type DepositDeps,
} from "../deposits/index.ts";
import { orphanDesk, suspenseDesk, type Desk, type Overseen } from "../desk/index.ts";
import type { RoomDesk } from "../desk-port/index.ts";
import { sweepDesks, watchedSweeps, whyNotGathered } from "../gathering/index.ts";
import { eventDesk, processorActions, unlookedEvents } from "../intake/index.ts";
import { deadLetterDesk } from "../jobs/index.ts";
import { orderDesk, unlookedCheckouts, watchedOrders } from "../orders/index.ts";
import { paymentDesk, paymentOrphans, watchedPayments, type PaymentDeps } from "../payments/index.ts";
import { payoutDesk, payoutOrphans, watchedPayouts, type PayoutDeps } from "../payouts/index.ts";
import { swapDesk, swapOrphans, watchedSwaps, type SwapDeps } from "../swaps/index.ts";
import {
  transferDesk,
  transferOrphans,
  walletDesk,
  walletDifferenceDesk,
  watchedTransfers,
} from "../transfers/index.ts";

/** What may be forgotten in each room. */
export const overseen: Overseen = {
  orphans: {
    ...swapOrphans,
    ...transferOrphans,
    ...payoutOrphans,
    ...conversionOrphans,
    ...paymentOrphans,
  },
  watched: [
    watchedOrders,
    watchedPayments,
    watchedDeposits,
    watchedClaims,
    watchedSweeps,
    watchedConversions,
    watchedSwaps,
    watchedTransfers,
    watchedPayouts,
  ],
  unlooked: [unlookedEvents, unlookedCheckouts],
};

interface DeskParts {
  readonly db: Db;
  readonly payments: PaymentDeps;
  readonly deposits: DepositDeps;
  readonly conversions: ConversionDeps;
  readonly payouts: PayoutDeps;
  readonly swaps: SwapDeps;
}

/** The recovery desk of all rooms: here alone they meet. */
export function openDesk(parts: DeskParts): Desk {
  const { db, payments, deposits } = parts;
  const rooms: RoomDesk[] = [
    orderDesk(parts),
    paymentDesk(payments, {
      whyNotGathered,
      processorActions: processorActions(payments),
    }),
    depositDesk(deposits),
    claimDesk(deposits),
    surplusDesk(deposits),
    ...sweepDesks(parts),
    eventDesk(parts),
    conversionDesk(parts),
    swapDesk(parts.swaps),
    transferDesk(parts),
    payoutDesk(parts.payouts),
    orphanDesk({ db, desk: overseen }),
    deadLetterDesk(parts),
    walletDesk(parts),
    walletDifferenceDesk(payments),
    addressDifferenceDesk(deposits),
  ];
  return {
    ...overseen,
    rooms: [...rooms, suspenseDesk({ db, rooms })],
    latestPrices: () => latestPrices(db),
  };
}
