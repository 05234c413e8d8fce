import { executeMessage, type Outcome, type StateView } from "./execute-message.ts";
import type { Log } from "./metered-storage.ts";
import { invalidParams } from "./rpc-error.ts";
import { findProgram, type Program } from "./token-programs.ts";
import { effectiveTip, type Transaction } from "./transaction.ts";
import { VersionedStore } from "./versioned-store.ts";

export interface Applied {
  readonly outcome: Outcome;
  readonly effectiveGasPrice: bigint;
  readonly logs: readonly Log[];
}

type Contracts = ReadonlyMap<string, { readonly code: string; readonly program: Program }>;

/**
 * Balances, nonces, storage and contracts, now and at every height. Addresses are in lower case. Code alone has no
 * history: it is where it was put last.
 */
export class ChainLedger {
  private readonly store: VersionedStore;
  private contracts: Contracts;

  constructor(store = new VersionedStore(), contracts: Contracts = new Map()) {
    this.store = store;
    this.contracts = contracts;
  }

  balance(address: string, height?: number): bigint {
    return this.store.read(`balance/${address}`, height);
  }

  nonce(address: string, height?: number): bigint {
    return this.store.read(`nonce/${address}`, height);
  }

  storage(address: string, slot: string, height?: number): bigint {
    return this.store.read(`storage/${address}/${slot}`, height);
  }

  code(address: string): string {
    return this.contracts.get(address)?.code ?? "0x";
  }

  /** What a call meets at a height; now if none is given. */
  view(height?: number): StateView {
    return {
      program: (address) => this.contracts.get(address)?.program,
      storage: (address, slot) => this.storage(address, slot, height),
    };
  }

  setBalance(address: string, wei: bigint, height: number): void {
    this.store.write(`balance/${address}`, wei, height);
  }

  setNonce(address: string, nonce: bigint, height: number): void {
    this.store.write(`nonce/${address}`, nonce, height);
  }

  setStorage(address: string, slot: string, value: bigint, height: number): void {
    this.store.write(`storage/${address}/${slot}`, value, height);
  }

  /** @throws {RpcError} it is neither empty nor a contract of the sandbox */
  setCode(address: string, code: string): void {
    const contracts = new Map(this.contracts);
    contracts.delete(address);
    if (code !== "0x") {
      const program = findProgram(code);
      if (program === undefined) throw invalidParams("The model runs only the sandbox's own contracts");
      contracts.set(address, { code, program });
    }
    this.contracts = contracts;
  }

  /** Runs a transaction whose sender can pay for it, in a block of this height. The fee is burned. */
  apply(transaction: Transaction, { baseFee, height }: { baseFee: bigint; height: number }): Applied {
    const { from, to, nonce, value } = transaction;
    const outcome = executeMessage(this.view(), transaction);
    const effectiveGasPrice = baseFee + effectiveTip(transaction, baseFee);
    this.setNonce(from, nonce + 1n, height);
    this.setBalance(from, this.balance(from) - outcome.gasUsed * effectiveGasPrice, height);
    if (outcome.kind !== "succeeded") return { outcome, effectiveGasPrice, logs: [] };
    this.setBalance(from, this.balance(from) - value, height);
    this.setBalance(to, this.balance(to) + value, height);
    for (const [slot, written] of outcome.writes) this.setStorage(to, slot, written, height);
    return { outcome, effectiveGasPrice, logs: outcome.logs };
  }

  /** Forgets what happened above the height. */
  rewind(height: number): void {
    this.store.rewind(height);
  }

  copy(): ChainLedger {
    return new ChainLedger(this.store.copy(), this.contracts);
  }
}
