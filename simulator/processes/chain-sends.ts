import { decodeFunctionData, parseAbi, type Hex } from "viem";
import type { AnvilControl, Sandbox } from "../../sandbox/index.ts";
import { registry } from "../../src/money/index.ts";

/** One transfer that left an address and succeeded, as the chain has it. */
export interface ChainSend {
  readonly hash: string;
  readonly asset: string;
  /** Lower case. */
  readonly to: string;
  /** Base units. */
  readonly amount: bigint;
}

interface Transaction {
  readonly hash: string;
  readonly from: string;
  readonly to: string | null;
  readonly value: string;
  readonly input: Hex;
}

const abi = parseAbi(["function transfer(address to, uint256 amount)"]);

function readSend({ hash, to, value, input }: Transaction): ChainSend {
  const token = to === null ? null : registry.findByContract("ethereum", to);
  if (token === null)
    return { hash, asset: "ethereum:ETH", to: to?.toLowerCase() ?? "", amount: BigInt(value) };
  const { args } = decodeFunctionData({ abi, data: input });
  return { hash, asset: token.id, to: args[0].toLowerCase(), amount: args[1] };
}

async function sendsInBlock(anvil: AnvilControl, height: number, from: string): Promise<ChainSend[]> {
  const block = await anvil.rpc<{ transactions: Transaction[] }>("eth_getBlockByNumber", [
    `0x${height.toString(16)}`,
    true,
  ]);
  const sends: ChainSend[] = [];
  for (const transaction of block.transactions) {
    if (transaction.from.toLowerCase() !== from.toLowerCase()) continue;
    const receipt = await anvil.getReceipt(transaction.hash);
    if (receipt?.status === "0x1") sends.push(readSend(transaction));
  }
  return sends;
}

/** Everything that ever left an address: read from the chain itself, block by block. */
export async function listChainSends({ anvil }: Sandbox, from: string): Promise<ChainSend[]> {
  const head = await anvil.blockNumber();
  const sends: ChainSend[] = [];
  for (let height = 1; height <= head; height++) sends.push(...(await sendsInBlock(anvil, height, from)));
  return sends;
}
