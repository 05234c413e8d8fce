import type { FeeEstimate } from "../chains/port.ts";
import { inTransaction, sql } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { availableFunds, type OnChainBalances } from "./available-funds.ts";
import { broadcastTransfer } from "./broadcast-transfer.ts";
import type { TransferDeps } from "./deps.ts";
import type { Route } from "./route.ts";
import { getTransfer, insertAttempt, listAttempts, lockTransfer } from "./transfer-store.ts";
import type { Transfer, TransferAttempt } from "./transfer.ts";
import { lockWallet } from "./wallet.ts";

/**
 * Signs a stuck transfer once more with higher fees and sends that too. Nonce, destination and amount stay, so whichever
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
  const fees = await higherFees(deps, transfer, newest, route, signal);
  if (fees === null) return;
  const native = await route.chain.balance(route.wallet.address, route.chain.native, signal);
  const onChain = { asset: native, native, readAt: deps.clock.now() };
  const replaced = await storeReplacement(deps, { transfer, newest, route, fees, onChain });
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

/** `null`: the fees are not what holds it up, or more is not to be had under the cap. */
async function higherFees(
  deps: TransferDeps,
  transfer: Transfer,
  newest: TransferAttempt,
  { chain, wallet, asset }: Route,
  signal: AbortSignal,
): Promise<FeeEstimate | null> {
  const call = { from: wallet.address, to: transfer.to_address, asset, amount: transfer.amount };
  try {
    const current = await chain.estimate(call, signal);
    const tooLow =
      current.maxFeePerGas > newest.max_fee_per_gas ||
      current.maxPriorityFeePerGas > newest.max_priority_fee_per_gas ||
      wantsOtherBytes(newest);
    if (!tooLow) return null;
    const replaces = {
      maxFeePerGas: newest.max_fee_per_gas,
      maxPriorityFeePerGas: newest.max_priority_fee_per_gas,
    };
    const fees = await chain.estimate({ ...call, replaces }, signal);
    return fees.gasLimit > newest.gas_limit ? fees : { ...fees, gasLimit: newest.gas_limit };
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
    fees: FeeEstimate;
    onChain: OnChainBalances;
  },
): Promise<boolean> {
  const { newest, route, fees, onChain } = step;
  return inTransaction(deps.db, async (tx) => {
    const wallet = await lockWallet(tx, step.transfer.wallet_id);
    const transfer = await lockTransfer(tx, step.transfer.id);
    const [latest] = await listAttempts(tx, transfer.id);
    const unchanged = latest?.seq === newest.seq && mayReplace(deps, transfer, newest, route);
    if (!unchanged || wallet.paused_reason !== null || route.signer === undefined) return false;
    const fee = fees.gasLimit * fees.maxFeePerGas;
    const { native } = route.chain;
    const free = await availableFunds(tx, {
      wallet,
      transfer,
      native,
      onChain,
      feePerTransfer: 0n,
      honourQueue: false,
    });
    if (free.native < fee + (transfer.asset === native.id ? transfer.amount : 0n)) {
      deps.log.warn({ transfer_id: transfer.id }, "not enough native coin to replace a stuck transfer");
      return false;
    }
    const signed = await route.signer.sign({
      nonce: transfer.nonce!,
      asset: route.asset,
      to: transfer.to_address,
      amount: transfer.amount,
      ...fees,
    });
    await insertAttempt(tx, {
      transferId: transfer.id,
      seq: newest.seq + 1,
      signed,
      fees,
      now: deps.clock.now(),
    });
    await sql`
      update transfer set fee_reserved = greatest(fee_reserved, ${fee}) where id = ${transfer.id}`.execute(
      tx,
    );
    return true;
  });
}
