import { restingSweep } from "./resting-desk.ts";
import { days, defineLife, hours, minutes, type StatusOf } from "../lifecycle/index.ts";
import { gatheringTasks } from "./tasks.ts";

/** Should the word that a transfer ended be lost, it is looked for after this. */
export const lookAgainMs = minutes(10);

/** One that fails leaves its deposits to the next one. */
export const sweepLife = defineLife({
  thing: "deposit_sweep",
  title: "sweep",
  table: "deposit_sweep",
  note: "One gathering of what lies at a derived address in one asset, into the hot wallet. At most one is live per address and asset, and at most one moves coins of an address; unique indexes say so.",
  keeps: ["updated_at", "next_check_at", "deadline_at"],
  look: gatheringTasks.advance,
  sweep: gatheringTasks.sweepAddresses,
  starts: ["waiting"],
  ends: ["swept", "failed"],
  statuses: {
    waiting: {
      means: "Its fees are compared with the coins' value. reason says why it is put off.",
      next: ["waiting_for_gas", "sending", "failed"],
      waits: {
        owner: "system",
        deadlineMs: days(30),
        nextAction: "compare the fees with the coins' value again",
      },
    },
    waiting_for_gas: {
      means: "Native coin for its fee is on its way from the hot wallet.",
      next: ["sending", "failed"],
      waits: {
        owner: "system",
        deadlineMs: hours(6),
        nextAction: "see whether the native coin for its fee is there",
      },
      firstLookMs: lookAgainMs,
    },
    sending: {
      means: "The transfer of the coins is planned or under way.",
      next: ["swept", "failed"],
      waits: { owner: "system", deadlineMs: hours(6), nextAction: "see whether its transfer is final" },
      firstLookMs: lookAgainMs,
    },
    swept: {
      means: "The coins are final in the hot wallet; the payments' earnings can be spent.",
      next: [],
    },
    failed: {
      means: "Nothing was gathered, for certain; reason says why. The next sweep takes its deposits.",
      next: [],
    },
  },
  resting: restingSweep,
});

export type SweepStatus = StatusOf<typeof sweepLife>;

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
