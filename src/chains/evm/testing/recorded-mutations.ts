import type { DepositSubject, Fixture } from "../../testing/deposit-fixtures.ts";
import { altered, logsTo, paddedTopic, type RecordedLog, type Recording } from "./recorded-node.ts";

type Mutation = ReturnType<DepositSubject["mutations"]>[number];

const stranger = "0x4444444444444444444444444444444444444444";
const lookAlike = "0x5555555555555555555555555555555555555555";
const otherHash = `0x${"ab".repeat(32)}`;
const word = (value: bigint): string => `0x${value.toString(16).padStart(64, "0")}`;
const huge = 2n ** 255n;

const general: Readonly<Record<string, (recording: Recording) => void>> = {
  "execution failed": (one) => (one.eth_getTransactionReceipt.result.status = "0x0"),
  "another receipt": (one) => (one.eth_getTransactionReceipt.result.transactionHash = otherHash),
  "another transaction": (one) => (one.eth_getTransactionByHash.result.hash = otherHash),
  "another block in its place": (one) => (one.eth_getBlockByHash.result.hash = otherHash),
  "another block's number": (one) => (one.eth_getTransactionReceipt.result.blockNumber = "0x1"),
  "another network": (one) => (one.eth_chainId = { result: "0x539" }),
};

const ofTokens: Readonly<Record<string, (log: RecordedLog) => void>> = {
  "a look-alike's contract": (log) => (log.address = lookAlike),
  "somebody else receives": (log) => (log.topics[2] = paddedTopic(stranger)),
  "an address with more bytes": (log) => (log.topics[2] = `0x01${log.topics[2]!.slice(4)}`),
  "§7 21 an approval": (log) =>
    (log.topics[0] = "0x8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925"),
  "an NFT's fourth topic": (log) => (log.topics[3] = word(1n)),
  "two words of data": (log) => (log.data += "0".repeat(64)),
  "a log taken back": (log) => (log.removed = true),
  "a log of another transaction": (log) => (log.transactionHash = otherHash),
};

function ofCoins(amount: bigint): Readonly<Record<string, { most: bigint; change(one: Recording): void }>> {
  const both = (one: Recording, to: string) => {
    one.eth_getTransactionByHash.result.to = to;
    one.eth_getTransactionReceipt.result.to = to;
  };
  return {
    "somebody else receives": { most: 0n, change: (one) => both(one, stranger) },
    "the receipt names another recipient": {
      most: 0n,
      change: (one) => (one.eth_getTransactionReceipt.result.to = stranger),
    },
    "another amount": { most: 1n, change: (one) => (one.eth_getTransactionByHash.result.value = "0x1") },
    "no amount": { most: 0n, change: (one) => (one.eth_getTransactionByHash.result.value = "0x0") },
    "a huge amount": {
      most: huge,
      change: (one) => (one.eth_getTransactionByHash.result.value = `0x${huge.toString(16)}`),
    },
    "the payer pays himself": {
      most: 0n,
      change: (one) => (one.eth_getTransactionByHash.result.from = one.eth_getTransactionByHash.result.to),
    },
    "a log of coins beside it": {
      most: amount,
      change: (one) => {
        const { logs } = one.eth_getTransactionReceipt.result;
        const last = logs.at(-1);
        if (last) logs.push({ ...last, logIndex: `0x${(BigInt(last.logIndex) + 1n).toString(16)}` });
      },
    },
  };
}

/** Every way in which an answer about a paid transaction may be false, and the most it may bring then. */
export function mutationsOf({ expected, responses }: Fixture): readonly Mutation[] {
  const { asset, recipient } = expected;
  if (asset === null || recipient === null) return [];
  const mutation = (name: string, most: bigint, change: (recording: Recording) => void): Mutation => ({
    name,
    most,
    responses: altered(responses, change),
  });
  const always = Object.entries(general).map(([name, change]) => mutation(name, 0n, change));
  const amount = BigInt(expected.amountBaseUnits ?? "0");
  const contract = asset.contract;
  if (contract === null)
    return [
      ...always,
      ...Object.entries(ofCoins(amount)).map(([name, { most, change }]) => mutation(name, most, change)),
    ];
  const eachLog = (change: (log: RecordedLog) => void) => (one: Recording) =>
    logsTo(one, contract, recipient).forEach(change);
  return [
    ...always,
    ...Object.entries(ofTokens).map(([name, change]) => mutation(name, 0n, eachLog(change))),
    mutation(
      "another amount",
      1n,
      eachLog((log) => (log.data = word(1n))),
    ),
    mutation(
      "no amount",
      0n,
      eachLog((log) => (log.data = word(0n))),
    ),
    mutation(
      "a huge amount",
      huge,
      eachLog((log) => (log.data = word(huge))),
    ),
    mutation(
      "another place in the block",
      amount,
      eachLog((log) => (log.logIndex = "0x7fff")),
    ),
    mutation(
      "§7 5 decimals of its own",
      amount,
      eachLog((log) => (log.decimals = "0x0")),
    ),
    mutation("the same log twice", amount, (one) => {
      const { logs } = one.eth_getTransactionReceipt.result;
      logs.push(...structuredClone(logsTo(one, contract, recipient)));
    }),
  ];
}
