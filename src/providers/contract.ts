import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeError, EngineError, ProviderError } from "../errors.ts";
import { manualClock } from "../clock.ts";
import type { Asset } from "../money/index.ts";
import { createCircuitBreaker, type CircuitBreaker } from "./circuit-breaker.ts";
import type {
  CreateSwap,
  PaymentProcessor,
  PriceSource,
  SubmissionOutcome,
  SwapPair,
  SwapProvider,
} from "./port.ts";
import { faultsEchoing } from "./contract-faults.ts";
import type { Documented } from "./documented-answers.ts";
import { startProgrammableServer, type ProgrammableServer, type Reply } from "./programmable-server.ts";

/** Short, so that a server that never answers costs a test little. */
export const contractTimeoutMs = 500;

/** @param baseUrl where the test's server is; the adapter gets `contractTimeoutMs` and the circuit. */
export interface Subject<T> {
  readonly make: (baseUrl: string, circuit?: CircuitBreaker) => T;
  /** Whatever must never be seen again: the keys the adapter was made with. */
  readonly secrets: readonly string[];
}

/** Everything an error or outcome carries, as text. */
function everythingIn(value: unknown): string {
  if (!(value instanceof Error)) return JSON.stringify(value);
  const details = value instanceof EngineError ? JSON.stringify(value.details) : "";
  return `${describeError(value)} ${value.stack ?? ""} ${details} ${everythingIn(value.cause ?? null)}`;
}

function expectNoSecret(value: unknown, secrets: readonly string[]): void {
  for (const secret of secrets) expect(everythingIn(value)).not.toContain(secret);
}

async function thrownBy(act: () => Promise<unknown>): Promise<ProviderError> {
  const error = await act().then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ProviderError);
  return error as ProviderError;
}

/** A server for one `describe`, started before its tests and closed after them. */
export function useServer(): { current: () => ProgrammableServer } {
  let server: ProgrammableServer;
  beforeAll(async () => void (server = await startProgrammableServer()));
  afterAll(() => server.close());
  return { current: () => server };
}

const never = new AbortController().signal;

export function describeReadFaults<T>(
  subject: Subject<T>,
  operations: Record<string, (made: T, signal: AbortSignal) => Promise<unknown>>,
): void {
  const server = useServer();
  for (const [operation, act] of Object.entries(operations)) {
    test.each(faultsEchoing(subject.secrets))(`${operation}: $name is $read`, async ({ reply, read }) => {
      server.current().answer(reply);
      const error = await thrownBy(() => act(subject.make(server.current().url), never));
      expect(`${error.failure} ${error.reason}`).toBe(read);
      expectNoSecret(error, subject.secrets);
      if (typeof reply === "object" && reply.headers?.["retry-after"])
        expect(error.details["retryAfterMs"]).toBe(2000);
      expect(server.current().requests.some(({ path }) => path === "/elsewhere")).toBe(false);
    });

    test(`${operation}: nobody listens, and a caller who gives up, are retryable`, async () => {
      const gone = await startProgrammableServer();
      await gone.close();
      const unreachable = await thrownBy(() => act(subject.make(gone.url), never));
      expect(`${unreachable.failure} ${unreachable.reason}`).toBe("retryable unreachable");
      const aborted = await thrownBy(() => act(subject.make(server.current().url), AbortSignal.abort()));
      expect(`${aborted.failure} ${aborted.reason}`).toBe("retryable aborted");
    });
  }
}

/** A provider that is down is left alone, and found again when it is well. */
export function describeCircuit<T>(
  subject: Subject<T>,
  ask: (made: T, signal: AbortSignal) => Promise<unknown>,
  submit?: (made: T, signal: AbortSignal) => Promise<SubmissionOutcome<unknown>>,
): void {
  const server = useServer();
  test("after failures in a row nobody asks until a pause has passed; then one call finds out", async () => {
    const clock = manualClock(new Date("2026-01-15T10:30:00Z"));
    const circuit = createCircuitBreaker("theirs", { clock, random: () => 0.5 });
    const made = subject.make(server.current().url, circuit);
    server.current().answer({ status: 503 });
    while (circuit.state === "closed") await thrownBy(() => ask(made, never));
    const asked = server.current().requests.length;
    const refused = await thrownBy(() => ask(made, never));
    expect(`${refused.failure} ${refused.reason}`).toBe("retryable circuit_open");
    expect(refused.details["retryAfterMs"]).toBe(750);
    if (submit) expect(told(await submit(made, never))).toBe("retryable circuit_open");
    expect(server.current().requests).toHaveLength(asked);
    clock.advance(750);
    server.current().answer({ status: 400 });
    expect(await thrownBy(() => ask(made, never))).toMatchObject({ failure: "rejected" });
    expect([circuit.state, server.current().requests.length]).toEqual(["closed", asked + 1]);
  });
}

export const told = (outcome: SubmissionOutcome<unknown>): string =>
  outcome.kind === "accepted" ? "accepted" : `${outcome.kind} ${outcome.reason}`;

export function describeWriteFaults<T>(
  subject: Subject<T>,
  operation: string,
  act: (made: T, signal: AbortSignal) => Promise<SubmissionOutcome<unknown>>,
): void {
  const server = useServer();
  test.each(faultsEchoing(subject.secrets))(`${operation}: $name is $write`, async ({ reply, write }) => {
    server.current().answer(reply);
    const asked = server.current().requests.length;
    const outcome = await act(subject.make(server.current().url), never);
    expect(told(outcome)).toBe(write);
    expectNoSecret(outcome, subject.secrets);
    expect(server.current().requests.length - asked, "one submission is one request").toBe(1);
  });

  test(`${operation}: nobody listens: nothing was sent, so it is retryable`, async () => {
    const gone = await startProgrammableServer();
    await gone.close();
    expect(told(await act(subject.make(gone.url), never))).toBe("retryable unreachable");
  });

  test(`${operation}: given up before it was sent is retryable, afterwards unknown`, async () => {
    const made = subject.make(server.current().url);
    expect(told(await act(made, AbortSignal.abort()))).toBe("retryable aborted");
    const controller = new AbortController();
    server.current().answer(() => {
      controller.abort();
      return "hang";
    });
    expect(told(await act(made, controller.signal))).toBe("unknown aborted");
  });
}

export interface ProcessorFixtures {
  readonly payment: { readonly externalId: string; readonly body: string };
  /** The same body with another word for its status. */
  readonly withStatus: (body: string, status: string) => string;
  /** A body whose arrived amount is this decimal, as a JSON number. */
  readonly withArrived: (body: string, amount: string) => string;
  readonly notFound: Reply;
  readonly event: { readonly raw: Buffer; readonly header: string; readonly signature: string };
}

/** What every payment processor must do. */
export function describePaymentProcessor(
  name: string,
  subject: Subject<PaymentProcessor>,
  fixtures: ProcessorFixtures,
): void {
  describe(`${name} keeps the contract of a payment processor`, () => {
    const server = useServer();
    const invoice = {
      orderId: "order-1",
      priceUsd: "25.50",
      description: "One month",
      callbackUrl: "https://pay.example/ipn",
    };
    describeReadFaults(subject, {
      fetchPayment: (made, signal) => made.fetchPayment(fixtures.payment.externalId, signal),
      checkHealth: (made, signal) => made.checkHealth(signal),
    });
    describeWriteFaults(subject, "createInvoice", (made, signal) => made.createInvoice(invoice, signal));
    describeCircuit(
      subject,
      (made, signal) => made.fetchPayment(fixtures.payment.externalId, signal),
      (made, signal) => made.createInvoice(invoice, signal),
    );

    const fetched = async (body: string) => {
      server.current().answer({ body });
      const found = await subject.make(server.current().url).fetchPayment(fixtures.payment.externalId, never);
      expect(found).not.toBeNull();
      expect(found!.raw).toBe(body);
      return found!.payment;
    };

    test("an unseen status keeps its raw answer", async () => {
      const payment = await fetched(fixtures.withStatus(fixtures.payment.body, "quantum_state"));
      expect(payment).toMatchObject({ status: "unrecognised", rawStatus: "quantum_state", settled: null });
    });

    test.each(["0.123456789012345678", "2e-7", "12345678901234567890.000000000000000001"])(
      "F99: %s survives to the last digit",
      async (amount) =>
        expect((await fetched(fixtures.withArrived(fixtures.payment.body, amount))).paid.arrived).toBe(
          amount,
        ),
    );

    test("a payment it never heard of is null", async () => {
      server.current().answer(fixtures.notFound);
      expect(
        await subject.make(server.current().url).fetchPayment(fixtures.payment.externalId, never),
      ).toBeNull();
    });

    describeEvents(() => subject.make("http://localhost"), fixtures.event);
  });
}

function describeEvents(make: () => PaymentProcessor, event: ProcessorFixtures["event"]): void {
  test("a true event is believed; a forged, altered or unsigned one is not", () => {
    const { raw, header, signature } = event;
    const made = make();
    const altered = Buffer.from(raw);
    altered[altered.length - 3]! ^= 1;
    expect(made.verifyEvent(raw, { [header]: signature })).not.toBeNull();
    expect(made.verifyEvent(altered, { [header]: signature })).toBeNull();
    expect(made.verifyEvent(raw, { [header]: "0".repeat(signature.length) })).toBeNull();
    expect(made.verifyEvent(raw, { [header]: signature.slice(0, -2) })).toBeNull();
    expect(made.verifyEvent(raw, { [header]: "" })).toBeNull();
    expect(made.verifyEvent(raw, { [header]: [signature] })).toBeNull();
    expect(made.verifyEvent(raw, {})).toBeNull();
    expect(made.verifyEvent(Buffer.alloc(0), { [header]: signature })).toBeNull();
  });

  test.each([
    { kind: "nothing", raw: "" },
    { kind: "null", raw: "null" },
    { kind: "an array", raw: "[]" },
    { kind: "an empty object", raw: "{}" },
    { kind: "HTML", raw: "<html>" },
    { kind: "cut JSON", raw: '{"payment_id":' },
    { kind: "endless depth", raw: "[".repeat(100_000) },
  ])("an event of $kind is malformed, never a crash", ({ raw }) => {
    const made = make();
    expect(made.verifyEvent(Buffer.from(raw), { [event.header]: "ab".repeat(64) })).toBeNull();
    expect(() => made.parseEvent(Buffer.from(raw))).toThrow(
      expect.objectContaining({ code: "malformed_event" }),
    );
  });
}

export interface SwapFixtures {
  /** Two native coins, so that one call is one request; the source has 18 digits. */
  readonly pair: SwapPair;
  /** Answers with the source amount as this JSON number, and a target amount. */
  readonly estimate: (fromAmount: string, toAmount: string) => string;
  readonly created: (fromAmount: string, toAmount: string) => string;
  readonly create: CreateSwap;
  readonly exchange: {
    readonly providerId: string;
    readonly body: (fields: Record<string, string>) => string;
  };
  readonly statusField: string;
  readonly amountFields: { readonly source: string; readonly target: string };
  readonly notFound: Reply;
}

/** What every swap provider must do. */
export function describeSwapProvider(
  name: string,
  subject: Subject<SwapProvider>,
  fixtures: SwapFixtures,
): void {
  describe(`${name} keeps the contract of a swap provider`, () => {
    const server = useServer();
    const { pair, exchange, amountFields, create } = fixtures;
    describeReadFaults(subject, {
      limits: (made, signal) => made.limits(pair, signal),
      quote: (made, signal) => made.quote(pair, create.amount, signal),
      status: (made, signal) => made.status(exchange.providerId, pair, signal),
    });
    describeWriteFaults(subject, "create", (made, signal) => made.create(create, signal));
    describeCircuit(
      subject,
      (made, signal) => made.quote(pair, create.amount, signal),
      (made, signal) => made.create(create, signal),
    );

    const statusOf = async (fields: Record<string, string>) => {
      server.current().answer({ body: exchange.body(fields) });
      const swap = await subject.make(server.current().url).status(exchange.providerId, pair, never);
      expect(swap).not.toBeNull();
      return swap!;
    };

    test("an unseen status keeps its raw answer", async () => {
      const swap = await statusOf({ [fixtures.statusField]: '"quantum_state"' });
      expect(swap).toMatchObject({ status: "unrecognised", rawStatus: "quantum_state" });
      expect(swap.raw).toMatchObject({ [fixtures.statusField]: "quantum_state" });
    });

    test("F66 F23: amounts that are null or missing stay null", async () => {
      const swap = await statusOf({ [amountFields.source]: "null", [amountFields.target]: "null" });
      expect(swap).toMatchObject({ sourceAmount: null, targetAmount: null, refundAmount: null });
    });

    test("F99: amounts survive to the last base unit, and noise below it falls away", async () => {
      const amount = 123_456_789_012_345_678n;
      const made = subject.make(server.current().url);
      server.current().answer({ body: fixtures.estimate("0.123456789012345678", "0.00412345999") });
      expect(await made.quote(pair, amount, never)).toMatchObject({
        sourceAmount: amount,
        targetAmount: 412_345n,
      });
      server.current().answer({ body: fixtures.created("0.123456789012345678", "0.00412345999") });
      expect(await made.create({ ...create, amount }, never)).toMatchObject({
        kind: "accepted",
        value: { sourceAmount: amount, expectedTargetAmount: 412_345n },
      });
      expect(server.current().requests.at(-1)!.body).toContain('"0.123456789012345678"');
      const swap = await statusOf({
        [amountFields.source]: "0.123456789012345678",
        [amountFields.target]: "2e-7",
      });
      expect(swap).toMatchObject({ sourceAmount: amount, targetAmount: 20n });
    });

    test("a swap it never heard of is null", async () => {
      server.current().answer(fixtures.notFound);
      expect(await subject.make(server.current().url).status(exchange.providerId, pair, never)).toBeNull();
    });
  });
}

export interface PriceFixtures {
  readonly asset: Asset;
  /** An answer with this for the asset's price, as a JSON value. */
  readonly answer: (price: string) => string;
  /** How the observation writes that price; its very text, unless the source counts in something else than dollars. */
  readonly usd?: (price: string) => string;
}

/** What every price source must do. */
export function describePriceSource(
  name: string,
  subject: Subject<PriceSource>,
  fixtures: PriceFixtures,
): void {
  describe(`${name} keeps the contract of a price source`, () => {
    const server = useServer();
    const { asset, usd = (price) => price } = fixtures;
    describeReadFaults(subject, { observe: (made, signal) => made.observe([asset], signal) });
    describeCircuit(subject, (made, signal) => made.observe([asset], signal));

    test.each(["0.123456789012345678", "1.5e-12", "104999.99999999999999"])(
      "F99: a price of %s keeps its digits",
      async (price) => {
        server.current().answer({ body: fixtures.answer(price) });
        const seen = await subject.make(server.current().url).observe([asset], never);
        expect(seen.get(asset.id)).toMatchObject({ usd: usd(price), source: name, asset });
      },
    );

    test.each(["null", "0", "0.00", "0e9", "-1", '""', '"n/a"', "{}"])(
      "a price of %s is no price, never zero",
      async (price) => {
        server.current().answer({ body: fixtures.answer(price) });
        expect((await subject.make(server.current().url).observe([asset], never)).size).toBe(0);
      },
    );

    test("NaN is an answer that does not fit", async () => {
      server.current().answer({ body: fixtures.answer("NaN") });
      const error = await thrownBy(() => subject.make(server.current().url).observe([asset], never));
      expect(`${error.failure} ${error.reason}`).toBe("retryable malformed_answer");
    });
  });
}

interface Questions {
  readonly ask: (baseUrl: string) => Promise<unknown>;
  readonly lookUp?: (baseUrl: string) => Promise<unknown>;
  readonly submit?: (baseUrl: string) => Promise<SubmissionOutcome<unknown>>;
}

async function verdict(act: Promise<unknown>): Promise<string> {
  try {
    return (await act) === null ? "null" : "answered";
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return `${error.failure} ${error.reason}`;
  }
}

/** Checks a whole table of documented answers, one test each. */
export function describeClassification(
  name: string,
  questions: Questions,
  table: readonly Documented[],
): void {
  describe(`${name}: every documented answer has its verdict`, () => {
    const server = useServer();
    const { ask, lookUp, submit } = questions;
    test.each(table)("$says: asked $asked, submitted $submitted", async (row) => {
      server.current().answer(row.reply);
      const { url } = server.current();
      expect(await verdict(ask(url)), "asked").toBe(row.asked);
      if (lookUp) expect(await verdict(lookUp(url)), "looked up").toBe(row.lookedUp ?? row.asked);
      if (!submit) return;
      expect(told(await submit(url)), "submitted").toBe(row.submitted);
    });
  });
}
