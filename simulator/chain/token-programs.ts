import { encodeAbiParameters, keccak256, toFunctionSelector } from "viem";
import { standardToken, usdtLike } from "../../sandbox/tokens.ts";
import type { Log, MeteredStorage } from "./metered-storage.ts";

/** One call of a contract. Its writes and logs count only if it does not revert. */
export interface Frame {
  readonly address: string;
  readonly caller: string;
  readonly storage: MeteredStorage;
  readonly logs: Log[];
}

export class Revert extends Error {
  readonly reason: string | null;

  constructor(reason: string | null) {
    super(reason ?? "");
    this.reason = reason;
  }
}

interface ContractFunction {
  /** Gas of everything but storage and logs, as the compiled contract spends it. */
  readonly gas: bigint;
  /** @param words the arguments, checked to be there */
  run(frame: Frame, words: readonly bigint[]): string;
  readonly parameters: readonly ("address" | "uint256" | "bool")[];
}

/** A contract of the sandbox, function by function as far as anybody calls it; anything else reverts. */
export type Program = ReadonlyMap<string, ContractFunction>;

const transferTopic = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";

const slot = (index: number): string => word(BigInt(index));
const balances = 0;
const decimals = 1;
const [blackListed, paused, feeBps, feeCollector] = [3, 4, 5, 6];

function word(value: bigint): string {
  return `0x${value.toString(16).padStart(64, "0")}`;
}
const bare = (hex: string): string => hex.slice(2);

/** Few addresses are used again and again, and hashing is most of a transfer's work. */
const entries = new Map<string, string>();
const mostEntries = 10_000;

/** Where a Solidity mapping at a slot keeps the value of a key. */
function entryOf(mapping: number, key: bigint): string {
  const name = `${bare(word(key))}${bare(slot(mapping))}`;
  const entry = entries.get(name) ?? keccak256(`0x${name}`);
  if (entries.size >= mostEntries) entries.clear();
  entries.set(name, entry);
  return entry;
}

function require(holds: boolean, reason: string): void {
  if (!holds) throw new Revert(reason);
}

function change(storage: MeteredStorage, at: string, by: bigint): void {
  storage.write(at, storage.read(at) + by);
}

function emitTransfer({ logs, storage, address, caller }: Frame, to: bigint, amount: bigint): void {
  storage.spend(2_132n);
  logs.push({ address, topics: [transferTopic, word(BigInt(caller)), word(to)], data: word(amount) });
}

/** @param feeOn what of the amount does not arrive; asked once the balance is known to suffice */
function move(frame: Frame, to: bigint, amount: bigint, feeOn: () => bigint): bigint {
  const { storage } = frame;
  const source = entryOf(balances, BigInt(frame.caller));
  require(storage.read(source) >= amount, "balance");
  const fee = feeOn();
  change(storage, source, -amount);
  change(storage, entryOf(balances, to), amount - fee);
  emitTransfer(frame, to, amount - fee);
  return fee;
}

function transferStandard(frame: Frame, [to = 0n, amount = 0n]: readonly bigint[]): string {
  move(frame, to, amount, () => 0n);
  return word(1n);
}

function transferLikeTether(frame: Frame, [to = 0n, amount = 0n]: readonly bigint[]): string {
  const { storage, caller } = frame;
  require(storage.read(slot(paused)) === 0n, "paused");
  require(storage.read(entryOf(blackListed, BigInt(caller))) === 0n, "blacklisted");
  const fee = move(frame, to, amount, () => (amount * storage.read(slot(feeBps))) / 10_000n);
  if (fee > 0n) {
    const collector = storage.read(slot(feeCollector));
    change(storage, entryOf(balances, collector), fee);
    emitTransfer(frame, collector, fee);
  }
  return "0x";
}

function setFee({ storage }: Frame, [bps = 0n, collector = 0n]: readonly bigint[]): string {
  require(bps < 10_000n, "fee");
  storage.write(slot(feeBps), bps);
  storage.read(slot(feeCollector));
  storage.write(slot(feeCollector), collector);
  return "0x";
}

/** A switch shares its slot's word with nothing, but Solidity reads the word before it sets one byte of it. */
function setByte(storage: MeteredStorage, at: string, value: bigint): string {
  storage.read(at);
  storage.write(at, value);
  return "0x";
}

function programOf(functions: Readonly<Record<string, Omit<ContractFunction, "parameters">>>): Program {
  return new Map(
    Object.entries(functions).map(([signature, implementation]) => {
      const inside = /\((.*)\)/.exec(signature)?.[1] ?? "";
      const parameters = (inside === "" ? [] : inside.split(",")) as ContractFunction["parameters"];
      return [toFunctionSelector(signature), { ...implementation, parameters }];
    }),
  );
}

const view = (read: (storage: MeteredStorage, key: bigint) => bigint) => ({
  gas: 500n,
  run: ({ storage }: Frame, [key = 0n]: readonly bigint[]) => word(read(storage, key)),
});
const balanceOf = view((storage, owner) => storage.read(entryOf(balances, owner)));

const standardProgram = programOf({
  "transfer(address,uint256)": { gas: 741n, run: transferStandard },
  "balanceOf(address)": balanceOf,
  "decimals()": view((storage) => storage.read(slot(decimals)) & 0xffn),
});

const tetherProgram = programOf({
  "transfer(address,uint256)": { gas: 1_164n, run: transferLikeTether },
  "setPaused(bool)": {
    gas: 385n,
    run: ({ storage }, [value = 0n]) => setByte(storage, slot(paused), value),
  },
  "setBlackListed(address,bool)": {
    gas: 535n,
    run: ({ storage }, [account = 0n, listed = 0n]) =>
      setByte(storage, entryOf(blackListed, account), listed),
  },
  "setFee(uint256,address)": { gas: 451n, run: setFee },
  "balanceOf(address)": balanceOf,
  "decimals()": view(() => 6n),
  "paused()": view((storage) => storage.read(slot(paused))),
  "isBlackListed(address)": view((storage, account) => storage.read(entryOf(blackListed, account))),
});

const programs: ReadonlyMap<string, Program> = new Map([
  [standardToken.runtimeBytecode.toLowerCase(), standardProgram],
  [usdtLike.runtimeBytecode.toLowerCase(), tetherProgram],
]);

/** What stands in for this bytecode. */
export const findProgram = (code: string): Program | undefined => programs.get(code.toLowerCase());

const fits = { address: 1n << 160n, uint256: 1n << 256n, bool: 2n } as const;

/** Reads the arguments as Solidity does: enough of them, and none too large for its type. @throws {Revert} */
export function readArguments(data: string, { parameters }: ContractFunction): bigint[] {
  return parameters.map((type, index) => {
    const digits = data.slice(10 + 64 * index, 74 + 64 * index);
    const value = digits.length === 64 ? BigInt(`0x${digits}`) : fits[type];
    if (value >= fits[type]) throw new Revert(null);
    return value;
  });
}

/** Error(string), as `require` encodes it. */
export const encodeRevert = (reason: string | null): string =>
  reason === null ? "0x" : `0x08c379a0${bare(encodeAbiParameters([{ type: "string" }], [reason]))}`;
