import { days, hours, type Wait } from "../lifecycle/index.ts";

/** Every legal step of a gathering. One that fails leaves its deposits to the next one. */
export const sweepTransitions = {
  waiting: ["waiting_for_gas", "sending", "failed"],
  waiting_for_gas: ["sending", "failed"],
  sending: ["swept", "failed"],
  swept: [],
  failed: [],
} as const;

export type SweepStatus = keyof typeof sweepTransitions;

export const sweepWaits = {
  waiting: {
    owner: "system",
    deadlineMs: days(30),
    nextAction: "compare the fees with the coins' value again",
  },
  waiting_for_gas: {
    owner: "system",
    deadlineMs: hours(6),
    nextAction: "see whether the native coin for its fee is there",
  },
  sending: { owner: "system", deadlineMs: hours(6), nextAction: "see whether its transfer is final" },
} as const satisfies Partial<Record<SweepStatus, Wait>>;

/** What its transfers are for: native coin sent ahead, and the coins themselves. */
export const gasPurpose = "sweep_gas";
export const sweepPurpose = "sweep";

/** One gathering of one asset from one derived address, as its row. */
export interface Sweep {
  readonly id: string;
  readonly wallet_id: string;
  readonly asset: string;
  /** What lies there; from "sending" on, what is sent. */
  readonly amount: bigint;
  readonly to_wallet_id: string | null;
  readonly status: SweepStatus;
  readonly gas_amount: bigint;
  readonly fee_share_bps: number | null;
  readonly reason: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly next_check_at: Date | null;
  readonly deadline_at: Date | null;
}
