import { z } from "zod";
import { DomainError } from "../../../errors.ts";
import {
  approvalsOf,
  approve,
  authorisationLife,
  findAuthorisation,
  listAuthorisations,
  readWaiting,
  reject,
  type Approval,
  type Authorisation,
  type AuthorisationStatus,
  type PolicyDeps,
} from "../../../policy/index.ts";
import { filterSchemas, listRoute } from "../../list-route.ts";
import { defineRoute, type Route } from "../../route.ts";
import { presentTime, presentUsd, timestampView, usdView } from "../../schemas.ts";

const statuses = Object.keys(authorisationLife.statuses) as [AuthorisationStatus, ...AuthorisationStatus[]];
const mostAtOnce = 10_000;
const hashSchema = z
  .string()
  .regex(/^[0-9a-f]{64}$/, "must be 64 hexadecimal digits")
  .transform((text) => Buffer.from(text, "hex"));

const authorisationView = z
  .object({
    id: z.uuid(),
    subject: z.enum(["payout", "refund", "change"]),
    subject_id: z.uuid().describe("Of the payout or refund, or of the change itself"),
    payee_id: z.uuid().nullable().describe("null: it is for no payee"),
    terms: z
      .record(z.string(), z.union([z.string(), z.number(), z.null()]))
      .describe("All that is bound, amounts in base units: other terms are another authorisation"),
    terms_hash: z.string().describe("SHA-256 of the terms: say it to approve or reject exactly them"),
    usd: usdView.nullable().describe("Worth when it was asked for; null: it had no price"),
    policy_version: z.int().nullable().describe("Of payout_policy; null: none could be read"),
    approvers: z.int().describe("How many people must approve it; 0: the policy let it go"),
    because: z.array(z.string()).describe("Why so many, in stable words"),
    requested_by: z.string(),
    status: z.enum(statuses),
    reason: z.string().nullable().describe("Of a rejection; the payee reads it. null: it was not rejected"),
    expires_at: timestampView,
    created_at: timestampView,
  })
  .meta({
    id: "Authorisation",
    description: "That something may leave, or be changed: what exactly, and on whose word",
  });

export const presentAuthorisation = (row: Authorisation): z.output<typeof authorisationView> => ({
  id: row.id,
  subject: row.subject,
  subject_id: row.subject_id,
  payee_id: row.payee_id,
  terms: { ...row.terms },
  terms_hash: row.terms_hash.toString("hex"),
  usd: row.usd_micros === null ? null : presentUsd(row.usd_micros),
  policy_version: row.policy_version,
  approvers: row.approvers,
  because: [...row.because],
  requested_by: row.requested_by,
  status: row.status,
  reason: row.reason,
  expires_at: presentTime(row.expires_at),
  created_at: presentTime(row.created_at),
});

const approvalView = z
  .object({ person: z.string(), by: z.string(), at: timestampView })
  .meta({ id: "Approval", description: "One person's word" });
const presentApproval = ({ person, by, at }: Approval) => ({ person, by, at: presentTime(at) });

const list = listRoute({
  path: "/v1/authorisations",
  operationId: "listAuthorisations",
  scope: "payouts:read",
  summary: "List authorisations, newest first",
  filters: {
    status: z.enum(statuses).optional(),
    subject: z.enum(["payout", "refund", "change"]).optional(),
    subject_id: z.uuid().optional().describe("Of the payout or refund"),
    payee_id: filterSchemas.payee_id,
    ...filterSchemas.created,
  },
  key: z.uuid(),
  item: authorisationView,
  read: listAuthorisations,
  keyOf: ({ id }: Authorisation) => id,
  present: presentAuthorisation,
});

const getRoute = defineRoute({
  method: "GET",
  path: "/v1/authorisations/:id",
  operationId: "getAuthorisation",
  scope: "payouts:read",
  summary: "Read an authorisation and who approved it",
  params: z.object({ id: z.uuid() }),
  success: {
    status: 200,
    body: authorisationView
      .extend({ approvals: z.array(approvalView) })
      .meta({ id: "AuthorisationWithApprovals", description: "An authorisation and who approved it" }),
  },
  problems: ["unknown_authorisation"],
  async handle({ params: { id } }, { db }) {
    const row = await findAuthorisation(db, id);
    if (row === null)
      throw new DomainError(
        "unknown_authorisation",
        `There is no authorisation ${id}. List those that wait.`,
      );
    return {
      ...presentAuthorisation(row),
      approvals: (await approvalsOf(db, [id])).map(presentApproval),
    };
  },
});

const waitingRoute = defineRoute({
  method: "GET",
  path: "/v1/approval-queue",
  operationId: "getApprovalQueue",
  scope: "payouts:read",
  summary: "Read all that waits for approval as one list, with the hash of exactly that list",
  success: {
    status: 200,
    body: z
      .object({
        data: z.array(authorisationView),
        list_hash: z.string().describe("Of these and no others: say it to decide about all of them"),
        usd: usdView.describe("Of those that have a price"),
        more: z.boolean().describe(`Whether more than ${mostAtOnce} wait`),
      })
      .meta({ id: "ApprovalQueue", description: "What waits for approval" }),
  },
  problems: [],
  async handle(_request, { db }) {
    const { rows, hash, more } = await readWaiting(db, mostAtOnce);
    return {
      data: rows.map(presentAuthorisation),
      list_hash: hash.toString("hex"),
      usd: presentUsd(rows.reduce((sum, { usd_micros: usd }) => sum + (usd ?? 0n), 0n)),
      more,
    };
  },
});

const decideRoute = (deps: PolicyDeps): Route =>
  defineRoute({
    method: "POST",
    path: "/v1/approval-decisions",
    operationId: "decideApprovals",
    scope: "payouts:approve",
    summary: "Approve or reject exactly what was read: single authorisations, or the whole queue",
    body: z
      .strictObject({
        decision: z.enum(["approve", "reject"]),
        items: z
          .array(z.strictObject({ id: z.uuid(), terms_hash: hashSchema }))
          .min(1)
          .max(mostAtOnce)
          .optional(),
        list_hash: hashSchema.optional().describe("Instead of items: of the queue as it was read"),
        reason: z.string().trim().min(1).max(500).optional().describe("For a rejection; the payee reads it"),
      })
      .refine(({ items, list_hash: hash }) => (items === undefined) !== (hash === undefined), {
        message: "must name either items or list_hash",
        path: ["items"],
      })
      .refine(({ decision, reason }) => decision === "approve" || reason !== undefined, {
        message: "must say why, when something is rejected",
        path: ["reason"],
      })
      .meta({ id: "DecideApprovals" }),
    success: {
      status: 200,
      body: z.object({ data: z.array(authorisationView) }).meta({ id: "DecidedApprovals" }),
    },
    problems: [
      "unknown_authorisation",
      "authorisation_changed",
      "authorisation_ended",
      "approval_by_requester",
      "approved_already",
      "approval_list_changed",
    ],
    async handle({ body, principal }) {
      const which = body.items
        ? { decisions: body.items.map(({ id, terms_hash: termsHash }) => ({ id, termsHash })) }
        : { listHash: body.list_hash! };
      const rows =
        body.decision === "approve"
          ? await approve(deps, { ...which, by: principal.ref })
          : await reject(deps, { ...which, by: principal.ref, reason: body.reason! });
      return { data: rows.map(presentAuthorisation) };
    },
  });

/** They need nothing but the database. */
export const authorisationReads: readonly Route[] = [list, getRoute, waitingRoute];

export const authorisationRoutes = (deps: PolicyDeps): readonly Route[] => [
  ...authorisationReads,
  decideRoute(deps),
];
