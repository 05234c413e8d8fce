import type { Fee } from "../chains/sending.ts";
import { inTransaction, sql } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { availableFunds, type OnChainBalances } from "./available-funds.ts";
import { broadcastTransfer } from "./broadcast-transfer.ts";
import type { TransferDeps } from "./deps.ts";
import type { Route } from "./route.ts";
import { feeOf, getTransfer, insertAttempt, listAttempts, lockTransfer } from "./transfer-store.ts";
import { slotOf } from "./slot.ts";
import type { Transfer, TransferAttempt } from "./transfer.ts";
import { lockWallet } from "./wallet.ts";

/**
 * Signs a stuck transfer once more with a higher fee and sends that too. Slot, destination and amount stay, so whichever
 * attempt lands, the payee is paid once.
 */
export async function replaceIfStuck(
  deps: TransferDeps,
  transferId: string,
  route: Route,
  signal: AbortSignal,
): Promise<void> {
  const transfer = await getTransfer(deps.db, transferId);
  const [newest] = await listAttempts(deps.db, transferId);
  if (newest === undefined || !mayReplace(deps, transfer, newest, route)) return;
  const fee = await higherFee(deps, transfer, newest, route, signal);
  if (fee === null) return;
  const native = await route.chain.balance(route.wallet.address, route.chain.native, signal);
  const onChain = { asset: native, native, readAt: deps.clock.now() };
  const replaced = await storeReplacement(deps, { transfer, newest, route, fee, onChain });
  if (!replaced) return;
  const [replacement] = await listAttempts(deps.db, transferId);
  await broadcastTransfer(deps, route, replacement!, signal);
}

/** The node asked for other bytes: waiting would change nothing. */
const wantsOtherBytes = (attempt: TransferAttempt): boolean =>
  /^rejected:(underpriced|gas_limit):/.test(attempt.last_answer ?? "");

function mayReplace(deps: TransferDeps, transfer: Transfer, newest: TransferAttempt, route: Route): boolean {
  const inNoBlock =
    transfer.status === "signed" ||
    transfer.status === "broadcast" ||
    (transfer.status === "in_review" && transfer.block_hash === null);
  if (!inNoBlock || route.signer === undefined) return false;
  const age = deps.clock.now().getTime() - newest.signed_at.getTime();
  return age >= deps.settings.replaceAfterMs || wantsOtherBytes(newest);
}

/** `null`: the fee is not what holds it up, or more is not to be had under the cap. */
async function higherFee(
  deps: TransferDeps,
  transfer: Transfer,
  newest: TransferAttempt,
  { chain, wallet, asset }: Route,
  signal: AbortSignal,
): Promise<Fee | null> {
  const sending = { from: wallet.address, to: transfer.to_address, asset, amount: transfer.amount };
  try {
    return await chain.raiseFee(sending, { fee: feeOf(newest), refused: wantsOtherBytes(newest) }, signal);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    deps.log.warn({ transfer_id: transfer.id, code: error.code }, "a stuck transfer is not replaced");
    return null;
  }
}

async function storeReplacement(
  deps: TransferDeps,
  step: {
    transfer: Transfer;
    newest: TransferAttempt;
    route: Route;
    fee: Fee;
    onChain: OnChainBalances;
  },
): Promise<boolean> {
  const { newest, route, fee, onChain } = step;
  return inTransaction(deps.db, async (tx) => {
    const wallet = await lockWallet(tx, step.transfer.wallet_id);
    const transfer = await lockTransfer(tx, step.transfer.id);
    const [latest] = await listAttempts(tx, transfer.id);
    const unchanged = latest?.seq === newest.seq && mayReplace(deps, transfer, newest, route);
    if (!unchanged || wallet.paused_reason !== null || route.signer === undefined) return false;
    const { native } = route.chain;
    const free = await availableFunds(tx, {
      wallet,
      transfer,
      native,
      onChain,
      feePerTransfer: 0n,
      honourQueue: false,
    });
    if (free.native < fee.most + (transfer.asset === native.id ? transfer.amount : 0n)) {
      deps.log.warn({ transfer_id: transfer.id }, "not enough native coin to replace a stuck transfer");
      return false;
    }
    const signed = await route.signer.sign({
      slot: slotOf(transfer),
      asset: route.asset,
      to: transfer.to_address,
      amount: transfer.amount,
      fee,
    });
    await insertAttempt(tx, {
      transferId: transfer.id,
      seq: newest.seq + 1,
      signed,
      fee,
      now: deps.clock.now(),
    });
    await sql`
      update transfer set fee_reserved = greatest(fee_reserved, ${fee.most}) where id = ${transfer.id}`.execute(
      tx,
    );
    return true;
  });
}
