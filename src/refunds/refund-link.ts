import type { Clock } from "../clock.ts";
import { inTransaction, sql, type Db, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { newId } from "../ids.ts";
import { hashToken, newToken } from "../link-token.ts";
import type { Refund, RefundStatus } from "./refund.ts";
import { findRefund, lockRefund, revokeLinks, unknownRefund } from "./refund-store.ts";
import { setAddress } from "./resolve-refund.ts";
import { readRefundTerms } from "./settings.ts";

/** A link by which a payer says where their refund goes, once. The link itself is shown at its making and stored nowhere. */
interface RefundLink {
  readonly id: string;
  readonly refund_id: string;
  readonly created_by: string;
  readonly expires_at: Date;
  readonly used_at: Date | null;
  readonly revoked_at: Date | null;
  readonly refund_status: RefundStatus;
}

/** A link as whoever made it is told, this once. */
export interface NewLink {
  readonly token: string;
  readonly expiresAt: Date;
}

interface LinkDeps {
  readonly db: Db;
  readonly clock: Clock;
}

/** Makes the link of a refund that waits for its payer's address; an earlier one is good no more. The refund is locked by the caller. */
export async function insertLink(
  tx: Tx,
  refundId: string,
  { by, now }: { readonly by: string; readonly now: Date },
): Promise<NewLink> {
  const token = newToken();
  const expiresAt = new Date(now.getTime() + (await readRefundTerms(tx)).linkMs);
  await revokeLinks(tx, refundId, now);
  await sql`
    insert into refund_link (id, refund_id, token_hash, created_by, created_at, expires_at)
    values (${newId()}, ${refundId}, ${hashToken(token)}, ${by}, ${now}, ${expiresAt})`.execute(tx);
  return { token, expiresAt };
}

/**
 * Makes a new link for a refund whose payer has not said where it goes.
 * @throws {DomainError} `unknown_refund`, `refund_ended`, `refund_has_address`
 */
export async function renewLink(
  { db, clock }: LinkDeps,
  { refundId, by }: { readonly refundId: string; readonly by: string },
): Promise<{ readonly refund: Refund; readonly link: NewLink }> {
  return inTransaction(db, async (tx) => {
    const refund = await lockRefund(tx, refundId);
    if (refund === null) throw unknownRefund(refundId);
    if (refund.status === "given_back" || refund.status === "sent")
      throw new DomainError("refund_ended", `This refund is ${refund.status}: there is nothing to decide.`);
    if (refund.status !== "awaiting_address")
      throw new DomainError(
        "refund_has_address",
        "It is known already where this refund goes. Nobody has to be asked.",
      );
    return { refund, link: await insertLink(tx, refundId, { by, now: clock.now() }) };
  });
}

/** Whose link it is, and how it stands; null: nobody's. "used": the address was confirmed by it. */
export async function findRefundByLink(
  { db, clock }: LinkDeps,
  token: string,
): Promise<{ readonly refund: Refund; readonly state: "open" | "used" | "gone" } | null> {
  const link = await findLink(db, token);
  const refund = link === null ? null : await findRefund(db, link.refund_id);
  if (link === null || refund === null) return null;
  if (link.used_at !== null) return { refund, state: "used" };
  const open =
    link.revoked_at === null && link.expires_at > clock.now() && link.refund_status === "awaiting_address";
  return { refund, state: open ? "open" : "gone" };
}

/** In one look with its refund's status: whoever says where to changes both. */
async function findLink(db: Db | Tx, token: string): Promise<RefundLink | null> {
  const { rows } = await sql<RefundLink>`
    select l.*, r.status as refund_status from refund_link l join refund r on r.id = l.refund_id
    where l.token_hash = ${hashToken(token)}`.execute(db);
  return rows[0] ?? null;
}

/**
 * The payer says that an address is theirs: the refund goes there. Of several who say so at once one is first.
 * @throws {DomainError} `refund_link_not_open`, `invalid_address`, `secret_pasted`
 */
export async function confirmAddress(
  { db, clock }: LinkDeps,
  { token, address }: { readonly token: string; readonly address: string },
): Promise<Refund> {
  const now = clock.now();
  return inTransaction(db, async (tx) => {
    const link = await findLink(tx, token);
    const refund = link === null ? null : await lockRefund(tx, link.refund_id);
    if (link === null || refund?.status !== "awaiting_address") throw notOpen();
    const { rows } = await sql`
      update refund_link set used_at = ${now}
      where id = ${link.id} and used_at is null and revoked_at is null and expires_at > ${now} returning id`.execute(
      tx,
    );
    if (rows.length === 0) throw notOpen();
    const cause = { kind: "api", ref: `refund_link:${link.id}`, note: `sent to ${address}` } as const;
    await setAddress(tx, refund, { address, by: link.created_by, cause, now });
    return refund;
  });
}

const notOpen = (): DomainError =>
  new DomainError(
    "refund_link_not_open",
    "This link is not good any more. Ask whoever sent it for a new one.",
  );
