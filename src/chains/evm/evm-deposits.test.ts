import { describe, expect, test } from "vitest";
import type { RpcReply } from "../../../sandbox/anvil-control.ts";
import { manualClock } from "../../clock.ts";
import { registry } from "../../money/index.ts";
import type { DepositReading } from "../receiving.ts";
import { describeRecordedDeposits, fixturesOf, type Fixture } from "../testing/deposit-fixtures.ts";
import type { RpcCall } from "./endpoint.ts";
import { createEvmChain, type EvmChain } from "./evm-chain.ts";
import { answeringFetch } from "./testing/answering-fetch.ts";
import { mutationsOf } from "./testing/recorded-mutations.ts";
import {
  altered,
  answerFrom,
  chainIdOf,
  logsTo,
  recordingOf,
  withTrace,
  type Frame,
  type RecordedLog,
} from "./testing/recorded-node.ts";

const signal = new AbortController().signal;
const clock = manualClock(new Date("2026-11-20T12:00:00Z"));

type Answer = (call: RpcCall, host: string) => RpcReply;

const chainAnswering = (chain: string, answer: Answer, hosts = ["node.invalid"]): EvmChain =>
  createEvmChain({
    name: chain,
    chainId: chainIdOf(chain),
    rpcUrls: hosts.map((host) => `http://${host}/secret-key-in-path`),
    registry,
    clock,
    maxFeePerGasCap: 1n,
    requestTimeoutMs: 2_000,
    fetch: answeringFetch(answer).fetch,
  });

const openOn =
  (chain: string) =>
  (fixture: Fixture, responses: Fixture["responses"]): EvmChain =>
    chainAnswering(chain, (call) => answerFrom(chain, fixture.responses, responses, call));

const networks = [
  ["ethereum", "ethereum"],
  ["bsc", "bnb-smart-chain"],
  ["polygon", "polygon-pos"],
  ["base", "base"],
  ["arbitrum", "arbitrum-one"],
] as const;

/** Recorded elsewhere than at a node; and paid to a token's contract, which is no address of ours (tested below). */
const besides = new Set(["base-failed", "arbitrum-native-to-contract-success"]);

const internalOnes = (prefix: string): Fixture[] =>
  fixturesOf(prefix)
    .filter(({ name }) => name.includes("internal-native"))
    .map((fixture) => ({
      ...fixture,
      name: `${fixture.name}, traced`,
      expected: { ...fixture.expected, credited: true },
      responses: withTrace(fixture.responses),
    }));

for (const [prefix, chain] of networks)
  describeRecordedDeposits(prefix, {
    fixtures: [...fixturesOf(prefix).filter(({ name }) => !besides.has(name)), ...internalOnes(prefix)],
    open: openOn(chain),
    mutations: (fixture) =>
      fixture.responses["debug_traceTransaction"] === undefined ? mutationsOf(fixture) : [],
  });

const fixture = (name: string): Fixture => fixturesOf(name.split("-")[0]!).find((one) => one.name === name)!;
const hashOf = (one: Fixture): string => one.expected.txHash;
const read = (
  chain: EvmChain,
  one: Fixture,
  watched = [one.expected.recipient ?? ""],
  options?: { agreeing: number },
): Promise<DepositReading> => chain.readDeposits(hashOf(one), new Set(watched), signal, options);
const refusal = (reason: string) =>
  expect.objectContaining({ code: "provider_error", retryable: true, reason });

const internal = fixture("ethereum-internal-native-success");
const usdt = fixture("ethereum-usdt-success");
const plain = fixture("ethereum-native-success");
const multisend = fixture("polygon-usdc-multisend-success");
const forwarded = fixture("polygon-native-forwarded-success");
const payee = internal.expected.recipient!;
const openEthereum = openOn("ethereum");

describe("what a reading says", () => {
  test("a token deposit: asset, amount, index, block time, confirmations and finality", async () => {
    expect(await read(openEthereum(usdt, usdt.responses), usdt)).toEqual({
      status: "included",
      includedIn: {
        blockNumber: 14051455n,
        blockHash: recordingOf(usdt.responses).eth_getTransactionReceipt.result.blockHash,
        blockTime: new Date(1642802286_000),
      },
      succeeded: true,
      confirmations: 121n,
      final: true,
      deposits: [
        {
          index: "log+0",
          asset: registry.get("ethereum:USDT"),
          from: "0xE21c192cD270286DBBb0fBa10a8B8D9957d431E5",
          to: "0x6e15887E2CEC81434C16D587709f64603b39b545",
          amount: 1_166_000_000n,
        },
      ],
      unlisted: [],
      mayHideTransfers: false,
    });
  });

  test("watched addresses are found in any letter case, and spelled as given", async () => {
    const recipient = usdt.expected.recipient!;
    for (const spelled of [recipient.toLowerCase(), `0x${recipient.slice(2).toUpperCase()}`])
      expect(await read(openEthereum(usdt, usdt.responses), usdt, [spelled])).toMatchObject({
        deposits: [{ to: spelled }],
      });
  });

  test("§7 14 the hash may be spelled in any way", async () => {
    const chain = openEthereum(usdt, usdt.responses);
    for (const hash of [hashOf(usdt).toUpperCase(), ` ${hashOf(usdt).slice(2)} `])
      expect(await chain.readDeposits(hash, new Set([usdt.expected.recipient!]), signal)).toMatchObject({
        deposits: [{ amount: 1_166_000_000n }],
      });
    await expect(chain.readDeposits("0x12", new Set(), signal)).rejects.toMatchObject({
      code: "invalid_transaction_hash",
    });
  });

  test("§7 19 a block above the final one is not final, and the head's has one confirmation", async () => {
    const number = BigInt(recordingOf(usdt.responses).eth_getBlockByHash.result.number);
    const below = { number: `0x${(number - 1n).toString(16)}`, hash: hashOf(usdt), timestamp: "0x1" };
    const chain = chainAnswering("ethereum", (call) => {
      if (call.method === "eth_blockNumber") return { result: `0x${number.toString(16)}` };
      return call.params[0] === "finalized"
        ? { result: below }
        : answerFrom("ethereum", usdt.responses, usdt.responses, call);
    });
    expect(await read(chain, usdt)).toMatchObject({ final: false, confirmations: 1n });
  });

  test("§7 13 several transfers of one transaction keep apart, and their indexes outlive another block", async () => {
    const watched = multisend.expected.transfers!.slice(1).map(({ to }) => to);
    const deposits = (reading: DepositReading) =>
      reading.status === "included" ? reading.deposits.map(({ index, amount }) => [index, amount]) : [];
    const first = deposits(
      await read(openOn("polygon-pos")(multisend, multisend.responses), multisend, watched),
    );
    expect(first).toHaveLength(5);
    expect(new Set(first.map(([index]) => index)).size).toBe(5);
    const shifted = altered(multisend.responses, (one) => {
      for (const log of one.eth_getTransactionReceipt.result.logs)
        log.logIndex = `0x${(BigInt(log.logIndex) + 77n).toString(16)}`;
    });
    expect(deposits(await read(openOn("polygon-pos")(multisend, shifted), multisend, watched))).toEqual(
      first,
    );
  });

  test("what the same transaction takes again is off, and no address is below zero", async () => {
    const [into, ...out] = multisend.expected.transfers!;
    const chain = openOn("polygon-pos")(multisend, multisend.responses);
    // 7.5 came in, five times 1.5 went out again.
    expect(await read(chain, multisend, [into!.to])).toMatchObject({ deposits: [] });
    const three = out.slice(0, 3).map((one) => one.to);
    const reading = await read(chain, multisend, [into!.from, ...three]);
    expect(reading).toMatchObject({ deposits: three.map((to) => ({ to, amount: 1_500_000n })) });
  });

  test("§7 4 a token that is not listed is shown by its contract and never booked", async () => {
    const imitation = "0x5555555555555555555555555555555555555555";
    const responses = altered(usdt.responses, (one) => {
      for (const log of logsTo(one, usdt.expected.asset!.contract!, usdt.expected.recipient!))
        log.address = imitation;
    });
    expect(await read(openEthereum(usdt, responses), usdt)).toMatchObject({
      deposits: [],
      unlisted: [
        { index: "log+0", contract: imitation, to: usdt.expected.recipient, amount: 1_166_000_000n },
      ],
    });
  });

  test.each(["0x0000000000000000000000000000000000001010", `0x${"f".repeat(39)}e`])(
    "a log by which %s repeats a move of native coins is neither booked nor shown",
    async (address) => {
      const responses = altered(usdt.responses, (one) => {
        for (const log of one.eth_getTransactionReceipt.result.logs) log.address = address;
      });
      expect(await read(openEthereum(usdt, responses), usdt)).toMatchObject({ deposits: [], unlisted: [] });
    },
  );

  test("coins sent to a contract with call data have arrived there", async () => {
    const one = fixture("arbitrum-native-to-contract-success");
    expect(await read(openOn("arbitrum-one")(one, one.responses), one)).toMatchObject({
      deposits: [{ index: "native", asset: { id: "arbitrum-one:ETH" }, amount: 7767825959188763n }],
    });
  });
});

describe("a lie or a gap is the provider's fault and no verdict", () => {
  const changed = (change: Parameters<typeof altered>[1], one = usdt) =>
    read(openEthereum(one, altered(one.responses, change)), one);
  const log = (change: (log: RecordedLog) => void) =>
    changed((one) => one.eth_getTransactionReceipt.result.logs.forEach(change));

  test("about another transaction", async () => {
    const other = `0x${"ab".repeat(32)}`;
    await expect(
      changed((one) => (one.eth_getTransactionReceipt.result.transactionHash = other)),
    ).rejects.toEqual(refusal("hash_mismatch"));
    await expect(changed((one) => (one.eth_getTransactionByHash.result.hash = other))).rejects.toEqual(
      refusal("hash_mismatch"),
    );
    await expect(log((one) => (one.transactionHash = other))).rejects.toEqual(refusal("hash_mismatch"));
  });

  test("§7 34 a receipt with logs missing, doubled or taken back", async () => {
    const one = multisend;
    const chain = (change: Parameters<typeof altered>[1]) =>
      openOn("polygon-pos")(one, altered(one.responses, change));
    const drop = chain((recording) => recording.eth_getTransactionReceipt.result.logs.splice(3, 1));
    await expect(read(drop, one)).rejects.toEqual(refusal("garbled_answer"));
    await expect(log((found) => (found.removed = true))).rejects.toEqual(refusal("reorganised"));
  });

  test("a final block above the head", async () => {
    const chain = chainAnswering("ethereum", (call) =>
      call.method === "eth_blockNumber"
        ? { result: "0x1" }
        : answerFrom("ethereum", usdt.responses, usdt.responses, call),
    );
    await expect(read(chain, usdt)).rejects.toEqual(refusal("finality_beyond_head"));
  });

  test("§7 2 a rate limit, an error page and another network", async () => {
    const refusing = (reply: RpcReply) =>
      chainAnswering("ethereum", (call) =>
        call.method === "eth_getTransactionReceipt"
          ? reply
          : answerFrom("ethereum", usdt.responses, usdt.responses, call),
      );
    for (const error of [
      { code: -32005, message: "limit exceeded" },
      { code: 429, message: "Max rate limit reached" },
    ])
      await expect(read(refusing({ error }), usdt)).rejects.toMatchObject({ retryable: true });
    await expect(read(refusing({ result: "NOTOK" }), usdt)).rejects.toEqual(refusal("garbled_answer"));
    await expect(changed((one) => (one.eth_chainId = { result: "0x38" }))).rejects.toEqual(
      refusal("wrong_network"),
    );
  });

  test("§7 25 not there yet, or there and not in a block, are answers of their own", async () => {
    const nothing = chainAnswering("ethereum", (call) =>
      call.method.startsWith("eth_getTransaction")
        ? { result: null }
        : answerFrom("ethereum", usdt.responses, usdt.responses, call),
    );
    expect(await read(nothing, usdt)).toEqual({ status: "not_found" });
    const waiting = chainAnswering("ethereum", (call) =>
      call.method === "eth_getTransactionReceipt"
        ? { result: null }
        : answerFrom("ethereum", usdt.responses, usdt.responses, call),
    );
    expect(await read(waiting, usdt)).toEqual({ status: "pending" });
    expect(await changed((one) => (one.eth_getBlockByHash.result.hash = `0x${"ab".repeat(32)}`))).toEqual({
      status: "pending",
    });
  });
});

describe("coins that a contract sent", () => {
  const traced = withTrace(internal.responses);
  const amount = 1292500000000000000n;
  const withFrames = (change: (root: Frame) => void) =>
    read(
      openEthereum(
        internal,
        altered(traced, (one) => change(one.debug_traceTransaction!.result)),
      ),
      internal,
    );
  const [frame] = recordingOf(traced).debug_traceTransaction!.result.calls!;

  test("are found by a trace, and named by their recipient", async () => {
    expect(await read(openEthereum(internal, traced), internal)).toMatchObject({
      deposits: [
        { index: `call:${payee.toLowerCase()}:0`, asset: { id: "ethereum:ETH" }, to: payee, amount },
      ],
      mayHideTransfers: false,
    });
  });

  test("§7 22 may be hidden where no endpoint traces, and the reading says so", async () => {
    expect(await read(openEthereum(internal, internal.responses), internal)).toMatchObject({
      deposits: [],
      mayHideTransfers: true,
    });
  });

  test.each<[string, (root: Frame) => void]>([
    ["a frame that failed", (root) => (root.calls = [{ ...frame!, error: "out of gas" }])],
    [
      "a frame below one that failed",
      (root) => (root.calls = [{ ...frame!, value: "0x0", error: "execution reverted", calls: [frame!] }]),
    ],
    ["a delegated call", (root) => (root.calls = [{ ...frame!, type: "DELEGATECALL" }])],
    ["a static call", (root) => (root.calls = [{ ...frame!, type: "STATICCALL" }])],
    ["a call of foreign code", (root) => (root.calls = [{ ...frame!, type: "CALLCODE" }])],
    ["a call to oneself", (root) => (root.calls = [{ ...frame!, from: frame!.to }])],
    ["no value", (root) => (root.calls = [{ ...frame!, value: "0x0" }])],
    ["somebody else", (root) => (root.calls = [{ ...frame!, to: frame!.from, from: frame!.to }])],
  ])("bring nothing by %s", async (_name, change) => {
    expect(await withFrames(change)).toMatchObject({ deposits: [], mayHideTransfers: false });
  });

  test.each<[string, (root: Frame) => void]>([
    ["of another transaction", (root) => (root.to = frame!.to)],
    ["of another sender", (root) => (root.from = frame!.from)],
    ["that failed where the receipt succeeded", (root) => (root.error = "execution reverted")],
    ["with a kind of call we do not know", (root) => (root.calls = [{ ...frame!, type: "AUTHCALL" }])],
    ["that is garbled", (root) => (root.calls = [{ ...frame!, value: "much" }])],
  ])("are not believed from a trace %s", async (_name, change) => {
    expect(await withFrames(change)).toMatchObject({ deposits: [], mayHideTransfers: true });
  });

  test("count below a delegated call, by the end of a contract, and at its making", async () => {
    const nested = { ...frame!, type: "DELEGATECALL", calls: [frame!] };
    expect(await withFrames((root) => (root.calls = [nested]))).toMatchObject({ deposits: [{ amount }] });
    for (const type of ["SELFDESTRUCT", "CREATE", "CREATE2"])
      expect(await withFrames((root) => (root.calls = [{ ...frame!, type }]))).toMatchObject({
        deposits: [{ amount }],
      });
  });

  test("keep their index whatever else a node shows in the trace", async () => {
    const precompile = { type: "CALL", from: frame!.from, to: `0x${"0".repeat(39)}2`, value: "0x1" };
    const indexes = async (change: (root: Frame) => void) => {
      const reading = await withFrames(change);
      return reading.status === "included" ? reading.deposits.map(({ index }) => index) : [];
    };
    const bare = await indexes((root) => (root.calls = [frame!, frame!]));
    expect(new Set(bare).size).toBe(2);
    expect(
      await indexes((root) => (root.calls = [precompile, { ...frame!, calls: [precompile] }, frame!])),
    ).toEqual(bare);
  });

  test("a thousand calls inside one another are no trouble", async () => {
    let nested = frame!;
    for (let depth = 0; depth < 1_100; depth++) nested = { ...frame!, value: "0x0", calls: [nested] };
    expect(await withFrames((root) => (root.calls = [nested]))).toMatchObject({ deposits: [{ amount }] });
  });

  test("a refund to the payer is netted off against what he sent", async () => {
    const { from, to } = recordingOf(traced).eth_getTransactionByHash.result;
    const responses = altered(traced, (one) => {
      one.eth_getTransactionByHash.result.value = "0x10";
      const root = one.debug_traceTransaction!.result;
      root.value = "0x10";
      root.calls = [{ type: "CALL", from: to, to: from, value: "0x4" }];
    });
    expect(await read(openEthereum(internal, responses), internal, [from])).toMatchObject({ deposits: [] });
  });

  test("a contract that sends everything on received nothing, where a trace shows it", async () => {
    const open = openOn("polygon-pos");
    const target = "0x2345678901234567890123456789012345678901";
    const watched = [forwarded.expected.recipient!, target];
    const shown = await read(open(forwarded, withTrace(forwarded.responses)), forwarded, watched);
    expect(shown).toMatchObject({ deposits: [{ to: target, amount: 10n ** 16n }], mayHideTransfers: false });
    const hidden = await read(open(forwarded, forwarded.responses), forwarded, watched);
    expect(hidden).toMatchObject({
      deposits: [{ index: "native", to: watched[0], amount: 10n ** 16n }],
      mayHideTransfers: true,
    });
  });
});

describe("asking for traces", () => {
  const counting = (one: Fixture, responses: Fixture["responses"], trace?: RpcReply) => {
    let traces = 0;
    const chain = chainAnswering("ethereum", (call) => {
      if (call.method !== "debug_traceTransaction")
        return answerFrom("ethereum", one.responses, responses, call);
      traces += 1;
      return trace ?? answerFrom("ethereum", one.responses, responses, call);
    });
    return { chain, traces: () => traces };
  };

  test("a plain send, a plain token transfer and a failure need none", async () => {
    for (const one of [plain, usdt, fixture("ethereum-failed")]) {
      const { chain, traces } = counting(one, one.responses);
      expect(await read(chain, one)).toMatchObject({ mayHideTransfers: false });
      expect(traces()).toBe(0);
    }
  });

  test("a token we list that is called in another way needs one", async () => {
    const withdraws = altered(
      usdt.responses,
      (one) => (one.eth_getTransactionByHash.result.input = "0x2e1a7d4d"),
    );
    const { chain, traces } = counting(usdt, withdraws);
    expect(await read(chain, usdt)).toMatchObject({ mayHideTransfers: true });
    expect(traces()).toBe(1);
  });

  test("coins beside a token's transfer, or code behind a send without data, need one", async () => {
    const both = (responses: Fixture["responses"], change: Parameters<typeof altered>[1]) =>
      altered(responses, change);
    const withValue = both(usdt.responses, (one) => (one.eth_getTransactionByHash.result.value = "0x1"));
    const withCode = both(
      plain.responses,
      (one) => (one.eth_getTransactionReceipt.result.gasUsed = "0x5209"),
    );
    for (const [one, responses] of [
      [usdt, withValue],
      [plain, withCode],
    ] as const)
      expect(await read(openEthereum(one, responses), one)).toMatchObject({ mayHideTransfers: true });
  });

  test("what layer 1 costs is not taken for code that ran", async () => {
    const responses = altered(plain.responses, (one) => {
      const receipt = one.eth_getTransactionReceipt.result;
      receipt.gasUsed = "0x6208";
      receipt.gasUsedForL1 = "0x1000";
    });
    expect(await read(openEthereum(plain, responses), plain)).toMatchObject({ mayHideTransfers: false });
  });

  test("a second endpoint that is known not to trace either is not asked", async () => {
    const receipts: string[] = [];
    const chain = chainAnswering(
      "ethereum",
      (call, host) => {
        if (call.method === "eth_getTransactionReceipt") receipts.push(host);
        return answerFrom("ethereum", internal.responses, internal.responses, call);
      },
      ["a.invalid", "b.invalid"],
    );
    await read(chain, internal);
    await read(chain, internal);
    expect(receipts).toEqual(["a.invalid", "b.invalid", "a.invalid"]);
  });

  test("a node without the method is not asked again for an hour; another refusal is not remembered", async () => {
    const without = counting(internal, internal.responses);
    for (let time = 0; time < 3; time++) await read(without.chain, internal);
    expect(without.traces()).toBe(1);
    clock.advance(61 * 60_000);
    await read(without.chain, internal);
    expect(without.traces()).toBe(2);
    const forgetful = counting(internal, internal.responses, {
      error: { code: -32000, message: "required historical state unavailable (reexec=128)" },
    });
    for (let time = 0; time < 3; time++)
      expect(await read(forgetful.chain, internal)).toMatchObject({ mayHideTransfers: true });
    expect(forgetful.traces()).toBe(3);
  });

  test("a second endpoint that traces is found behind a first that does not", async () => {
    const traced = withTrace(internal.responses);
    const chain = chainAnswering(
      "ethereum",
      (call, host) =>
        answerFrom("ethereum", internal.responses, host === "b.invalid" ? traced : internal.responses, call),
      ["a.invalid", "b.invalid"],
    );
    for (let time = 0; time < 2; time++)
      expect(await read(chain, internal)).toMatchObject({
        deposits: [{ amount: 1292500000000000000n }],
        mayHideTransfers: false,
      });
  });
});

describe("several endpoints must agree", () => {
  const hosts = ["a.invalid", "b.invalid", "c.invalid"];
  const each = (one: Fixture, answers: Readonly<Record<string, Fixture["responses"]>>, asked = hosts) =>
    chainAnswering(
      "ethereum",
      (call, host) => answerFrom("ethereum", one.responses, answers[host[0]!] ?? one.responses, call),
      asked,
    );
  const dearer = altered(usdt.responses, (one) => {
    for (const log of one.eth_getTransactionReceipt.result.logs) log.data = `0x${"f".repeat(64)}`;
  });
  const reading = { status: "included", deposits: [{ amount: 1_166_000_000n }] };

  test("one that lies is outvoted by two", async () => {
    expect(await read(each(usdt, { a: dearer }), usdt, undefined, { agreeing: 2 })).toMatchObject(reading);
  });

  test.each([
    ["two that disagree", { a: dearer }, hosts.slice(0, 2), 2, "endpoints_disagree"],
    ["one lie among three that must agree", { c: dearer }, hosts, 3, "endpoints_disagree"],
    ["one endpoint where two are asked for", {}, hosts.slice(0, 1), 2, "too_few_endpoints"],
    ["one host twice", {}, ["a.invalid", "a.invalid"], 2, "too_few_endpoints"],
  ])("%s settle nothing", async (_name, answers, asked, agreeing, reason) => {
    await expect(read(each(usdt, answers, asked), usdt, undefined, { agreeing })).rejects.toEqual(
      refusal(reason),
    );
  });

  test("a transaction that only one of two sees is not settled; one that none sees is not found", async () => {
    const blind = (hidden: string) =>
      chainAnswering(
        "ethereum",
        (call, host) =>
          call.method.startsWith("eth_getTransaction") && hidden.includes(host[0]!)
            ? { result: null }
            : answerFrom("ethereum", usdt.responses, usdt.responses, call),
        hosts.slice(0, 2),
      );
    await expect(read(blind("b"), usdt, undefined, { agreeing: 2 })).rejects.toEqual(
      refusal("endpoints_disagree"),
    );
    expect(await read(blind("ab"), usdt, undefined, { agreeing: 2 })).toEqual({ status: "not_found" });
    expect(await read(blind("a"), usdt)).toMatchObject(reading);
    const oneIsDown = chainAnswering(
      "ethereum",
      ({ method }, host) => {
        if (host === "a.invalid") return { error: { code: -32603, message: "internal error" } };
        return method === "eth_chainId" ? { result: "0x1" } : { result: null };
      },
      hosts.slice(0, 2),
    );
    await expect(read(oneIsDown, usdt, undefined, { agreeing: 2 })).rejects.toEqual(
      refusal("endpoints_disagree"),
    );
  });

  test("coins that only one of two can show by a trace are not booked, and said to be possible", async () => {
    const traced = withTrace(internal.responses);
    const two = { agreeing: 2 };
    const oneTraces = each(internal, { a: traced }, hosts.slice(0, 2));
    expect(await read(oneTraces, internal, undefined, two)).toMatchObject({
      deposits: [],
      mayHideTransfers: true,
    });
    const bothTrace = each(internal, { a: traced, b: traced }, hosts.slice(0, 2));
    expect(await read(bothTrace, internal, undefined, two)).toMatchObject({
      deposits: [{ amount: 1292500000000000000n }],
      mayHideTransfers: false,
    });
  });

  test("the least confirmations and the latest finality of them count", async () => {
    const number = BigInt(recordingOf(usdt.responses).eth_getBlockByHash.result.number);
    const chain = chainAnswering(
      "ethereum",
      (call, host) => {
        if (host === "b.invalid" && call.method === "eth_blockNumber")
          return { result: `0x${(number + 118n).toString(16)}` };
        if (host === "b.invalid" && call.params[0] === "finalized")
          return { result: { number: "0x1", hash: hashOf(usdt), timestamp: "0x1" } };
        return answerFrom("ethereum", usdt.responses, usdt.responses, call);
      },
      hosts.slice(0, 2),
    );
    expect(await read(chain, usdt, undefined, { agreeing: 2 })).toMatchObject({
      confirmations: 119n,
      final: false,
    });
  });
});
