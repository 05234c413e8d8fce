import { registry } from "../src/money/index.ts";

/** A payment in ether or USDT, alone in its transaction. */
export interface NodePayment {
  readonly kind: "native" | "token";
  readonly to: string;
  /** Base units. */
  readonly amount: bigint;
  readonly blockNumber: bigint;
}

export interface EvmNode {
  readonly fetch: typeof globalThis.fetch;
  /** Mines the blocks of its options; until then the chain ends before the first of them. @returns the last. */
  mine(): bigint;
  /** The bodies of all requests so far, in order. */
  readonly requests: string[];
  /** The highest block whose transactions anybody read. */
  highestRead(): bigint;
}

export interface EvmNodeOptions {
  /** The first of so many blocks, mined 12 seconds apart. */
  readonly firstBlock: bigint;
  readonly blocks: number;
  readonly startedAt: Date;
  readonly payments: readonly NodePayment[];
}

interface Transaction {
  readonly hash: string;
  readonly index: number;
  readonly blockNumber: bigint;
  /** Whom it is sent to: the payee, or the token. */
  readonly to: string;
  readonly value: bigint;
  readonly input: string;
  readonly transfer: { readonly to: string; readonly amount: bigint } | null;
}

interface LogFilter {
  readonly fromBlock: string;
  readonly toBlock: string;
  readonly topics: readonly [string, null, (readonly string[])?];
}

export const secondsPerBlock = 12;
/** People who pay each other, every other one in USDT: what a search reads and must leave alone. */
const strangersPerBlock = 40;
const transferTopic = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";
const payer = `0x${"c0ffee00".repeat(5)}`;
const token = (registry.get("ethereum:USDT").contract ?? "").toLowerCase();
const noBloom = `0x${"0".repeat(512)}`;
const signature = `"v":"0x1","r":"0x${"7a".repeat(32)}","s":"0x${"5b".repeat(32)}"`;

const quantity = (value: bigint | number): string => `0x${value.toString(16)}`;
const word = (value: bigint | number): string => value.toString(16).padStart(64, "0");
const addressWord = (address: string): string => address.slice(2).toLowerCase().padStart(64, "0");
const topicOf = (address: string): string => `0x${addressWord(address)}`;
/** 32 bytes that tell what they are of. */
const hashOf = (kind: "b" | "d", number: bigint, index = 0): string =>
  `0x${kind}${number.toString(16).padStart(31, "0")}${index.toString(16).padStart(32, "0")}`;
const hashOfBlock = (number: bigint): string => hashOf("b", number);

function transactionOf({ kind, to, amount, blockNumber }: NodePayment, index: number): Transaction {
  const at = { hash: hashOf("d", blockNumber, index), index, blockNumber };
  if (kind === "native") return { ...at, to, value: amount, input: "0x", transfer: null };
  const input = `0xa9059cbb${addressWord(to)}${word(amount)}`;
  return { ...at, to: token, value: 0n, input, transfer: { to, amount } };
}

function strangersOf(blockNumber: bigint): Transaction[] {
  return Array.from({ length: strangersPerBlock }, (_, index) => {
    const to = `0x5${blockNumber.toString(16).padStart(31, "0")}${index.toString(16).padStart(8, "0")}`;
    const kind = index % 2 === 0 ? "native" : "token";
    return transactionOf({ kind, to, amount: 1_000_000n, blockNumber }, index);
  });
}

const transactionText = ({ hash, index, blockNumber, to, value, input }: Transaction): string =>
  `{"blockHash":"${hashOfBlock(blockNumber)}","blockNumber":"${quantity(blockNumber)}","from":"${payer}","gas":"0x186a0",` +
  `"gasPrice":"0x3b9aca00","maxFeePerGas":"0x77359400","maxPriorityFeePerGas":"0x3b9aca00","hash":"${hash}","input":"${input}",` +
  `"nonce":"0x1","to":"${to.toLowerCase()}","transactionIndex":"${quantity(index)}","value":"${quantity(value)}","type":"0x2",` +
  `"accessList":[],"chainId":"0x1",${signature},"yParity":"0x1"}`;

const logText = ({ hash, index, blockNumber, transfer }: Transaction): string =>
  `{"address":"${token}","topics":["${transferTopic}","${topicOf(payer)}","${topicOf(transfer?.to ?? payer)}"],` +
  `"data":"0x${word(transfer?.amount ?? 0n)}","blockNumber":"${quantity(blockNumber)}","transactionHash":"${hash}",` +
  `"transactionIndex":"${quantity(index)}","blockHash":"${hashOfBlock(blockNumber)}","logIndex":"${quantity(index)}","removed":false}`;

const receiptText = (transaction: Transaction): string =>
  `{"transactionHash":"${transaction.hash}","blockHash":"${hashOfBlock(transaction.blockNumber)}",` +
  `"blockNumber":"${quantity(transaction.blockNumber)}","status":"0x1","from":"${payer}","to":"${transaction.to.toLowerCase()}",` +
  `"gasUsed":"${transaction.transfer ? "0xb000" : "0x5208"}","effectiveGasPrice":"0x3b9aca00","cumulativeGasUsed":"0x5208",` +
  `"contractAddress":null,"logsBloom":"${noBloom}","type":"0x2","transactionIndex":"${quantity(transaction.index)}",` +
  `"logs":[${transaction.transfer ? logText(transaction) : ""}]}`;

/**
 * An Ethereum node in memory, whose every block is final at once. It holds the payments alone: whatever is asked for is written anew, as text, so that what a
 * caller keeps shows in the memory of the process.
 */
export function createEvmNode({ firstBlock, blocks, startedAt, payments }: EvmNodeOptions): EvmNode {
  let head = firstBlock - 1n;
  const startedSeconds = BigInt(Math.floor(startedAt.getTime() / 1000));
  const paid = new Map<bigint, Transaction[]>();
  const byHash = new Map<string, Transaction>();
  for (const payment of payments) {
    const beside = paid.get(payment.blockNumber) ?? [];
    const transaction = transactionOf(payment, strangersPerBlock + beside.length);
    paid.set(payment.blockNumber, [...beside, transaction]);
    byHash.set(transaction.hash, transaction);
  }
  const transactionsOf = (number: bigint) => [...strangersOf(number), ...(paid.get(number) ?? [])];

  let highestRead = 0n;

  function blockText(tag: unknown, full: unknown): string {
    const number = tag === "latest" || tag === "finalized" ? head : BigInt(String(tag));
    if (number > head) return "null";
    if (full === true && number > highestRead) highestRead = number;
    const mined = startedSeconds + (number - firstBlock) * BigInt(secondsPerBlock);
    const transactions =
      full === true
        ? transactionsOf(number).map(transactionText)
        : Array.from(
            { length: strangersPerBlock + (paid.get(number)?.length ?? 0) },
            (_, index) => `"${hashOf("d", number, index)}"`,
          );
    return (
      `{"number":"${quantity(number)}","hash":"${hashOfBlock(number)}","parentHash":"${hashOfBlock(number - 1n)}",` +
      `"timestamp":"${quantity(mined)}","baseFeePerGas":"0x3b9aca00","gasLimit":"0x1c9c380","gasUsed":"0xe4e1c0",` +
      `"logsBloom":"${noBloom}","miner":"${payer}","extraData":"0x","size":"0x1000","transactions":[${transactions.join(",")}]}`
    );
  }

  function logsText({ fromBlock, toBlock, topics: [, , receivers] }: LogFilter): string {
    const wanted = receivers && new Set(receivers.map((topic) => topic.toLowerCase()));
    const texts: string[] = [];
    for (let number = BigInt(fromBlock); number <= BigInt(toBlock); number++)
      for (const one of transactionsOf(number))
        if (one.transfer && (!wanted || wanted.has(topicOf(one.transfer.to)))) texts.push(logText(one));
    return `[${texts.join(",")}]`;
  }

  const known = (hash: unknown, text: (transaction: Transaction) => string): string => {
    const transaction = byHash.get(String(hash));
    return transaction ? text(transaction) : "null";
  };
  const methods: Readonly<Record<string, (params: readonly unknown[]) => string>> = {
    eth_chainId: () => `"0x1"`,
    eth_blockNumber: () => `"${quantity(head)}"`,
    eth_getBlockByNumber: ([tag, full]) => blockText(tag, full),
    eth_getLogs: ([filter]) => logsText(filter as LogFilter),
    eth_getTransactionByHash: ([hash]) => known(hash, transactionText),
    eth_getTransactionReceipt: ([hash]) => known(hash, receiptText),
  };
  const requests: string[] = [];
  return {
    mine: () => (head = firstBlock + BigInt(blocks) - 1n),
    requests,
    highestRead: () => highestRead,
    fetch: answering(methods, requests),
  };
}

function answering(
  methods: Readonly<Record<string, (params: readonly unknown[]) => string>>,
  requests: string[],
): typeof globalThis.fetch {
  interface Call {
    readonly id: number;
    readonly method: string;
    readonly params: readonly unknown[];
  }
  const answer = ({ id, method, params }: Call): string => {
    const respond = methods[method];
    if (!respond) throw new Error(`the benchmark's node was asked for ${method}`);
    return `{"jsonrpc":"2.0","id":${id},"result":${respond(params)}}`;
  };
  return async (_url, init) => {
    const body = String(init?.body);
    requests.push(body);
    const calls = JSON.parse(body) as Call | Call[];
    const text = Array.isArray(calls) ? `[${calls.map(answer).join(",")}]` : answer(calls);
    return new Response(text, { headers: { "content-type": "application/json" } });
  };
}
