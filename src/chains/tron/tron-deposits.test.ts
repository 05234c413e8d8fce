import { manualClock } from "../../clock.ts";
import { registry } from "../../money/index.ts";
import {
  describeRecordedDeposits,
  fixturesOf,
  type DepositSubject,
  type Fixture,
} from "../testing/deposit-fixtures.ts";
import { createTronChain } from "./index.ts";

type Responses = Fixture["responses"];
type Mutation = ReturnType<DepositSubject["mutations"]>[number];
/** A path from the top of the responses, and what stands there instead. */
type Change = readonly [path: readonly (string | number)[], value: unknown];

const transactionCall = "wallet/gettransactionbyid";
const infoCall = "wallet/gettransactioninfobyid";
const mainnet = "00000000000000001ebf88508a03865c71d452e25f4d51194196a1d22b6653dc";
const stranger = "4138f1a2c3d4e5f60718293a4b5c6d7e8f90a1b2c3";

const block = (number: number, timestamp: number) => ({
  blockID: `${number.toString(16).padStart(16, "0")}${"ab".repeat(24)}`,
  block_header: { raw_data: { number, timestamp } },
});

/** The recording, and the answers that nobody recorded: the first block, its own one, the head. */
function completed(fixture: Fixture): Fixture {
  const info = fixture.responses[infoCall] as
    { blockNumber: number; blockTimeStamp: number; receipt: { result?: string } } | undefined;
  const { blockNumber = 1, blockTimeStamp = 1 } = info ?? {};
  // Of the failed one only the info was published; its other half can have said nothing else.
  const body = {
    txID: fixture.expected.txHash,
    ret: [{ contractRet: info?.receipt.result }],
    raw_data: {
      contract: [
        {
          type: "TriggerSmartContract",
          parameter: {
            value: {
              owner_address: stranger,
              contract_address: "41a614f803b6fd780986a42c78ec9c7f77e6ded13c",
            },
          },
        },
      ],
    },
  };
  const responses = {
    [transactionCall]: body,
    genesis: { blockID: mainnet },
    block: block(blockNumber, blockTimeStamp),
    head: block(blockNumber + 100, blockTimeStamp + 300_000),
    ...fixture.responses,
  };
  return { ...fixture, responses };
}

function blockAsked(responses: Responses, number: unknown): unknown {
  if (number === undefined) return responses["head"];
  return number === "0" ? responses["genesis"] : responses["block"];
}

const open = (_: Fixture, responses: Responses) =>
  createTronChain({
    apiUrls: ["https://node.example"],
    apiKey: null,
    registry,
    clock: manualClock(new Date("2026-01-15T10:00:00Z")),
    requestTimeoutMs: 1_000,
    fetch: async (url, init) => {
      const path = new URL(String(url)).pathname.replace(/^\/wallet(solidity)?\//, "wallet/");
      const body = JSON.parse(String(init?.body));
      const answer = path === "wallet/getblock" ? blockAsked(responses, body.id_or_num) : responses[path];
      return new Response(JSON.stringify(answer ?? {}));
    },
  });

function changed(responses: Responses, changes: readonly Change[]): Responses {
  const copy = structuredClone(responses) as Record<string | number, unknown>;
  for (const [path, value] of changes) {
    let at = copy;
    for (const key of path.slice(0, -1)) at = (at[key] ??= {}) as typeof at;
    at[path.at(-1)!] = value;
  }
  return copy as Responses;
}

const contract = [transactionCall, "raw_data", "contract", 0] as const;
const log = [infoCall, "log", 0] as const;
const word = (amount: bigint) => amount.toString(16).padStart(64, "0");

function mutations(fixture: Fixture): Mutation[] {
  const { credited, amountBaseUnits = "0", asset } = fixture.expected;
  if (credited !== true) return [];
  const paid = BigInt(amountBaseUnits);
  const change = (name: string, most: bigint, ...changes: Change[]) => ({
    name,
    most,
    responses: changed(fixture.responses, changes),
  });
  const always = [
    change("contractRet failed", 0n, [[transactionCall, "ret", 0, "contractRet"], "REVERT"]),
    change(
      "§7 20 all of it failed",
      0n,
      [[transactionCall, "ret", 0, "contractRet"], "OUT_OF_ENERGY"],
      [[infoCall, "receipt", "result"], "OUT_OF_ENERGY"],
    ),
    change("receipt failed", 0n, [[infoCall, "receipt", "result"], "OUT_OF_TIME"]),
    change("info failed", 0n, [[infoCall, "result"], "FAILED"]),
    change("another transaction", 0n, [[transactionCall, "txID"], "ab".repeat(32)]),
    change("another transaction's info", 0n, [[infoCall, "id"], "ab".repeat(32)]),
    change("another network", 0n, [["genesis", "blockID"], `${"0".repeat(16)}${"cd".repeat(24)}`]),
    change("another block at its height", 0n, [["block", "block_header", "raw_data", "timestamp"], 1]),
    change("§7 5 decimals told", paid, [[infoCall, "token_info"], { symbol: "USDT", decimals: 0 }]),
  ];
  return [...always, ...(asset?.contract === null ? ofCoin(paid, change) : ofToken(paid, change))];
}

type Changer = (name: string, most: bigint, ...changes: Change[]) => Mutation;

const ofCoin = (paid: bigint, change: Changer) => [
  change("to somebody else", 0n, [[...contract, "parameter", "value", "to_address"], stranger]),
  change(
    "a TRC-10 token",
    0n,
    [[...contract, "type"], "TransferAssetContract"],
    [[...contract, "parameter", "value", "asset_name"], "1005065"],
  ),
  change("a vote", 0n, [[...contract, "type"], "VoteWitnessContract"]),
  change("another amount", 7n, [[...contract, "parameter", "value", "amount"], 7]),
  change("more than there is", 0n, [[...contract, "parameter", "value", "amount"], `${10n ** 30n}`]),
  change("a negative amount", 0n, [[...contract, "parameter", "value", "amount"], -25_000_000]),
  change("a fraction", 0n, [[...contract, "parameter", "value", "amount"], 0.5]),
  change("the same value in a contract call", 0n, [[...contract, "type"], "TriggerSmartContract"]),
  change("the sender's clock", paid, [[transactionCall, "raw_data", "timestamp"], 1]),
];

const ofToken = (paid: bigint, change: Changer) => [
  change("§7 4 a look-alike", 0n, [[...log, "address"], "b614f803b6fd780986a42c78ec9c7f77e6ded13c"]),
  change("to somebody else", 0n, [[...log, "topics", 2], `${"0".repeat(24)}${stranger.slice(2)}`]),
  change("a word that is no address", 0n, [[...log, "topics", 2], "f".repeat(64)]),
  change("more than an address in its word", 0n, [
    [...log, "topics", 2],
    `${"f".repeat(24)}ec20315a879c48f5e3a6a1c9826d5225f8b658b8`,
  ]),
  change("§7 21 an approval", 0n, [
    [...log, "topics", 0],
    "8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925",
  ]),
  change("a fourth topic, as of an NFT", 0n, [[...log, "topics", 3], word(1n)]),
  change("another amount", 7n, [[...log, "data"], word(7n)]),
  change("a huge amount", 2n ** 256n - 1n, [[...log, "data"], "f".repeat(64)]),
  change("two words of data", 0n, [[...log, "data"], word(7n).repeat(2)]),
  change("the call's own data", paid, [[...contract, "parameter", "value", "data"], `a9059cbb${word(1n)}`]),
  change("its place among the events", paid, [
    [infoCall, "log"],
    [otherEvent, originalLog],
  ]),
];

const otherEvent = { address: "b614f803b6fd780986a42c78ec9c7f77e6ded13c", topics: [word(1n)] };
const fixtures = fixturesOf("tron").map(completed);
const originalLog = (
  fixtures.find(({ name }) => name === "tron-usdt-success")!.responses[infoCall] as { log: unknown[] }
).log[0];

describeRecordedDeposits("tron", { fixtures, open, mutations });
