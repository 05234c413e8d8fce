import { expect, test } from "vitest";
import { DomainError } from "../errors.ts";
import { createLogger, createMetrics, type Logger } from "./index.ts";

const secret = "s3cr3t-value-that-must-not-be-seen";

function capture(act: (log: Logger) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  act(createLogger({ level: "debug", destination: { write: (line) => void lines.push(line) } }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

test.each([
  "password", "KEYSTORE_PASSWORD", "secret", "ipnSecret", "apiKey", "api_key", "authorization", "x-api-key",
  "x-nowpayments-sig", "x-changenow-api-key", "privateKey", "mnemonic", "raw", "set-cookie", "accessToken",
])("S21: the value under %s reaches no line, at any depth", (key) => {
  const lines = capture((log) => {
    log.info({ [key]: secret }, "top");
    log.info({ request: { headers: [{ [key]: secret }] } }, "deep");
    log.child({ [key]: secret }).info("child");
    log.child({ provider: { [key]: secret } }).child({ other: 1 }).info("grandchild");
    log.error({ error: new DomainError("code", "refused", { [key]: secret }) }, "error");
    log.error(new DomainError("code", "refused", {}, new DomainError("inner", "x", { [key]: secret })), "bare error");
  });
  expect(lines).toHaveLength(6);
  expect(JSON.stringify(lines)).not.toContain(secret);
}); // prettier-ignore

test("S21: secrets inside text are masked: passwords of URLs, bearer tokens, keys in queries", () => {
  const lines = capture((log) => {
    log.info(`connecting to postgres://spillway:${secret}@127.0.0.1:5432/spillway`);
    log.warn({ error: new Error(`GET https://api.example/v2?api_key=${secret}&x=1 failed`) }, "failed");
    log.warn({ header: `Bearer ${secret}` }, "odd place");
  });
  expect(JSON.stringify(lines)).not.toContain(secret);
  expect(lines[0]!["msg"]).toBe("connecting to postgres://spillway:[redacted]@127.0.0.1:5432/spillway");
});

test("what is no secret stays readable: ids, amounts, causes of errors", () => {
  const [line] = capture((log) => {
    const cause = new Error("socket closed");
    log.error(
      { paymentId: "p1", amount: 2n ** 80n, error: new DomainError("late", "Too late.", { a: 1 }, cause) },
      "no",
    );
  });
  expect(line).toMatchObject({
    level: "error",
    msg: "no",
    paymentId: "p1",
    amount: "1208925819614629174706176",
    error: { type: "DomainError", code: "late", details: { a: 1 }, cause: { message: "socket closed" } },
  });
  expect(new Date(line!["time"] as string).toISOString()).toBe(line!["time"]);
});

test("metrics read as Prometheus text", async () => {
  const metrics = createMetrics();
  metrics.failures.inc({ component: "swaps", reason: "timeout" });
  expect(await metrics.registry.metrics()).toContain(
    'spillway_failures_total{component="swaps",reason="timeout"} 1',
  );
});
