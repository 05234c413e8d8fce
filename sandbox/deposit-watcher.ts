import type { AnvilControl, ChainReceipt, ChainTransaction } from "./anvil.ts";
import type { Background } from "./background.ts";

export interface ChainDeposit {
  /** Lower case. */
  readonly to: string;
  /** Null for the native coin. */
  readonly contract: string | null;
  /** Base units. */
  readonly amount: bigint;
  readonly hash: string;
}

interface Watch {
  readonly anvil: AnvilControl;
  readonly background: Background;
  pollMs(): number;
  /** @param address lower case */
  watches(address: string): boolean;
  onDeposit(deposit: ChainDeposit): void;
}

interface Block {
  readonly hash: string;
  readonly transactions: readonly ChainTransaction[];
}

const transferTopic = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";

/** After a reorganisation this many blocks are read again. Deposits already told are told only once. */
const blocksReadAgain = 64;

const hex = (value: number): string => `0x${value.toString(16)}`;

async function nativeDeposits({ anvil, watches }: Watch, block: Block): Promise<ChainDeposit[]> {
  const deposits: ChainDeposit[] = [];
  for (const { hash, to, value } of block.transactions) {
    if (to === null || BigInt(value) === 0n || !watches(to.toLowerCase())) continue;
    const receipt = await anvil.getReceipt(hash);
    if (receipt?.status === "0x1")
      deposits.push({ to: to.toLowerCase(), contract: null, amount: BigInt(value), hash });
  }
  return deposits;
}

interface Log {
  readonly address: string;
  readonly topics: readonly string[];
  readonly data: string;
  readonly transactionHash: ChainReceipt["transactionHash"];
}

async function tokenDeposits({ anvil, watches }: Watch, from: number, to: number): Promise<ChainDeposit[]> {
  const filter = { fromBlock: hex(from), toBlock: hex(to), topics: [transferTopic] };
  return (await anvil.rpc<Log[]>("eth_getLogs", [filter])).flatMap(
    ({ address, topics, data, transactionHash }) => {
      const receiver = `0x${topics[2]?.slice(26) ?? ""}`;
      return watches(receiver)
        ? [{ to: receiver, contract: address, amount: BigInt(data), hash: transactionHash }]
        : [];
    },
  );
}

/** Reads every new block and tells each deposit to a watched address once. Runs until the sandbox stops. */
export async function watchDeposits(watch: Watch): Promise<void> {
  const { anvil, background } = watch;
  const told = new Set<string>();
  let seen = { height: await anvil.blockNumber(), hash: "" };

  async function scan(): Promise<void> {
    const head = await anvil.blockNumber();
    const last = await anvil.rpc<Block | null>("eth_getBlockByNumber", [hex(seen.height), false]);
    const rewritten = last === null || (seen.hash !== "" && last.hash !== seen.hash);
    const from = rewritten ? Math.max(1, Math.min(seen.height, head) - blocksReadAgain) : seen.height + 1;
    const deposits: ChainDeposit[] = [];
    for (let height = from; height <= head; height += 1) {
      const block = await anvil.rpc<Block | null>("eth_getBlockByNumber", [hex(height), true]);
      if (block === null) return; // reorganised under our eyes: the next scan starts over
      if (block.transactions.length > 0) deposits.push(...(await nativeDeposits(watch, block)));
    }
    if (from <= head) deposits.push(...(await tokenDeposits(watch, from, head)));
    const tip = await anvil.rpc<Block | null>("eth_getBlockByNumber", [hex(head), false]);
    if (tip === null) return;
    seen = { height: head, hash: tip.hash };
    for (const deposit of deposits) {
      const key = `${deposit.hash}/${deposit.contract ?? ""}/${deposit.to}`;
      if (!told.has(key)) watch.onDeposit(deposit);
      told.add(key);
    }
  }

  for (;;) {
    await background.sleep(watch.pollMs());
    // A node that does not answer now is asked again: a watcher that died would leave every exchange waiting.
    await scan().catch(() => background.signal.throwIfAborted());
  }
}
