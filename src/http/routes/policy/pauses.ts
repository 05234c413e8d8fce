import { z } from "zod";
import { networks } from "../../../chains/index.ts";
import { inTransaction } from "../../../database/index.ts";
import { payoutRoutes } from "../../../payouts/index.ts";
import { listPauses, pause, resume, type Pause } from "../../../policy/index.ts";
import { inFlight } from "../../../transfers/index.ts";
import { defineRoute, type Route } from "../../route.ts";
import { presentTime, timestampView } from "../../schemas.ts";

const pauseView = z
  .object({
    id: z.uuid(),
    scope: z.enum(["all", "chain", "rail"]),
    value: z.string().describe("Which chain or rail; empty: everything"),
    reason: z.string(),
    paused_by: z.string(),
    paused_at: timestampView,
    ended_by: z.string().nullable().describe("null: it is in force"),
    ended_at: timestampView.nullable().describe("null: it is in force"),
  })
  .meta({ id: "Pause", description: "What an operator stopped: nothing of it is signed until it ends" });

const present = (row: Pause): z.output<typeof pauseView> => ({
  id: row.id,
  scope: row.scope,
  value: row.value,
  reason: row.reason,
  paused_by: row.paused_by,
  paused_at: presentTime(row.paused_at),
  ended_by: row.ended_by,
  ended_at: row.ended_at && presentTime(row.ended_at),
});

const flightView = z.object({
  transfer_id: z.uuid(),
  purpose: z.string(),
  status: z.string(),
  transaction_hash: z.string().nullable().describe("null: not signed yet"),
});

const list = defineRoute({
  method: "GET",
  path: "/v1/pauses",
  operationId: "listPauses",
  scope: "payouts:read",
  summary: "List the pauses in force",
  success: { status: 200, body: z.object({ data: z.array(pauseView) }).meta({ id: "Pauses" }) },
  problems: [],
  handle: async (_request, { db }) => ({ data: (await listPauses(db)).map(present) }),
});

const chains = networks.map(({ name }) => name) as [string, ...string[]];
const reason = z.string().trim().min(1).max(500);

const pauseRoute = defineRoute({
  method: "POST",
  path: "/v1/pauses",
  operationId: "pause",
  scope: "payouts:pause",
  summary: "Stop everything, a chain or a rail before its next signature; what is signed already is told",
  body: z
    .discriminatedUnion("scope", [
      z.strictObject({ scope: z.literal("all"), reason }),
      z.strictObject({ scope: z.literal("chain"), value: z.enum(chains), reason }),
      z.strictObject({
        scope: z.literal("rail"),
        value: z.enum(payoutRoutes as [string, ...string[]]),
        reason,
      }),
    ])
    .meta({ id: "PauseRequest" }),
  success: {
    status: 201,
    body: pauseView
      .extend({
        in_flight: z.array(flightView).describe("Signed already: only the chain ends these"),
      })
      .meta({ id: "PauseWithFlight", description: "A pause, and what it came too late for" }),
  },
  problems: [],
  async handle({ body, principal }, { db, clock }) {
    const value = "value" in body ? body.value : "";
    const now = clock.now();
    return inTransaction(db, async (tx) => ({
      ...present(await pause(tx, { scope: body.scope, value, reason: body.reason, by: principal.ref, now })),
      in_flight: (await inFlight(tx, body.scope === "chain" ? value : null)).map((row) => ({
        transfer_id: row.id,
        purpose: row.purpose,
        status: row.status,
        transaction_hash: row.transaction_hash,
      })),
    }));
  },
});

const endRoute = defineRoute({
  method: "POST",
  path: "/v1/pauses/:id/end",
  operationId: "endPause",
  scope: "payouts:pause",
  summary: "End a pause: what waited is signed again, as far as its approval still holds",
  params: z.object({ id: z.uuid() }),
  success: { status: 200, body: pauseView },
  problems: ["unknown_pause"],
  handle: async ({ params: { id }, principal }, { db, clock }) =>
    present(await resume(db, { id, by: principal.ref, now: clock.now() })),
});

export const pauseRoutes: readonly Route[] = [list, pauseRoute, endRoute];
