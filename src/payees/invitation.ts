import type { Clock } from "../clock.ts";
import { equals, inTransaction, sql, type Db, type ListOf, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { newId } from "../ids.ts";
import { hashToken, newToken } from "../link-token.ts";
import type { AssetRegistry, Money } from "../money/index.ts";
import type { Contact } from "../notifications/index.ts";
import { checkThreshold, createPayee } from "./create-payee.ts";
import type { Payee, PayoutMode } from "./payee.ts";
import { findPayeeByExternalId } from "./payee-store.ts";

/** A link by which somebody enters where they are paid, once. The link itself is shown at its making and stored nowhere. */
export interface Invitation {
  readonly id: string;
  readonly external_id: string;
  readonly name: string;
  readonly payout_mode: PayoutMode;
  readonly threshold_asset: string;
  readonly threshold_amount: bigint;
  readonly created_by: string;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly used_at: Date | null;
  readonly payee_id: string | null;
  readonly revoked_at: Date | null;
}

/** How a link stands. */
export type InvitationState = "open" | "used" | "revoked" | "expired";

export const stateOf = (
  { used_at: used, revoked_at: revoked, expires_at: expires }: Invitation,
  now: Date,
): InvitationState => (used ? "used" : revoked ? "revoked" : expires <= now ? "expired" : "open");

/** Invitations, and what they may be narrowed by. */
export const invitationList: ListOf<{ readonly external_id?: string | undefined }> = {
  table: "payee_invitation",
  cameAt: "created_at",
  filters: { external_id: equals("external_id") },
};

interface InvitationDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly registry: AssetRegistry;
  readonly settlementAsset: string;
}

const taken = (externalId: string): DomainError =>
  new DomainError(
    "payee_exists",
    `A payee with external id "${externalId}" exists. Only who is no payee yet can be invited: use another external id.`,
  );

/**
 * Makes a link for somebody who is to be a payee. An earlier one for the same external id that was not used is taken back.
 * @returns the token that the link is made of, this once
 * @throws {DomainError} `payee_exists`, `invalid_threshold_asset`, `invalid_threshold`
 */
export async function invitePayee(
  deps: InvitationDeps,
  input: {
    readonly externalId: string;
    readonly name: string;
    readonly payoutMode: PayoutMode;
    readonly payoutThreshold: Money;
    readonly goodForMs: number;
    readonly by: string;
  },
): Promise<{ readonly invitation: Invitation; readonly token: string }> {
  const { externalId, payoutThreshold } = input;
  checkThreshold(payoutThreshold, deps);
  const now = deps.clock.now();
  const token = newToken();
  return inTransaction(deps.db, async (tx) => {
    // One after the other for one external id: the newer link is the good one.
    await sql`select pg_advisory_xact_lock(hashtextextended(${`payee_invitation:${externalId}`}, 0))`.execute(
      tx,
    );
    if (await findPayeeByExternalId(tx, externalId)) throw taken(externalId);
    await sql`
      update payee_invitation set revoked_at = ${now}
      where external_id = ${externalId} and used_at is null and revoked_at is null`.execute(tx);
    const { rows } = await sql<Invitation>`
      insert into payee_invitation (id, token_hash, external_id, name, payout_mode, threshold_asset, threshold_amount,
        created_by, created_at, expires_at)
      values (${newId()}, ${hashToken(token)}, ${externalId}, ${input.name}, ${input.payoutMode}, ${payoutThreshold.asset},
        ${payoutThreshold.amount}, ${input.by}, ${now}, ${new Date(now.getTime() + input.goodForMs)})
      returning *`.execute(tx);
    return { invitation: rows[0]!, token };
  });
}

/** Takes a link back. @throws {DomainError} `not_found`; `invitation_used`: it made a payee already */
export async function revokeInvitation(
  { db, clock }: { readonly db: Db; readonly clock: Clock },
  id: string,
): Promise<Invitation> {
  const { rows } = await sql<Invitation>`
    update payee_invitation set revoked_at = coalesce(revoked_at, ${clock.now()}) where id = ${id} and used_at is null
    returning *`.execute(db);
  if (rows[0] !== undefined) return rows[0];
  const { rows: used } = await sql`select from payee_invitation where id = ${id}`.execute(db);
  if (used.length === 0) throw new DomainError("not_found", `There is no invitation ${id}.`);
  throw new DomainError(
    "invitation_used",
    "This invitation was used: the payee is there. Pause the payee if that was not meant.",
  );
}

/** Whose link it is; null: nobody's. */
export async function findInvitation(db: Db | Tx, token: string, lock?: "lock"): Promise<Invitation | null> {
  const { rows } = await sql<Invitation>`
    select * from payee_invitation where token_hash = ${hashToken(token)}
    ${lock === undefined ? sql`` : sql`for update`}`.execute(db);
  return rows[0] ?? null;
}

/**
 * Makes the payee of a link, with the destination that they entered. It is used up by it: of several at once one is first.
 * @throws {DomainError} `invitation_not_open`; `payee_exists`; what a destination is refused with
 */
export async function acceptInvitation(
  deps: Omit<InvitationDeps, "settlementAsset">,
  given: {
    readonly token: string;
    readonly destination: Payee["destination"];
    readonly contact: Contact | null;
  },
): Promise<Payee> {
  return inTransaction(deps.db, async (tx) => {
    const now = deps.clock.now();
    const invitation = await findInvitation(tx, given.token, "lock");
    if (invitation === null || stateOf(invitation, now) !== "open")
      throw new DomainError(
        "invitation_not_open",
        "This link is not good any more. Ask whoever sent it for a new one.",
      );
    const { external_id: externalId, threshold_asset: asset, threshold_amount: amount } = invitation;
    if (await findPayeeByExternalId(tx, externalId)) throw taken(externalId);
    const { payee } = await createPayee(
      // What balances wait in may have changed since: the threshold stays as it was promised.
      { ...deps, db: tx, settlementAsset: asset },
      {
        externalId,
        name: invitation.name,
        payoutMode: invitation.payout_mode,
        destination: given.destination,
        payoutThreshold: { asset, amount },
        contact: given.contact,
      },
    );
    await sql`
      update payee_invitation set used_at = ${now}, payee_id = ${payee.id} where id = ${invitation.id}`.execute(
      tx,
    );
    return payee;
  });
}
