import { expect, test } from "vitest";
import { manualClock } from "../clock.ts";
import { useServer } from "./contract.ts";
import { createCircuitBreaker, type Admission, type CircuitBreaker } from "./circuit-breaker.ts";
import { createHttpClient } from "./http-client.ts";

const start = new Date("2026-01-15T10:30:00Z");

function begin(random = () => 0.5) {
  const clock = manualClock(start);
  const changes: string[] = [];
  const circuit = createCircuitBreaker("theirs", {
    clock,
    random,
    onChange: ({ state, pauseMs }) => void changes.push(`${state} ${pauseMs}`),
  });
  return { clock, changes, circuit };
}

function admitted(circuit: CircuitBreaker): Admission {
  const admission = circuit.admit();
  if (typeof admission === "number") throw new Error(`refused for ${admission} ms`);
  return admission;
}

const fail = (circuit: CircuitBreaker, times = 1): void => {
  for (let time = 0; time < times; time++) admitted(circuit).report("unhealthy");
};

test("five failures in a row open it; one success among them starts the count again", () => {
  const { circuit } = begin();
  fail(circuit, 4);
  admitted(circuit).report("healthy");
  fail(circuit, 4);
  expect(circuit.state).toBe("closed");
  fail(circuit);
  expect(circuit.state).toBe("open");
  expect(circuit.admit()).toBe(750);
});

test("its pauses double to a minute while the probes fail, and begin small again after a success", () => {
  const { circuit, clock } = begin();
  fail(circuit, 5);
  const pauses: number[] = [];
  for (let probe = 0; probe < 9; probe++) {
    const pause = circuit.admit();
    if (typeof pause !== "number") throw new Error("let through while open");
    pauses.push(pause);
    clock.advance(pause - 1);
    expect(circuit.admit()).toBe(1);
    clock.advance(1);
    fail(circuit);
  }
  expect(pauses).toEqual([750, 1_500, 3_000, 6_000, 12_000, 24_000, 45_000, 45_000, 45_000]);
  clock.advance(60_000);
  admitted(circuit).report("healthy");
  fail(circuit, 5);
  expect(circuit.admit()).toBe(750);
});

test("half of a pause is chance, from the randomness it was given", () => {
  const [least, most] = [begin(() => 0), begin(() => 0.999)];
  for (const { circuit } of [least, most]) fail(circuit, 5);
  expect([least.circuit.admit(), most.circuit.admit()]).toEqual([500, 1_000]);
});

test("one call probes at a time; one that learns nothing leaves its place to the next", () => {
  const { circuit, clock, changes } = begin();
  fail(circuit, 5);
  clock.advance(750);
  const probe = admitted(circuit);
  expect(circuit.admit()).toBe(1_000);
  probe.report("unclear");
  const next = admitted(circuit);
  next.report("healthy");
  expect(changes).toEqual(["open 750", "probing 0", "open 0", "probing 0", "closed 0"]);
});

test("calls that left before it opened change nothing when they come back after", () => {
  const { circuit } = begin();
  const [slowFailure, slowSuccess] = [admitted(circuit), admitted(circuit)];
  fail(circuit, 5);
  slowFailure.report("unhealthy");
  slowSuccess.report("healthy");
  expect(circuit.state).toBe("open");
  expect(circuit.admit()).toBe(750);
});

test("a provider that says how long to leave it alone is obeyed at once, and not asked sooner", () => {
  const { circuit, clock } = begin();
  admitted(circuit).report("unhealthy", 30_000);
  expect(circuit.admit()).toBe(30_000);
  clock.advance(29_999);
  expect(circuit.admit()).toBe(1);
  clock.advance(1);
  admitted(circuit).report("healthy", null);
  expect(circuit.state).toBe("closed");
});

const server = useServer();
const never = new AbortController().signal;

/** What so many calls with this ending do to the circuit. */
async function after(
  calls: number,
  call: (client: ReturnType<typeof createHttpClient>) => Promise<unknown>,
  timeoutMs?: number,
) {
  const { circuit, clock } = begin();
  const client = createHttpClient({
    provider: "theirs",
    baseUrl: server.current().url,
    headers: {},
    secrets: [],
    clock,
    timeoutMs,
    circuit,
  });
  for (let time = 0; time < calls; time++) await call(client).catch(() => null);
  return circuit.state;
}

const get = { operation: "ask", method: "GET", path: "/" } as const;

test.each([
  ["500", { status: 500 }, "open"],
  ["503 in HTML", { status: 503, body: "<html>" }, "open"],
  ["429", { status: 429 }, "open"],
  ["no answer", "hang", "open"],
  ["a cut connection", "cut", "open"],
  ["half an answer", "cut_body", "open"],
  ["400", { status: 400 }, "closed"],
  ["401", { status: 401 }, "closed"],
  ["404", { status: 404 }, "closed"],
  ["200", { body: "{}" }, "closed"],
  ["an endless answer", { body: " ".repeat(1_100_000) }, "closed"],
] as const)("five times %s", async (_, reply, state) => {
  server.current().answer(reply);
  const timeoutMs = reply === "hang" ? 50 : undefined;
  expect(await after(5, (client) => client.send(get, never), timeoutMs)).toBe(state);
});

test("one 429 that says when to come back is enough", async () => {
  server.current().answer({ status: 429, headers: { "retry-after": "30" } });
  expect(await after(1, (client) => client.send(get, never))).toBe("open");
});

test("callers who give up at once say nothing of the provider", async () => {
  server.current().answer("hang");
  const giveUp = (client: ReturnType<typeof createHttpClient>) => {
    const controller = new AbortController();
    const sent = client.send(get, controller.signal);
    controller.abort();
    return sent;
  };
  expect(await after(6, giveUp)).toBe("closed");
});
