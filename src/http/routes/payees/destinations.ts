import { z } from "zod";
import { readPage } from "../../../database/index.ts";
import {
  confirmDestination,
  destinationChangeList,
  mostTries,
  proposeDestination,
  stateOfChange,
  withdrawDestination,
  type DestinationChange,
  type DestinationDeps,
} from "../../../payees/index.ts";
import { listRoute } from "../../list-route.ts";
import { defineRoute, type Principal, type Route } from "../../route.ts";
import { destinationView, presentTime, timestampView } from "../../schemas.ts";
import { own } from "../payouts/withdrawals.ts";
import { destinationProblems, getPayee, newDestination } from "./payees.ts";

const changeView = z
  .object({
    id: z.uuid(),
    payee_id: z.uuid(),
    destination: destinationView,
    state: z
      .enum(["open", "confirmed", "withdrawn", "replaced", "refused", "expired"])
      .describe("open: it waits for its code; refused: too many wrong codes; replaced: by a newer change"),
    told: z
      .string()
      .nullable()
      .describe("Where the code went, most of it hidden; null: two persons said so, and no code was sent"),
    tries_left: z.int(),
    requested_by: z.string(),
    requested_at: timestampView,
    expires_at: timestampView,
    ended_by: z.string().nullable().describe("null: nobody"),
    ended_at: timestampView.nullable().describe("null: it is open, or nobody confirmed it in time"),
  })
  .meta({ id: "DestinationChange", description: "A change of where a payee is paid, as it was asked for" });

/** d…@payees.example, …42: enough for who knows it. */
function hidden({ told_channel: channel, told_address: address }: DestinationChange): string | null {
  if (channel === null || address === null) return null;
  return channel === "email"
    ? `${address[0]}…${address.slice(address.lastIndexOf("@"))}`
    : `Telegram …${address.slice(-2)}`;
}

const present = (change: DestinationChange, now: Date): z.output<typeof changeView> => ({
  id: change.id,
  payee_id: change.payee_id,
  destination: change.destination,
  state: stateOfChange(change, now),
  told: hidden(change),
  tries_left: mostTries - change.tries,
  requested_by: change.requested_by,
  requested_at: presentTime(change.requested_at),
  expires_at: presentTime(change.expires_at),
  ended_by: change.ended_by,
  ended_at: change.ended_at === null ? null : presentTime(change.ended_at),
});

/** Whose destination an operation is about. */
interface Door {
  readonly path: `/v1/${string}`;
  /** Ends the names of the operations. */
  readonly whose: string;
  readonly scope: Route["scope"];
  readonly params: z.ZodRawShape;
  readonly problems: Route["problems"];
  readonly asPayee: boolean;
  payeeOf(params: Readonly<Record<string, unknown>>, principal: Principal): string;
}

const doors: readonly Door[] = [
  {
    path: "/v1/payees/:id/destination-changes",
    whose: "",
    scope: "payees:write",
    params: { id: z.uuid() },
    problems: ["not_found", "second_person_needed"],
    asPayee: false,
    payeeOf: ({ id }) => String(id),
  },
  {
    path: "/v1/own/destination-changes",
    whose: "Own",
    scope: "withdrawals:own",
    params: {},
    problems: ["not_found", "payees_key_needed", "no_contact_for_code"],
    asPayee: true,
    payeeOf: (_params, principal) => own(principal),
  },
];

const codeBody = z.strictObject({
  code: z.string().min(1).max(40).describe("As the message says it; dashes and case do not matter"),
});

function routesOf(deps: DestinationDeps, door: Door): Route[] {
  const { path, whose, scope, problems, payeeOf } = door;
  const one = z.object({ ...door.params, change_id: z.uuid() });
  return [
    defineRoute({
      method: "POST",
      path,
      operationId: `change${whose}Destination`,
      scope,
      summary:
        "Ask that a payee be paid elsewhere: it is in force once the code that their contact gets is sent back",
      description: door.asPayee
        ? "The code goes to how you were told a day ago, holds for a day, and is for exactly this destination. A newer change takes the place of an open one."
        : "The code goes to how the payee was told a day ago, holds for a day, and is for exactly this destination. A newer change takes the place of an " +
          "open one. Where no code can be sent, two persons must send the very same request, and it is in force at once.",
      params: z.object(door.params),
      body: z.strictObject({ destination: newDestination }),
      success: { status: 201, body: changeView },
      problems: [
        ...problems,
        "destination_unchanged",
        "too_many_destination_changes",
        ...destinationProblems,
      ],
      async handle({ params, body, principal }, { db, clock }) {
        const payeeId = payeeOf(params, principal);
        await getPayee(db, payeeId);
        const asked = { payeeId, destination: body.destination, by: principal.ref, asPayee: door.asPayee };
        return present(await proposeDestination(deps, asked), clock.now());
      },
    }),
    defineRoute({
      method: "POST",
      path: `${path}/:change_id/confirm`,
      operationId: `confirm${whose}Destination`,
      scope,
      summary: "Put a change of destination in force, by the code that was sent for it",
      params: one,
      body: codeBody,
      success: { status: 200, body: changeView },
      problems: [...problems, "wrong_code", "destination_change_ended", ...destinationProblems],
      async handle({ params, body, principal }, { clock }) {
        const asked = { payeeId: payeeOf(params, principal), id: params.change_id, by: principal.ref };
        return present(await confirmDestination(deps, { ...asked, code: body.code }), clock.now());
      },
    }),
    defineRoute({
      method: "POST",
      path: `${path}/:change_id/withdraw`,
      operationId: `withdraw${whose}DestinationChange`,
      scope,
      summary: "Take back a change of destination that is not in force: its code is good no more",
      params: one,
      success: { status: 200, body: changeView },
      problems: [...problems, "destination_change_ended"],
      async handle({ params, principal }, { clock }) {
        const asked = { payeeId: payeeOf(params, principal), id: params.change_id, by: principal.ref };
        return present(await withdrawDestination(deps, asked), clock.now());
      },
    }),
  ];
}

/** Changes of where payees are paid: by an operator, and by a payee's own key. */
export const destinationRoutes = (deps: DestinationDeps): readonly Route[] => [
  listRoute({
    path: "/v1/payees/:id/destination-changes",
    operationId: "listDestinationChanges",
    scope: "payees:read",
    summary: "List the changes of a payee's destination that were asked for, newest first",
    params: z.object({ id: z.uuid() }),
    problems: ["not_found"],
    filters: {},
    key: z.uuid(),
    item: changeView,
    async read(db, { before, limit, params: { id = "" } }) {
      await getPayee(db, id);
      const page = { filters: { payee_id: id }, before, limit };
      return readPage<DestinationChange, { payee_id?: string }>(db, destinationChangeList, page);
    },
    keyOf: ({ id }: DestinationChange) => id,
    present: (change: DestinationChange) => present(change, deps.clock.now()),
  }),
  ...doors.flatMap((door) => routesOf(deps, door)),
];
