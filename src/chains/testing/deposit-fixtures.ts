import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ProviderError } from "../../errors.ts";
import { registry } from "../../money/index.ts";
import type { Deposit, ReceivingChain, DepositReading } from "../receiving.ts";

/** One recorded transaction, as `chains/fixtures` has it. */
export interface Fixture {
  readonly name: string;
  readonly expected: {
    readonly txHash: string;
    readonly success: boolean;
    readonly credited: boolean | string;
    readonly recipient: string | null;
    readonly asset: { readonly symbol: string; readonly contract: string | null } | null;
    readonly amountBaseUnits?: string;
    readonly blockTime: number | null;
    readonly transfers?: readonly { from: string; to: string; amountBaseUnits: string }[];
  };
  /** By the provider's own method or path. */
  readonly responses: Readonly<Record<string, unknown>>;
}

const folder = new URL("../../../chains/fixtures/", import.meta.url);

/** The fixtures whose file name starts so: "tron", "ethereum". */
export function fixturesOf(prefix: string): Fixture[] {
  return readdirSync(folder)
    .filter((file) => file.startsWith(`${prefix}-`))
    .sort()
    .map((file) => {
      const { _expect, responses } = JSON.parse(readFileSync(new URL(file, folder), "utf8"));
      return { name: file.replace(/\.json$/, ""), expected: _expect, responses };
    });
}

export interface DepositSubject {
  readonly fixtures: readonly Fixture[];
  /** The real implementation, whose endpoints answer with these responses and nothing else. */
  open(fixture: Fixture, responses: Fixture["responses"]): ReceivingChain;
  /** One changed recording each, and the most it may bring to the fixture's recipient of its asset. */
  mutations(fixture: Fixture): readonly {
    readonly name: string;
    readonly responses: Fixture["responses"];
    readonly most: bigint;
  }[];
}

const signal = new AbortController().signal;

const creditedTo = (reading: DepositReading, to: string, assetId: string): bigint =>
  reading.status === "included" && reading.succeeded
    ? reading.deposits
        .filter((deposit: Deposit) => deposit.to === to && deposit.asset.id === assetId)
        .reduce((sum, { amount }) => sum + amount, 0n)
    : 0n;

/** The asset the fixture paid in; null: one that the registry does not list, such as a test network's. */
function assetOf(chain: ReceivingChain, { asset }: Fixture["expected"]) {
  if (asset === null) return null;
  return asset.contract === null ? chain.native : registry.findByContract(chain.name, asset.contract);
}

/** What the recorded transfers left with an address. */
function netTo(chain: ReceivingChain, { transfers = [] }: Fixture["expected"], address: string): bigint {
  const sum = (side: "to" | "from") =>
    transfers
      .filter((transfer) => chain.normaliseAddress(transfer[side]) === address)
      .reduce((total, { amountBaseUnits }) => total + BigInt(amountBaseUnits), 0n);
  const net = sum("to") - sum("from");
  return net > 0n ? net : 0n;
}

/** Everything a recording can have taken from it, one leaf at a time. */
function leavesOf(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([key, child]) =>
    leavesOf(child, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

function withLeaf(responses: Fixture["responses"], path: readonly (string | number)[], change: unknown) {
  const copy = structuredClone(responses) as never;
  let at: Record<string | number, unknown> = copy;
  for (const key of path.slice(0, -1)) at = at[key] as typeof at;
  const last = path.at(-1)!;
  if (change === undefined) delete at[last];
  else at[last] = change;
  return copy as Fixture["responses"];
}

/** The promises of `readDeposits` over recorded transactions. Every family runs this. */
export function describeRecordedDeposits(family: string, subject: DepositSubject): void {
  const named = subject.fixtures.map((fixture) => ({ fixture, name: fixture.name }));
  describe.each(named)(`${family}: $name`, ({ fixture }) => {
    describeRecording(subject, fixture);
    describeChanges(subject, fixture);
  });
}

function partsOf(subject: DepositSubject, fixture: Fixture) {
  const { expected } = fixture;
  const open = (responses = fixture.responses) => subject.open(fixture, responses);
  const chain = open();
  const asset = assetOf(chain, expected);
  const to = expected.recipient === null ? null : chain.normaliseAddress(expected.recipient);
  return { expected, open, chain, asset, to };
}

function describeRecording(subject: DepositSubject, fixture: Fixture): void {
  const { expected, chain, asset, to } = partsOf(subject, fixture);

  test("what it brought is what the recording says", async () => {
    const watched = new Set(to === null ? [] : [to]);
    const reading = await chain.readDeposits(expected.txHash, watched, signal);
    if (typeof expected.credited === "string" && expected.credited.startsWith("no")) {
      expect(reading.status).not.toBe("included");
      return;
    }
    expect(reading).toMatchObject({ status: "included", succeeded: expected.success });
    if (reading.status !== "included") return;
    expect(Math.floor(reading.includedIn.blockTime.getTime() / 1000)).toBe(expected.blockTime);
    const amount = BigInt(expected.amountBaseUnits ?? "0");
    if (to === null || asset === null) expect(reading.deposits).toEqual([]);
    else if (expected.credited === true) expect(creditedTo(reading, to, asset.id)).toBe(amount);
    else expect([0n, amount]).toContain(creditedTo(reading, to, asset.id));
  });

  test("§7 6 to somebody else it brought nothing", async () => {
    const stranger = strangers[chain.family];
    const reading = await chain.readDeposits(expected.txHash, new Set([stranger]), signal);
    expect(creditedTo(reading, stranger, asset?.id ?? "")).toBe(0n);
  });

  test.each([...(expected.transfers ?? [])])("each of several transfers is its own: $to", async (one) => {
    const address = chain.normaliseAddress(one.to);
    const reading = await chain.readDeposits(expected.txHash, new Set([address]), signal);
    expect(creditedTo(reading, address, asset?.id ?? "")).toBe(netTo(chain, expected, address));
  });
}

function describeChanges(subject: DepositSubject, fixture: Fixture): void {
  const { expected, open, chain, asset, to } = partsOf(subject, fixture);

  test.each([...subject.mutations(fixture)])(
    "changed ($name), it brings no more than it says",
    async (one) => {
      if (to === null || asset === null) return;
      const outcome = await readOrRefuse(open(one.responses), expected.txHash, to);
      expect(outcome === null ? 0n : creditedTo(outcome, to, asset.id)).toBeLessThanOrEqual(one.most);
    },
  );

  test("§7 34 whatever is missing, null or of another type: no crash, and never more than was paid", async () => {
    const leaves = leavesOf(fixture.responses);
    const changes = fc.constantFrom(undefined, null, "", "0x", [], {}, true);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...leaves), changes, async (path, change) => {
        const outcome = await readOrRefuse(
          open(withLeaf(fixture.responses, path, change)),
          expected.txHash,
          to ?? strangers[chain.family],
        );
        const most = expected.success ? BigInt(expected.amountBaseUnits ?? "0") : 0n;
        return outcome === null || creditedTo(outcome, to ?? "", asset?.id ?? "") <= most;
      }),
      { numRuns: 60 },
    );
  });
}

const strangers = {
  evm: "0x00000000000000000000000000000000DeaDBeef",
  solana: "9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM",
  tron: "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8",
  aptos: "0x00000000000000000000000000000000000000000000000000000000deadbeef",
} as const;

/** Null: refused as the provider's fault, which is no verdict. Anything else thrown is a defect. */
async function readOrRefuse(chain: ReceivingChain, hash: string, to: string): Promise<DepositReading | null> {
  try {
    return await chain.readDeposits(hash, new Set([to]), signal);
  } catch (error) {
    if (error instanceof ProviderError && error.retryable) return null;
    throw error;
  }
}
