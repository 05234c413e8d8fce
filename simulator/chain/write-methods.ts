import type { ChainCore } from "./chain-core.ts";
import { invalidParams } from "./rpc-error.ts";
import {
  addressOf,
  countOf,
  hashOf,
  quantityOf,
  slotOf,
  type CallObject,
  type Method,
} from "./rpc-params.ts";
import { decodeTransaction, unsignedTransaction, usualTip } from "./transaction.ts";

/** Enough for every function of the sandbox's contracts. */
const unsignedCallGas = 100_000n;

function sendRaw(core: ChainCore, [raw]: readonly unknown[]): string {
  if (typeof raw !== "string" || !/^0x([0-9a-f]{2})+$/i.test(raw))
    throw invalidParams("Failed to decode transaction");
  const transaction = decodeTransaction(raw, core.chainId);
  core.submit(transaction);
  return transaction.hash;
}

function sendUnsigned(core: ChainCore, [call]: readonly unknown[]): string {
  const { from, to, value = "0x0", data = "0x", gas } = call as CallObject;
  const sender = addressOf(from);
  const plain = core.ledger.code(addressOf(to)) === "0x" && data === "0x";
  const transaction = unsignedTransaction({
    from: sender,
    to: addressOf(to),
    nonce: core.pool.firstFreeNonce(sender, core.ledger.nonce(sender)),
    value: quantityOf(value),
    data,
    gasLimit: gas === undefined ? (plain ? 21_000n : unsignedCallGas) : quantityOf(gas),
    // Nobody outbids these later, so their cap must survive a rising base fee.
    maxFeePerGas: 10n * core.nextBaseFee + usualTip,
    maxPriorityFeePerGas: usualTip,
  });
  core.submit(transaction);
  return transaction.hash;
}

/** Anvil answers null where there is nothing to say. */
const told =
  (act: (core: ChainCore, params: readonly unknown[]) => void): Method =>
  (core, params) => {
    act(core, params);
    return null;
  };

/** What changes the chain: sending, and what anvil lets a test do. */
export const writeMethods: Readonly<Record<string, Method>> = {
  eth_sendRawTransaction: sendRaw,
  eth_sendTransaction: sendUnsigned,
  anvil_impersonateAccount: told(() => undefined), // everybody may send here
  anvil_mine: told((core, [blocks]) => core.mine(countOf(blocks ?? "0x1"))),
  evm_setAutomine: told((core, [on]) => core.setAutomine(on === true)),
  evm_setIntervalMining: told((core) => core.setAutomine(false)), // blocks come when told
  anvil_setBalance: told((core, [address, wei]) =>
    core.ledger.setBalance(addressOf(address), quantityOf(wei), core.head.number),
  ),
  anvil_setCode: told((core, [address, code]) => core.ledger.setCode(addressOf(address), String(code))),
  anvil_setStorageAt(core, [address, slot, value]) {
    core.ledger.setStorage(addressOf(address), slotOf(slot), quantityOf(value), core.head.number);
    return true;
  },
  anvil_setNonce: told((core, [address, nonce]) => core.setNonce(addressOf(address), quantityOf(nonce))),
  anvil_reorg: told((core, [depth]) => core.reorg(countOf(depth), false)),
  anvil_rollback: told((core, [depth]) => void core.rollback(countOf(depth))),
  anvil_dropTransaction: (core, [hash]) => (core.pool.drop(hashOf(hash)) ? hashOf(hash) : null),
  anvil_setNextBlockBaseFeePerGas: told((core, [wei]) => core.forceBaseFee(quantityOf(wei))),
  evm_increaseTime(core, [seconds]) {
    core.passTime(countOf(seconds));
    return countOf(seconds);
  },
  evm_snapshot: (core) => core.snapshot(),
  evm_revert: (core, [id]) => core.revert(String(id)),
};
