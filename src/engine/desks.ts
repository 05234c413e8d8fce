import { bankTransferDesk, bankTransferLife, floatDesk, type BankingDeps } from "../banking/index.ts";
import {
  arrivalDesk,
  contradictionDesk,
  walletDifferenceDesk,
  type ArrivalPorts,
} from "../arrivals/index.ts";
import {
  conversionCheckDesk,
  conversionDesk,
  conversionOrphans,
  latestPrices,
  conversionLife,
  type ConversionDeps,
} from "../conversions/index.ts";
import type { Db } from "../database/index.ts";
import {
  addressDifferenceDesk,
  balanceCheckDesk,
  claimDesk,
  depositDesk,
  depositTasks,
  surplusDesk,
  claimLife,
  depositLife,
  watchDesk,
  type DepositDeps,
} from "../deposits/index.ts";
import { orphanDesk, suspenseDesk, type Desk, type Overseen } from "../desk/index.ts";
import type { RoomDesk, SecondPerson } from "../desk-port/index.ts";
import type { Life } from "../lifecycle/index.ts";
import { earningLife, recoverableDesk } from "../earnings/index.ts";
import { sweepDesks, sweepLife, whyNotGathered } from "../gathering/index.ts";
import { eventDesk, processorActions, unlookedEvents } from "../intake/index.ts";
import { deadLetterDesk, enqueueOnce } from "../jobs/index.ts";
import { noticeDesk, noticeLife, type NotificationDeps } from "../notifications/index.ts";
import { orderDesk, unlookedCheckouts, orderLife } from "../orders/index.ts";
import { eventLife, paymentDesk, paymentOrphans, paymentLife, type PaymentDeps } from "../payments/index.ts";
import {
  payoutAttemptLife,
  payoutDesk,
  payoutOrphans,
  payoutLife,
  type PayoutDeps,
} from "../payouts/index.ts";
import { equityDesk } from "../reconciliation/index.ts";
import { authorisationLife, policyDesk } from "../policy/index.ts";
import { refundDesk, refundLife, type RefundDeps } from "../refunds/index.ts";
import { swapDesk, swapOrphans, swapLife, type SwapDeps } from "../swaps/index.ts";
import { transferDesk, transferOrphans, walletDesk, transferLife } from "../transfers/index.ts";

/** Every thing with a status, in the order in which money passes them. */
export const lives: readonly Life[] = [
  orderLife,
  paymentLife,
  depositLife,
  claimLife,
  refundLife,
  sweepLife,
  eventLife,
  earningLife,
  conversionLife,
  swapLife,
  transferLife,
  bankTransferLife,
  payoutLife,
  payoutAttemptLife,
  authorisationLife,
  noticeLife,
];

/** What may be forgotten in each room. */
export const overseen: Overseen = {
  orphans: {
    ...swapOrphans,
    ...transferOrphans,
    ...payoutOrphans,
    ...conversionOrphans,
    ...paymentOrphans,
  },
  watched: lives.filter(({ watched }) => watched),
  unlooked: [unlookedEvents, unlookedCheckouts],
};

interface DeskParts {
  readonly db: Db;
  readonly arrivals: ArrivalPorts;
  readonly secondPerson: SecondPerson;
  readonly payments: PaymentDeps;
  readonly deposits: DepositDeps;
  readonly refunds: RefundDeps;
  readonly conversions: ConversionDeps;
  readonly payouts: PayoutDeps;
  readonly swaps: SwapDeps;
  readonly banking: BankingDeps;
  readonly notifications: NotificationDeps;
}

/** The recovery desk of all rooms: here alone they meet. */
export function openDesk(parts: DeskParts): Desk {
  const { db, payments, deposits, arrivals, secondPerson } = parts;
  const rooms: RoomDesk[] = [
    orderDesk({ db, clock: payments.clock }),
    paymentDesk(payments, {
      whyNotGathered,
      processorActions: processorActions(payments),
    }),
    depositDesk(deposits),
    claimDesk(deposits),
    surplusDesk(deposits),
    refundDesk(parts.refunds),
    ...sweepDesks(parts),
    eventDesk(parts),
    conversionDesk(parts),
    conversionCheckDesk(parts.conversions),
    swapDesk(parts.swaps),
    transferDesk(parts),
    bankTransferDesk(parts.banking),
    floatDesk(parts.banking),
    payoutDesk(parts.payouts),
    policyDesk(parts),
    recoverableDesk(parts),
    orphanDesk({ db, desk: overseen }),
    deadLetterDesk(parts),
    noticeDesk(parts.notifications),
    walletDesk(parts),
    arrivalDesk(parts),
    contradictionDesk({
      db,
      depositChains: deposits.depositChains,
      readAgain: (chain, hash) => enqueueOnce(db, depositTasks.follow, { chain, hash }),
    }),
    walletDifferenceDesk({ ...payments, arrivals, secondPerson }),
    addressDifferenceDesk(deposits),
    balanceCheckDesk(deposits),
    watchDesk(deposits),
    equityDesk(parts),
  ];
  return {
    ...overseen,
    rooms: [...rooms, suspenseDesk({ db, rooms })],
    latestPrices: () => latestPrices(db),
  };
}
