import { z } from "zod";
import { readPage, type Db } from "../../../database/index.ts";
import { readSettlementAsset } from "../../../conversions/index.ts";
import { balancesOf, recoverablesOf } from "../../../earnings/index.ts";
import { DomainError } from "../../../errors.ts";
import { whyUnpaid, type UnpaidReason } from "../../../explain/index.ts";
import {
  checkThreshold,
  createPayee,
  changePayee,
  findPayee,
  listPayees,
  payeeChangeList,
  payeeName,
  setPayeeStatus,
  changedFields,
  type MadeChange,
  type Payee,
  type PayeeChange,
} from "../../../payees/index.ts";
import { contactSchema } from "../../../notifications/index.ts";
import { parseMoney, registry, type Money } from "../../../money/index.ts";
import { filterSchemas, listRoute } from "../../list-route.ts";
import { defineRoute, type Route, type RouteContext } from "../../route.ts";
import {
  destinationView,
  metadataSchema,
  metadataView,
  moneyView,
  positiveMoneySchema,
  presentMoney,
  presentTime,
  timestampView,
} from "../../schemas.ts";

/** Of the settlement asset, where nobody says another. */
export const defaultThreshold = "50";

export const newDestination = z
  .strictObject({
    asset: z.string().max(100),
    address: z.string().min(1).max(200),
    memo: z
      .string()
      .min(1)
      .max(200)
      .nullable()
      .default(null)
      .describe("Tag of an address that many share; null: the address needs none"),
  })
  .meta({ id: "NewDestination" });

/** What a destination is refused with. */
export const destinationProblems = [
  "unknown_asset",
  "asset_not_offered",
  "invalid_address",
  "secret_pasted",
  "unsupported_chain",
  "memo_not_carried",
] as const;

const newContact = contactSchema.meta({ id: "NewContact" });

const contactView = z
  .object({
    channel: z.enum(["email", "telegram"]),
    address: z.string().describe("An e-mail address; the id of a Telegram chat"),
  })
  .meta({ id: "Contact", description: "How a person is told" });

export const payeeView = z
  .object({
    id: z.uuid(),
    external_id: z.string().nullable().describe("Yours; null: none was given"),
    name: z.string(),
    payout_mode: z
      .enum(["instant", "threshold"])
      .describe("instant: paid as money settles; threshold: waits for a conversion and for the threshold"),
    destination: destinationView,
    destination_changed_at: timestampView
      .nullable()
      .describe("null: it is the first one. A changed one is paid to after the policy's cooldown"),
    payout_threshold: moneyView.describe("The balance from which on they are paid"),
    fee_bps: z
      .int()
      .nullable()
      .describe(
        "Our fee of their part of orders made from now on, in ten-thousandths; null: the orders' own",
      ),
    contact: contactView.nullable().describe("How they are told what concerns them; null: they are not"),
    status: z.enum(["active", "paused"]).describe("paused: they go on earning and are not paid"),
    metadata: metadataView,
    created_at: timestampView,
  })
  .meta({ id: "Payee", description: "Somebody we owe a share" });

export const presentPayee = (payee: Payee): z.output<typeof payeeView> => ({
  id: payee.id,
  external_id: payee.externalId,
  name: payee.name,
  payout_mode: payee.payoutMode,
  destination: payee.destination,
  destination_changed_at:
    payee.destinationChangedAt === null ? null : presentTime(payee.destinationChangedAt),
  payout_threshold: presentMoney(payee.payoutThreshold),
  fee_bps: payee.feeBps,
  contact: payee.contact,
  status: payee.status,
  metadata: { ...payee.metadata },
  created_at: presentTime(payee.createdAt),
});

const balancesView = z
  .object({
    pending: z.array(moneyView).describe("Earned, not converted yet"),
    available: z.array(moneyView).describe("Can be paid out"),
    held: z.array(moneyView).describe("In a payout under way"),
    paid: z.array(moneyView),
    recoverable: z
      .array(moneyView)
      .describe("Owed back, because what was paid was refunded: kept of later earnings in the same asset"),
  })
  .meta({ id: "Balances", description: "What a payee has, one amount an asset" });

const unpaidView = z
  .object({
    state: z.enum(["pending", "available", "held", "recoverable"]),
    money: moneyView,
    code: z.string().describe("Our stable word for why"),
    cause: z
      .string()
      .nullable()
      .describe("The closer word of whoever waits, such as insufficient_asset; null: there is none"),
    sentence: z.string(),
    next_step: z.string().describe("What ends it; None: it ends by itself"),
    owner: z
      .enum(["system", "provider", "operator", "payer"])
      .describe(
        "Whose turn it is. operator: nothing changes until somebody acts; payer: until more is earned",
      ),
    since: timestampView,
    looked_at: timestampView.nullable().describe("When it was last looked at; null: not yet"),
    next_look_at: timestampView
      .nullable()
      .describe("null: at the next plan of payouts, or when whoever's turn it is has acted"),
    pays_from: moneyView.nullable().describe("From which amount on it is paid; null: no amount changes it"),
    ends_by: timestampView
      .nullable()
      .describe("When it ends by itself, or a person is asked; null: there is no such time"),
  })
  .meta({ id: "Unpaid", description: "Why a part of a balance is not paid yet, and what ends that" });

const presentUnpaid = (reason: UnpaidReason): z.output<typeof unpaidView> => {
  const time = (at: Date | null) => (at === null ? null : presentTime(at));
  return {
    state: reason.state,
    money: presentMoney(reason),
    code: reason.code,
    cause: reason.cause,
    sentence: reason.sentence,
    next_step: reason.nextStep,
    owner: reason.owner,
    since: presentTime(reason.since),
    looked_at: time(reason.lookedAt),
    next_look_at: time(reason.nextLookAt),
    pays_from:
      reason.paysFrom === null ? null : presentMoney({ asset: reason.asset, amount: reason.paysFrom }),
    ends_by: time(reason.endsBy),
  };
};

export const payeeWithBalancesView = payeeView
  .extend({
    balances: balancesView,
    recoverables: z
      .array(
        z.object({
          id: z.uuid().describe("As the recovery desk names it: `forgive` gives it up"),
          owed: moneyView,
          collected: moneyView,
          since: timestampView,
        }),
      )
      .describe("What of it is owed for which earning, oldest first"),
    unpaid: z
      .array(unpaidView)
      .describe(
        "Why what they have is not paid yet, oldest first: of each state and asset the amounts sum to the balance",
      ),
  })
  .meta({ id: "PayeeWithBalances", description: "A payee and what they have" });

async function presentBalances(db: Db, payeeId: string): Promise<z.output<typeof balancesView>> {
  const rows = await balancesOf(db, payeeId);
  const recoverable = new Map<string, bigint>();
  for (const { asset, amount, collected, forgiven } of await recoverablesOf(db, payeeId))
    recoverable.set(asset, (recoverable.get(asset) ?? 0n) + amount - collected - forgiven);
  const of = (state: string) => rows.filter((row) => row.state === state).map(presentMoney);
  return {
    pending: of("pending"),
    available: of("available"),
    held: of("held"),
    paid: of("paid"),
    recoverable: [...recoverable].map(([asset, amount]) => presentMoney({ asset, amount })),
  };
}

/** A payee with all that is to be said of their money. */
export const presentWhole = async (
  db: Db,
  payee: Payee,
  now: Date,
): Promise<z.output<typeof payeeWithBalancesView>> => ({
  ...presentPayee(payee),
  balances: await presentBalances(db, payee.id),
  recoverables: (await recoverablesOf(db, payee.id)).map((debt) => ({
    id: debt.id,
    owed: presentMoney({ asset: debt.asset, amount: debt.amount - debt.forgiven }),
    collected: presentMoney({ asset: debt.asset, amount: debt.collected }),
    since: presentTime(debt.created_at),
  })),
  unpaid: (await whyUnpaid(db, payee.id, now)).map(presentUnpaid),
});

const params = z.object({ id: z.uuid() });

export async function getPayee(db: Db, id: string): Promise<Payee> {
  const payee = await findPayee(db, id);
  if (payee === null) throw new DomainError("not_found", `There is no payee ${id}.`);
  return payee;
}

const createRoute = defineRoute({
  method: "POST",
  path: "/v1/payees",
  operationId: "createPayee",
  scope: "payees:write",
  summary: "Create a payee: somebody who is owed a share, and where they want it",
  body: z
    .strictObject({
      external_id: z
        .string()
        .min(1)
        .max(200)
        .optional()
        .describe("Yours. The same id with the same terms returns the first payee."),
      name: payeeName,
      payout_mode: z.enum(["instant", "threshold"]).default("threshold"),
      destination: newDestination,
      payout_threshold: positiveMoneySchema
        .optional()
        .describe("In the settlement asset; 50 of it if left out"),
      contact: newContact.optional().describe("How they are told what concerns them; left out: they are not"),
      metadata: metadataSchema,
    })
    .meta({ id: "CreatePayee" }),
  success: { status: 201, body: payeeView },
  problems: ["payee_exists", ...destinationProblems, "invalid_threshold_asset", "invalid_threshold"],
  async handle({ body }, { db, clock }) {
    const settlementAsset = await readSettlementAsset(db);
    const { payee } = await createPayee(
      { db, clock, registry, settlementAsset },
      {
        externalId: body.external_id ?? null,
        name: body.name,
        payoutMode: body.payout_mode,
        destination: body.destination,
        contact: body.contact ?? null,
        metadata: body.metadata,
        payoutThreshold: body.payout_threshold ?? parseMoney(defaultThreshold, registry.get(settlementAsset)),
      },
    );
    return presentPayee(payee);
  },
});

const list = listRoute({
  path: "/v1/payees",
  operationId: "listPayees",
  scope: "payees:read",
  summary: "List payees, newest first",
  filters: {
    status: z.enum(["active", "paused"]).optional(),
    external_id: filterSchemas.external_id,
    asset: filterSchemas.asset.describe("What they are paid in"),
    ...filterSchemas.created,
  },
  key: z.uuid(),
  item: payeeView,
  read: listPayees,
  keyOf: ({ id }: Payee) => id,
  present: presentPayee,
});

const getRoute = defineRoute({
  method: "GET",
  path: "/v1/payees/:id",
  operationId: "getPayee",
  scope: "payees:read",
  summary: "Read a payee with their balances",
  params,
  success: { status: 200, body: payeeWithBalancesView },
  problems: ["not_found"],
  handle: async ({ params: { id } }, { db, clock }) => presentWhole(db, await getPayee(db, id), clock.now()),
});

export const thresholdBody = z.strictObject({
  payout_threshold: positiveMoneySchema.describe("In the settlement asset"),
});

const thresholdRoute = defineRoute({
  method: "PUT",
  path: "/v1/payees/:id/payout-threshold",
  operationId: "setPayoutThreshold",
  scope: "payees:write",
  summary: "Set from which balance on a payee is paid",
  params,
  body: thresholdBody,
  success: { status: 200, body: payeeView },
  problems: ["not_found", "invalid_threshold_asset", "invalid_threshold"],
  async handle({ params: { id }, body, principal }, deps) {
    await getPayee(deps.db, id);
    return presentPayee(await changeThreshold(deps, { id, to: body.payout_threshold, by: principal.ref }));
  },
});

/** @throws {DomainError} `invalid_threshold_asset`, `invalid_threshold` */
export async function changeThreshold(
  { db, clock }: Pick<RouteContext, "db" | "clock">,
  { id, to, by }: { id: string; to: Money; by: string },
): Promise<Payee> {
  checkThreshold(to, { settlementAsset: await readSettlementAsset(db), registry });
  return changePayee({ db, clock }, { id, change: { field: "payout_threshold", to }, by });
}

/** @throws {DomainError} `not_found` */
async function changeOne(
  deps: Pick<RouteContext, "db" | "clock">,
  asked: { id: string; change: PayeeChange; by: string },
): Promise<z.output<typeof payeeView>> {
  await getPayee(deps.db, asked.id);
  return presentPayee(await changePayee(deps, asked));
}

export const modeBody = z.strictObject({
  payout_mode: z
    .enum(["instant", "threshold"])
    .describe("For what settles from now on; what was earned goes the way that it began"),
});

const modeRoute = defineRoute({
  method: "PUT",
  path: "/v1/payees/:id/payout-mode",
  operationId: "setPayoutMode",
  scope: "payees:write",
  summary: "Set whether a payee is paid as money settles, or from a threshold on",
  params,
  body: modeBody,
  success: { status: 200, body: payeeView },
  problems: ["not_found"],
  handle: ({ params: { id }, body, principal }, deps) =>
    changeOne(deps, { id, change: { field: "payout_mode", to: body.payout_mode }, by: principal.ref }),
});

const nameRoute = defineRoute({
  method: "PUT",
  path: "/v1/payees/:id/name",
  operationId: "renamePayee",
  scope: "payees:write",
  summary: "Change what a payee is called",
  params,
  body: z.strictObject({ name: payeeName }),
  success: { status: 200, body: payeeView },
  problems: ["not_found"],
  handle: ({ params: { id }, body, principal }, deps) =>
    changeOne(deps, { id, change: { field: "name", to: body.name }, by: principal.ref }),
});

const feeRoute = defineRoute({
  method: "PUT",
  path: "/v1/payees/:id/fee",
  operationId: "setPayeeFee",
  scope: "settings:write",
  summary: "Set our fee of a payee's part of the orders made from now on; orders that are there keep theirs",
  description: "An order that names a `fee` takes that of every payee.",
  params,
  body: z.strictObject({
    fee_bps: z.int().min(0).max(9_000).nullable().describe("In ten-thousandths; null: as the orders' own"),
  }),
  success: { status: 200, body: payeeView },
  problems: ["not_found"],
  handle: ({ params: { id }, body, principal }, deps) =>
    changeOne(deps, { id, change: { field: "fee_bps", to: body.fee_bps }, by: principal.ref }),
});

const contactRoute = defineRoute({
  method: "PUT",
  path: "/v1/payees/:id/contact",
  operationId: "setPayeeContact",
  scope: "payees:write",
  summary: "Set how a payee is told what concerns them; the former contact is told that it is no longer used",
  params,
  body: z.strictObject({ contact: newContact.nullable().describe("null: they are told nothing") }),
  success: { status: 200, body: payeeView },
  problems: ["not_found"],
  handle: ({ params: { id }, body, principal }, deps) =>
    changeOne(deps, { id, change: { field: "contact", to: body.contact }, by: principal.ref }),
});

const changesRoute = listRoute({
  path: "/v1/payees/:id/changes",
  operationId: "listPayeeChanges",
  scope: "payees:read",
  summary: "List what of a payee was changed, newest first",
  params,
  problems: ["not_found"],
  filters: {},
  key: z.uuid(),
  item: z
    .object({
      id: z.uuid(),
      field: z.enum(changedFields),
      before: z.unknown().describe("As the field is; null: there was none"),
      after: z.unknown(),
      changed_by: z.string().describe("An API key, or the command line"),
      changed_at: timestampView,
    })
    .meta({ id: "PayeeChange", description: "One change of one thing of a payee" }),
  async read(db, { before, limit, params: { id = "" } }) {
    await getPayee(db, id);
    return readPage<MadeChange, { payee_id?: string }>(db, payeeChangeList, {
      filters: { payee_id: id },
      before,
      limit,
    });
  },
  keyOf: ({ id }: MadeChange) => id,
  present: (change: MadeChange) => ({
    id: change.id,
    field: change.field,
    before: change.before,
    after: change.after,
    changed_by: change.changed_by,
    changed_at: presentTime(change.changed_at),
  }),
});

const statusRoute = (verb: "pause" | "resume", status: Payee["status"]): Route =>
  defineRoute({
    method: "POST",
    path: `/v1/payees/:id/${verb}`,
    operationId: `${verb}Payee`,
    scope: "payees:pause",
    summary: verb === "pause" ? "Pause a payee: they go on earning and are not paid" : "Resume a payee",
    params,
    success: { status: 200, body: payeeView },
    problems: ["not_found"],
    async handle({ params: { id } }, { db }) {
      const payee = await getPayee(db, id);
      await setPayeeStatus(db, id, status);
      return presentPayee({ ...payee, status });
    },
  });

export const payeeRoutes: readonly Route[] = [
  createRoute,
  list,
  getRoute,
  thresholdRoute,
  modeRoute,
  nameRoute,
  feeRoute,
  contactRoute,
  changesRoute,
  statusRoute("pause", "paused"),
  statusRoute("resume", "active"),
];
