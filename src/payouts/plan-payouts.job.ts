import { z } from "zod";
import { sql } from "../database/index.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import { createPayout } from "./create-payout.ts";
import type { PayoutDeps } from "./deps.ts";
import { findRoute } from "./find-route.ts";
import { setWait } from "./payout-store.ts";

interface Candidate {
  readonly payee_id: string;
  readonly kind: "threshold" | "instant";
  readonly asset: string;
  readonly amount: bigint;
  readonly least: bigint;
  readonly destination_asset: string;
}

/** Plans a payout for every payee who reached their threshold, and for whatever instant payees earned. */
export const planPayoutsJob = (deps: PayoutDeps): Job =>
  defineJob({
    name: "payouts.plan",
    payload: z.object({}).loose(),
    timeoutMs: 300_000,
    run: async (_payload, { signal }) => void (await planPayouts(deps, signal)),
  });

/** @returns the ids of the payouts created. */
export async function planPayouts(deps: PayoutDeps, signal: AbortSignal): Promise<string[]> {
  const created: string[] = [];
  for (const candidate of await findCandidates(deps)) {
    if (signal.aborted) break;
    const money = { asset: candidate.asset, amount: candidate.amount };
    const route = await findRoute(deps, money, candidate.destination_asset, signal);
    if (route.kind === "none") {
      await setWait(deps.db, {
        payeeId: candidate.payee_id,
        asset: candidate.asset,
        reason: route.reason,
        now: deps.clock.now(),
      });
      deps.log.info(
        { payee_id: candidate.payee_id, reason: route.reason },
        "a payee is due but cannot be paid yet",
      );
      continue;
    }
    const id = await createPayout(deps, {
      payeeId: candidate.payee_id,
      kind: candidate.kind,
      asset: candidate.asset,
      route: route.kind,
      destinationAsset: candidate.destination_asset,
      least: candidate.least,
      requestedBy: "payouts.plan",
    });
    if (id !== null) created.push(id);
  }
  return created;
}

async function findCandidates(deps: PayoutDeps): Promise<Candidate[]> {
  const { rows } = await sql<Candidate>`
    select p.id as payee_id, 'threshold' as kind, due.asset, due.amount, p.threshold_amount as least, p.destination_asset
    from payee p, lateral (
      select available_asset as asset, sum(available_amount) as amount from earning
      where payee_id = p.id and status = 'available' group by available_asset) as due
    where p.status = 'active' and due.asset = p.threshold_asset and due.amount >= p.threshold_amount
    union all
    select p.id, 'instant', due.asset, due.amount, 1::numeric, p.destination_asset
    from (
      select payee_id, asset, sum(amount) as amount from earning
      where status = 'pending' and spendable and route = 'instant' group by payee_id, asset) as due
    join payee p on p.id = due.payee_id and p.status = 'active'
    order by payee_id, asset`.execute(deps.db);
  return rows;
}
