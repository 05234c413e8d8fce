import { createHmac } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { freshDatabase } from "../../tests/support/index.ts";
import { systemClock } from "../clock.ts";
import type { Db } from "../database/index.ts";
import { createIntake } from "../intake/index.ts";
import { registry } from "../money/index.ts";
import { createNowpayments } from "../providers/nowpayments/index.ts";
import { countFailedSignatures, sourceOf } from "./failed-signatures.ts";
import { processorWebhook } from "./index.ts";
import { startTestServer } from "./testing/test-server.ts";

const secret = "the-shared-secret";
let db: Db;
beforeAll(async () => {
  ({ db } = await freshDatabase());
});

/** The processor's own webhook, and a caller of it from any address. */
async function startNotices(trustedProxies: readonly string[] = []) {
  const processor = createNowpayments({
    baseUrl: "http://127.0.0.1:9",
    apiKey: "key",
    ipnSecret: secret,
    registry,
    clock: systemClock,
  });
  const processors = new Map([[processor.name, processor]]);
  const intake = createIntake({ db, clock: systemClock, processors });
  const webhooks = [processorWebhook(intake, processor.name)];
  const { server, clock, log } = await startTestServer(db, { webhooks, trustedProxies });
  const send = (remoteAddress: string, how: { signedWith?: string; forwardedFor?: string } = {}) => {
    const payload = `{"payment_id":${5_000_000 + sent++},"payment_status":"waiting"}`;
    const signature = createHmac("sha512", how.signedWith ?? "another secret")
      .update(payload)
      .digest("hex");
    return server.inject({
      method: "POST",
      url: "/webhooks/nowpayments",
      remoteAddress,
      headers: {
        "content-type": "application/json",
        "x-nowpayments-sig": signature,
        ...(how.forwardedFor === undefined ? {} : { "x-forwarded-for": how.forwardedFor }),
      },
      payload,
    });
  };
  const forge = async (count: number, from: string, forwardedFor?: string): Promise<number[]> => {
    const answers = [];
    for (let one = 0; one < count; one++)
      answers.push(await send(from, forwardedFor === undefined ? {} : { forwardedFor }));
    return answers.map(({ statusCode }) => statusCode);
  };
  return { send, forge, clock, log };
}
let sent = 0;

const times = (count: number, status: number): number[] => Array<number>(count).fill(status);

test("who sends too many forgeries is told to wait, by a problem with Retry-After, until a minute has passed", async () => {
  const { send, forge, clock } = await startNotices();
  expect(await forge(22, "203.0.113.7")).toEqual([...times(20, 401), 429, 429]);
  const refused = await send("203.0.113.7");
  expect(refused.headers["retry-after"]).toBe("60");
  expect(refused.headers["content-type"]).toContain("application/problem+json");
  expect(refused.json()).toMatchObject({ status: 429, code: "too_many_failed_signatures" });
  expect(await forge(1, "203.0.113.8")).toEqual([401]); // their neighbour
  clock.advance(59_999);
  expect(await forge(1, "203.0.113.7")).toEqual([429]);
  clock.advance(1);
  expect(await forge(1, "203.0.113.7")).toEqual([401]);
});

test("a right signature is taken from the very address of a flood, and what was taken is stored", async () => {
  const { send, forge } = await startNotices();
  await forge(40, "203.0.113.7");
  const taken = await send("203.0.113.7", { signedWith: secret });
  expect(taken.statusCode).toBe(200);
  expect(taken.json()).toEqual({ received: true, duplicate: false });
  expect(await forge(1, "203.0.113.7")).toEqual([429]); // it made nobody's forgeries better
});

test("one customer's IPv6 addresses are one source, and IPv4 written as IPv6 is IPv4", async () => {
  const { forge } = await startNotices();
  for (let one = 1; one <= 20; one++) await forge(1, `2001:db8:1:2::${one.toString(16)}`);
  expect(await forge(1, "2001:db8:1:2:ffff:ffff:ffff:ffff")).toEqual([429]);
  expect(await forge(1, "2001:db8:1:3::1")).toEqual([401]);
  expect(await forge(20, "::ffff:198.51.100.1")).toEqual(times(20, 401));
  expect(await forge(1, "198.51.100.1")).toEqual([429]);
});

test.each([
  ["198.51.100.1", "198.51.100.1"],
  ["::ffff:198.51.100.1", "198.51.100.1"],
  ["::FFFF:c633:6401", "198.51.100.1"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["2001:0DB8:0000:0000:0000:0000:0000:0001", "2001:db8:0:0::/64"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["::1", "0:0:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["64:ff9b::198.51.100.1", "64:ff9b:0:0::/64"],
])("%s is counted as %s", (ip, source) => {
  expect(sourceOf(ip)).toBe(source);
});

test("X-Forwarded-For is believed of named proxies only", async () => {
  const direct = await startNotices();
  // Whoever names a new address each time is counted by their own.
  for (let one = 0; one < 20; one++) await direct.forge(1, "203.0.113.7", `192.0.2.${one}`);
  expect(await direct.forge(1, "203.0.113.7", "192.0.2.200")).toEqual([429]);
  const proxied = await startNotices(["10.0.0.0/8"]);
  expect(await proxied.forge(21, "10.0.0.5", "203.0.113.7")).toEqual([...times(20, 401), 429]);
  expect(await proxied.forge(1, "10.0.0.5", "203.0.113.8")).toEqual([401]);
  // What the caller wrote before the proxy's own word is theirs, and is not read.
  expect(await proxied.forge(1, "10.0.0.5", "192.0.2.1, 203.0.113.7")).toEqual([429]);
  expect(await proxied.forge(21, "203.0.113.9", "192.0.2.9")).toEqual([...times(20, 401), 429]);
});

test("a flood writes one line more than the failures that are answered, and it says where from", async () => {
  const { forge, log } = await startNotices();
  await forge(60, "203.0.113.7");
  const lines = log()
    .split("\n")
    .filter((line) => line.includes('"route":"/webhooks/nowpayments"'));
  expect(lines).toHaveLength(20);
  expect(JSON.parse(lines.at(-1)!)).toMatchObject({
    msg: "too many failed signatures: the next are not logged",
    source: "203.0.113.7",
  });
});

test("somebody with very many addresses takes no more memory, and is still counted", () => {
  const failures = countFailedSignatures();
  const now = new Date("2026-11-21T10:00:00.000Z");
  for (let one = 0; one < 100_000; one++)
    failures.note(`10.${one >> 16}.${(one >> 8) & 255}.${one & 255}`, now);
  const last = Array.from({ length: 21 }, () => failures.note("10.1.134.159", now));
  expect(last.slice(-3)).toEqual(["last", "over", "over"]); // it had one before
  expect(failures.note("10.0.0.0", now)).toBe("counted"); // the oldest is forgotten first
});
