import { z } from "zod";
import { readSettlementAsset } from "../../../conversions/index.ts";
import { readPage } from "../../../database/index.ts";
import { DomainError } from "../../../errors.ts";
import { parseMoney, registry } from "../../../money/index.ts";
import {
  invitationList,
  invitePayee,
  payeeName,
  revokeInvitation,
  type Invitation,
} from "../../../payees/index.ts";
import { filterSchemas, listRoute } from "../../list-route.ts";
import { defineRoute, type Route } from "../../route.ts";
import { moneyView, positiveMoneySchema, presentMoney, presentTime, timestampView } from "../../schemas.ts";
import { defaultThreshold } from "./payees.ts";

const invitationView = z
  .object({
    id: z.uuid(),
    external_id: z.string(),
    name: z.string(),
    payout_mode: z.enum(["instant", "threshold"]),
    payout_threshold: moneyView,
    created_by: z.string(),
    created_at: timestampView,
    expires_at: timestampView,
    used_at: timestampView.nullable().describe("null: nobody has entered a destination by it"),
    payee_id: z.uuid().nullable().describe("Who was made of it; null: it was not used"),
    revoked_at: timestampView
      .nullable()
      .describe("null: it was not taken back, by a newer one or by an operator"),
  })
  .meta({ id: "PayeeInvitation", description: "A link by which somebody enters where they are paid, once" });

const newInvitationView = invitationView
  .extend({ url: z.string().nullable().describe("The link. null in a replay: it is not stored") })
  .meta({ id: "NewPayeeInvitation", description: "An invitation; this answer alone shows its link" });

const time = (at: Date | null): string | null => (at === null ? null : presentTime(at));
const present = (one: Invitation): z.output<typeof invitationView> => ({
  id: one.id,
  external_id: one.external_id,
  name: one.name,
  payout_mode: one.payout_mode,
  payout_threshold: presentMoney({ asset: one.threshold_asset, amount: one.threshold_amount }),
  created_by: one.created_by,
  created_at: presentTime(one.created_at),
  expires_at: presentTime(one.expires_at),
  used_at: time(one.used_at),
  payee_id: one.payee_id,
  revoked_at: time(one.revoked_at),
});

const hourMs = 3_600_000;

const inviteRoute = ({ publicUrl }: { readonly publicUrl: string | null }): Route =>
  defineRoute({
    method: "POST",
    path: "/v1/payee-invitations",
    operationId: "invitePayee",
    tag: "payees",
    scope: "payees:write",
    summary: "Make a link by which somebody enters where they are paid; they are a payee from then on",
    description:
      "The link is good once. A newer one for the same external id takes the place of one that was not used.",
    body: z
      .strictObject({
        external_id: z.string().min(1).max(200).describe("Yours: the payee is found by it afterwards"),
        name: payeeName,
        payout_mode: z.enum(["instant", "threshold"]).default("threshold"),
        payout_threshold: positiveMoneySchema
          .optional()
          .describe("In the settlement asset; 50 of it if left out"),
        good_for_hours: z.int().min(1).max(720).default(168),
      })
      .meta({ id: "InvitePayee" }),
    success: { status: 201, body: newInvitationView },
    problems: ["payee_exists", "invalid_threshold_asset", "invalid_threshold", "no_public_url"],
    storedAnswer: (body) => ({ ...body, url: null }),
    async handle({ body, principal }, { db, clock }) {
      if (publicUrl === null)
        throw new DomainError(
          "no_public_url",
          "PUBLIC_URL is empty, so no link would lead here. Set it and restart.",
        );
      const settlementAsset = await readSettlementAsset(db);
      const { invitation, token } = await invitePayee(
        { db, clock, registry, settlementAsset },
        {
          externalId: body.external_id,
          name: body.name,
          payoutMode: body.payout_mode,
          payoutThreshold:
            body.payout_threshold ?? parseMoney(defaultThreshold, registry.get(settlementAsset)),
          goodForMs: body.good_for_hours * hourMs,
          by: principal.ref,
        },
      );
      return { ...present(invitation), url: `${publicUrl}/join/${token}` };
    },
  });

const list = listRoute({
  path: "/v1/payee-invitations",
  operationId: "listPayeeInvitations",
  tag: "payees",
  scope: "payees:read",
  summary: "List invitations, newest first",
  filters: { external_id: filterSchemas.external_id },
  key: z.uuid(),
  item: invitationView,
  read: (db, page) => readPage<Invitation, { external_id?: string | undefined }>(db, invitationList, page),
  keyOf: ({ id }: Invitation) => id,
  present,
});

const revokeRoute = defineRoute({
  method: "POST",
  path: "/v1/payee-invitations/:id/revoke",
  operationId: "revokePayeeInvitation",
  tag: "payees",
  scope: "payees:write",
  summary: "Take an invitation back: its link is good no more",
  params: z.object({ id: z.uuid() }),
  success: { status: 200, body: invitationView },
  problems: ["not_found", "invitation_used"],
  handle: async ({ params: { id } }, deps) => present(await revokeInvitation(deps, id)),
});

/** Links by which payees enter their own destination. */
export const invitationRoutes = (config: { readonly publicUrl: string | null }): readonly Route[] => [
  inviteRoute(config),
  list,
  revokeRoute,
];
