import { inClaim } from "../arrivals/index.ts";
import { DomainError } from "../errors.ts";
import type { PaymentDeps } from "./deps.ts";
import { bookSettlement, findSettlement } from "./follow-arrival.ts";
import { directProcessor } from "./payment.ts";
import { findPayment, type Payment } from "./payment-store.ts";

/**
 * Takes what the processor's transfer really brought as all there will be: the chain is read again first, the platform bears
 * what lacks, and the payees' earnings can be spent as they were booked.
 * @throws {DomainError} `unknown_payment`, `payment_not_awaited`, `settlement_not_seen` (no final transfer of coins for it)
 * @throws {ProviderError} the chain or the processor does not answer.
 */
export async function acceptShortSettlement(
  deps: PaymentDeps,
  { paymentId }: { paymentId: string },
  signal: AbortSignal,
): Promise<void> {
  const payment = await getPayment(deps, paymentId);
  const refusal = refuseAcceptShort(payment);
  if (refusal !== null) throw refusal;
  const settlement = await findSettlement(deps, payment, signal);
  const here =
    typeof settlement === "string"
      ? null
      : await inClaim(deps, (tx) => bookSettlement(deps, tx, settlement, paymentId));
  if (!here?.has(paymentId))
    throw new DomainError(
      "settlement_not_seen",
      "The chain shows no final transfer with coins left for this payment. Ask the processor for the transaction first.",
    );
}

/** A direct payment's coins are at our own address already: they are gathered, and nothing of them is missing. */
export function refuseAcceptShort({
  status,
  arrival,
  processor,
}: Pick<Payment, "status" | "arrival" | "processor">): DomainError | null {
  const awaited = (arrival === "expected" || arrival === "custody") && processor !== directProcessor;
  if (status === "settled" && awaited) return null;
  return new DomainError(
    "payment_not_awaited",
    `This payment is ${status} and its coins are ${arrival}: nothing of it is awaited from a processor.`,
  );
}

export const unknownPayment = (id: string): DomainError =>
  new DomainError("unknown_payment", `There is no payment ${id}.`);

/** @throws {DomainError} `unknown_payment` */
export async function getPayment({ db }: Pick<PaymentDeps, "db">, id: string): Promise<Payment> {
  const payment = await findPayment(db, id);
  if (payment === null) throw unknownPayment(id);
  return payment;
}
