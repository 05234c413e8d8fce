import { base58 } from "@scure/base";
import { getCompiledTransactionMessageDecoder, getTransactionDecoder } from "@solana/kit";
import { expect, test } from "vitest";
import { manualClock } from "../../clock.ts";
import { registry } from "../../money/index.ts";
import { describeRecordedDeposits, fixturesOf, type Fixture } from "../testing/deposit-fixtures.ts";
import { createSolanaChain } from "./index.ts";
import { associatedTokenAccount } from "./token-accounts.ts";

const genesisHash = "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d";
const stranger = "9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM";
const token2022 = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb";
const anotherSignature = base58.encode(new Uint8Array(64).fill(7));

interface TokenBalance {
  accountIndex: number;
  mint: string;
  owner: string;
  programId: string;
  uiTokenAmount: { amount: string; decimals: number };
}
interface Result {
  slot: number;
  meta: {
    err: unknown;
    preBalances: number[];
    postBalances: number[];
    preTokenBalances: TokenBalance[];
    postTokenBalances: TokenBalance[];
  };
  transaction: unknown;
}
const resultOf = (responses: Fixture["responses"]): Result =>
  (responses["getTransaction"] as { result: Result }).result;

/** One recording was taken with encoding "base64"; the same bytes as encoding "json" shows them. */
function asJsonEncoding(fixture: Fixture): Fixture {
  const responses = structuredClone(fixture.responses);
  const result = resultOf(responses);
  if (!Array.isArray(result.transaction)) return fixture;
  const bytes = Buffer.from(String(result.transaction[0]), "base64");
  const { messageBytes } = getTransactionDecoder().decode(bytes);
  const message = getCompiledTransactionMessageDecoder().decode(messageBytes);
  if (message.version !== 0) throw new Error("only version 0 was recorded so");
  result.transaction = {
    signatures: [base58.encode(bytes.subarray(1, 65))], // behind the count of signatures, which is one
    message: { accountKeys: message.staticAccounts },
  };
  return { ...fixture, responses };
}

/** A node that has this recording, and what else it must know to be asked for it. */
function nodeWith(fixture: Fixture, responses: Fixture["responses"]): typeof globalThis.fetch {
  const recorded = resultOf(fixture.responses);
  const { slot } = recorded;
  const status = { slot, err: recorded.meta.err, confirmations: null, confirmationStatus: "finalized" };
  const answers: Record<string, unknown> = {
    getGenesisHash: { result: genesisHash },
    getSignatureStatuses: { result: { context: { slot: slot + 100 }, value: [status] } },
    getBlock: { result: { blockhash: stranger, blockTime: fixture.expected.blockTime } },
    ...responses,
  };
  return async (_url, init) => {
    const { method } = JSON.parse(String(init?.body)) as { method: string };
    return new Response(JSON.stringify({ jsonrpc: "2.0", id: 1, ...(answers[method] as object) }));
  };
}

function edited(fixture: Fixture, change: (result: Result) => void): Fixture["responses"] {
  const responses = structuredClone(fixture.responses);
  change(resultOf(responses));
  return responses;
}

const flipCase = (letter: string): string =>
  letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();

/** Another address with the same letters in another case. */
function twinOf(address: string): string {
  for (let place = 0; place < address.length; place += 1) {
    const twin = address.slice(0, place) + flipCase(address[place]!) + address.slice(place + 1);
    if (twin !== address && /^[1-9A-HJ-NP-Za-km-z]+$/.test(twin) && base58.decode(twin).length === 32)
      return twin;
  }
  throw new Error(`${address} has no twin`);
}

const rowsOf = ({ meta }: Result): TokenBalance[] => [...meta.preTokenBalances, ...meta.postTokenBalances];

function replaceText(fixture: Fixture, from: string, to: string): Fixture["responses"] {
  return JSON.parse(JSON.stringify(fixture.responses).replaceAll(from, to)) as Fixture["responses"];
}

function tokenMutations(fixture: Fixture, mint: string, paid: bigint) {
  const { recipient } = fixture.expected;
  const own = (result: Result) => rowsOf(result).filter((row) => row.owner === recipient);
  const amountOf = (result: Result, amount: string) =>
    result.meta.postTokenBalances
      .filter((row) => row.owner === recipient)
      .forEach((row) => (row.uiTokenAmount.amount = amount));
  const each = (change: (row: TokenBalance) => void) =>
    edited(fixture, (result) => rowsOf(result).forEach(change));
  return [
    { name: "§7 4 another mint", responses: replaceText(fixture, mint, stranger), most: 0n },
    {
      name: "§7 4 a mint of the same letters",
      responses: replaceText(fixture, mint, twinOf(mint)),
      most: 0n,
    },
    { name: "the other token program", responses: each((row) => (row.programId = token2022)), most: 0n },
    {
      name: "§7 5 decimals lied about",
      responses: each((row) => (row.uiTokenAmount.decimals = 0)),
      most: paid,
    },
    {
      name: "half the amount",
      responses: edited(fixture, (result) => amountOf(result, String(paid / 2n))),
      most: paid / 2n,
    },
    {
      name: "a huge amount",
      responses: edited(fixture, (result) => amountOf(result, String(2n ** 64n - 1n))),
      most: 2n ** 64n - 1n,
    },
    { name: "no amount", responses: edited(fixture, (result) => amountOf(result, "0")), most: 0n },
    { name: "less than none", responses: edited(fixture, (result) => amountOf(result, "-5")), most: 0n },
    { name: "a decimal", responses: edited(fixture, (result) => amountOf(result, "1e30")), most: 0n },
    {
      name: "another account's index",
      responses: edited(fixture, (result) => own(result).forEach((row) => (row.accountIndex = 0))),
      most: paid,
    },
    {
      name: "an index beyond the keys",
      responses: edited(fixture, (result) => own(result).forEach((row) => (row.accountIndex = 250))),
      most: 0n,
    },
    {
      name: "counted twice",
      responses: edited(fixture, ({ meta }) => meta.postTokenBalances.push(...meta.postTokenBalances)),
      most: paid,
    },
  ];
}

function nativeMutations(fixture: Fixture, paid: bigint) {
  const to = 1; // the recording's second key is the recipient
  const worthless = (amount: string): TokenBalance => ({
    accountIndex: to,
    mint: stranger,
    owner: fixture.expected.recipient!,
    programId: "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",
    uiTokenAmount: { amount, decimals: 9 },
  });
  const gained = (amount: number) =>
    edited(fixture, ({ meta }) => (meta.postBalances[to] = meta.preBalances[to]! + amount));
  return [
    {
      name: "§7 6 a worthless token instead of coins",
      responses: edited(fixture, ({ meta }) => {
        meta.postBalances[to] = meta.preBalances[to]!;
        meta.postTokenBalances.push(worthless("69000000"));
      }),
      most: 0n,
    },
    { name: "seven units", responses: gained(7), most: 7n },
    { name: "nothing", responses: gained(0), most: 0n },
    { name: "a loss", responses: gained(-7), most: 0n },
    { name: "a fraction", responses: gained(0.5), most: 0n },
    {
      name: "a huge amount",
      responses: gained(2 ** 53),
      most: 2n ** 53n + BigInt(resultOf(fixture.responses).meta.preBalances[to]!),
    },
    {
      name: "one balance too few",
      responses: edited(fixture, ({ meta }) => void meta.preBalances.shift()),
      most: 0n,
    },
    {
      name: "the recipient twice",
      responses: edited(fixture, ({ meta, transaction }) => {
        const { accountKeys } = (transaction as { message: { accountKeys: string[] } }).message;
        accountKeys.push(accountKeys[to]!);
        meta.preBalances.push(0);
        meta.postBalances.push(69_000_000);
      }),
      most: paid,
    },
  ];
}

describeRecordedDeposits("solana", {
  fixtures: fixturesOf("solana").map(asJsonEncoding),
  open: (fixture, responses) =>
    createSolanaChain({
      rpcUrls: ["https://node.example/secret-key"],
      genesisHash,
      registry,
      clock: manualClock(new Date("2026-01-15T10:00:00Z")),
      fetch: nodeWith(fixture, responses),
      requestTimeoutMs: 1_000,
    }),
  mutations(fixture) {
    const { asset, amountBaseUnits, recipient } = fixture.expected;
    if (asset === null || recipient === null) return [];
    const paid = BigInt(amountBaseUnits ?? "0");
    const failed = { InstructionError: [0, { Custom: 1 }] };
    return [
      { name: "§7 6 another recipient", responses: replaceText(fixture, recipient, stranger), most: 0n },
      {
        name: "§7 20 failed",
        responses: edited(fixture, ({ meta }) => (meta.err = failed)),
        most: 0n,
      },
      {
        name: "about another transaction",
        responses: replaceText(fixture, fixture.expected.txHash, anotherSignature),
        most: 0n,
      },
      {
        name: "of another slot",
        responses: edited(fixture, (result) => (result.slot += 1)),
        most: 0n,
      },
      {
        name: "on another network",
        responses: { ...fixture.responses, getGenesisHash: { result: stranger } },
        most: 0n,
      },
      {
        name: "not found",
        responses: { ...fixture.responses, getTransaction: { result: null } },
        most: 0n,
      },
      {
        name: "an error with status 200",
        responses: {
          ...fixture.responses,
          getTransaction: {
            ...(fixture.responses["getTransaction"] as object),
            error: { code: -32004, message: "" },
          },
        },
        most: 0n,
      },
      ...(asset.contract === null
        ? nativeMutations(fixture, paid)
        : tokenMutations(fixture, asset.contract, paid)),
    ];
  },
});

test("§7 23 the associated token account of a recording is derived from its owner and mint", async () => {
  const owner = "3UJQqKq8Xyx4aVRmHgEwpQZiW7toYRQCTy6Bgp1RdKnK";
  const usdc = registry.get("solana:USDC").contract!;
  expect(await associatedTokenAccount(owner, usdc)).toBe("8dqL6jKduEJwfAem49yAvXB8YczkDPgVCgU88VPfTnAP");
});
