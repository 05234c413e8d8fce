import { MeteredStorage, type Log } from "./metered-storage.ts";
import { readArguments, Revert, type Program } from "./token-programs.ts";
import { intrinsicGas } from "./transaction.ts";

/** What a message meets: contracts and their storage, at one height. */
export interface StateView {
  program(address: string): Program | undefined;
  storage(address: string, slot: string): bigint;
}

export interface Message {
  readonly from: string;
  readonly to: string;
  readonly value: bigint;
  readonly data: string;
  readonly gasLimit: bigint;
}

interface Costs {
  /** What the gas limit must cover. */
  readonly gasNeeded: bigint;
  /** What is paid for, after refunds. */
  readonly gasUsed: bigint;
}

export type Outcome = Costs &
  (
    | {
        readonly kind: "succeeded";
        readonly output: string;
        readonly logs: readonly Log[];
        readonly writes: ReadonlyMap<string, bigint>;
      }
    | { readonly kind: "reverted"; readonly reason: string | null }
    | { readonly kind: "out_of_gas" }
  );

/** Gas of finding out that there is no such function. */
const dispatchGas = 215n;

/** Runs a message without changing anything. Who pays and whether they can is the caller's business. */
export function executeMessage(state: StateView, message: Message): Outcome {
  const { start, floor } = intrinsicGas(message.data);
  const program = state.program(message.to);
  const atLeast = (gas: bigint): bigint => (gas < floor ? floor : gas);
  if (program === undefined) {
    const gas = atLeast(start);
    return {
      kind: "succeeded",
      output: "0x",
      logs: [],
      writes: new Map(),
      gasNeeded: gas,
      gasUsed: gas,
    };
  }
  const storage = new MeteredStorage((slot) => state.storage(message.to, slot));
  const logs: Log[] = [];
  const called = program.get(message.data.slice(0, 10).toLowerCase());
  const spent = (): bigint => atLeast(start + (called?.gas ?? dispatchGas) + storage.gas);
  const outOfGas = (): Outcome | null =>
    spent() > message.gasLimit ? { kind: "out_of_gas", gasNeeded: spent(), gasUsed: message.gasLimit } : null;
  try {
    if (called === undefined || message.value > 0n) throw new Revert(null);
    const frame = { address: message.to, caller: message.from, storage, logs };
    const output = called.run(frame, readArguments(message.data, called));
    const gasNeeded = spent();
    const mostRefund = gasNeeded / 5n;
    const gasUsed = atLeast(gasNeeded - (storage.refund < mostRefund ? storage.refund : mostRefund));
    return outOfGas() ?? { kind: "succeeded", output, logs, writes: storage.writes, gasNeeded, gasUsed };
  } catch (error) {
    if (!(error instanceof Revert)) throw error;
    return outOfGas() ?? { kind: "reverted", reason: error.reason, gasNeeded: spent(), gasUsed: spent() };
  }
}
