import { inTransaction } from "../database/index.ts";
import { DomainError, InvariantViolation } from "../errors.ts";
import { enqueueOnce } from "../jobs/index.ts";
import { findBankTransfer } from "./bank-transfer-store.ts";
import type { BankingDeps } from "./deps.ts";
import { bankingTasks } from "./tasks.ts";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * Takes a provider's notice as a hint: the transfer that it names is looked at now. Nothing that it says is believed, since
 * only its secret says who sent it; what is no transfer of ours is answered alike.
 * @throws {DomainError} `invalid_signature`, `malformed_event`
 */
export async function hearNotice(
  deps: Pick<BankingDeps, "db" | "banks">,
  provider: string,
  { raw, headers }: { raw: Buffer; headers: Readonly<Record<string, string | string[] | undefined>> },
): Promise<void> {
  const bank = deps.banks.get(provider);
  if (bank === undefined)
    throw new InvariantViolation("unknown_bank", `There is no bank provider ${provider}.`);
  if (!bank.verifyNotice(headers))
    throw new DomainError("invalid_signature", `The notice does not carry our secret hash of ${provider}.`);
  const notice = bank.parseNotice(raw);
  if (notice.kind !== "transfer" || notice.reference === null) return;
  // A retry in their dashboard has another id, and the reference with a suffix.
  const id = notice.reference.replace(/_RETRY_\d{1,4}$/, "");
  if (!uuid.test(id)) return;
  await inTransaction(deps.db, async (tx) => {
    if ((await findBankTransfer(tx, id)) !== null) await enqueueOnce(tx, bankingTasks.advance, { id });
  });
}
