import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../../../sandbox/anvil.ts";
import { createBackground } from "../../../sandbox/background.ts";
import { createFaults, createJournal, type Faults } from "../../../sandbox/faults.ts";
import { createTelegram as createEmulator, type Telegram } from "../../../sandbox/telegram.ts";
import { startWireServer, type WireServer } from "../../../sandbox/wire-server.ts";
import { systemClock } from "../../clock.ts";
import { createTelegram } from "./index.ts";

const token = "1000000001:a-token-of-the-test-0123456789abcde";
const notice = { id: "n1", address: "42", title: "You were paid 24.26 USDT", body: "Payout: 7" };

let wire: WireServer;
let telegram: Telegram;
let faults: Faults;
beforeAll(async () => {
  faults = createFaults(systemClock);
  telegram = createEmulator({ token, clock: systemClock });
  wire = await startWireServer({
    world: { server: "telegram", faults, journal: createJournal() },
    prefix: "",
    port: undefined,
    clock: systemClock,
    background: createBackground(),
    handle: (request) => telegram.handle(request),
  });
});
afterEach(() => faults.heal());
afterAll(() => wire.close());

const bot = (given = token) =>
  createTelegram({ baseUrl: wire.url, token: given, clock: systemClock, timeoutMs: 1_000 });

describe("what became of it", () => {
  test("title and body arrive in the chat, once, as they are", async () => {
    const body = "a_b *c* <d> [e](f)";
    expect(await bot().send({ ...notice, body })).toEqual({ kind: "sent", reference: "1" });
    expect(telegram.messages).toMatchObject([{ chatId: "42", text: `${notice.title}\n\n${body}` }]);
  });

  test.each([
    ["gone", "chat_not_found"],
    ["blocked", "blocked_by_recipient"],
    [{ movedTo: "-1001234567890" }, "chat_moved"],
  ] as const)("a chat that is %o is refused for good", async (state, reason) => {
    telegram.setChat("43", state);
    expect(await bot().send({ ...notice, address: "43" })).toEqual({
      kind: "refused",
      reason,
      again: false,
      afterMs: null,
    });
  });

  test("too many are to wait as long as they say", async () => {
    const body = {
      ok: false,
      error_code: 429,
      description: "Too Many Requests",
      parameters: { retry_after: 17 },
    };
    faults.next("telegram", { kind: "http", status: 429, body });
    expect(await bot().send(notice)).toEqual({
      kind: "refused",
      reason: "rate_limited",
      again: true,
      afterMs: 17_000,
    });
  });

  test.each([
    ["lost_request", 0],
    ["lost_answer", 1],
    ["timeout", 0],
    ["timeout_after", 1],
    ["malformed", 1],
  ] as const)("%s is unknown, whether it was taken or not", async (kind, taken) => {
    const before = telegram.messages.length;
    faults.next("telegram", { kind });
    expect(await bot().send(notice)).toMatchObject({ kind: "unknown" });
    expect(telegram.messages).toHaveLength(before + taken);
  });

  test.each([500, 502, 503])("%i is unknown", async (status) => {
    faults.next("telegram", { kind: "http", status, body: "<html>Bad Gateway</html>" });
    expect(await bot().send(notice)).toEqual({ kind: "unknown", reason: `http_${status}` });
  });

  test("nobody there at all has taken nothing", async () => {
    const nobody = createTelegram({
      baseUrl: `http://127.0.0.1:${await freePort()}`,
      token,
      clock: systemClock,
    });
    expect(await nobody.send(notice)).toMatchObject({ kind: "refused", reason: "unreachable", again: true });
  });
});

test("a token that is not theirs is the operator's to mend, and is in no error", async () => {
  const other = "1000000001:another-token-0123456789abcdefghij";
  expect(await bot(other).send(notice)).toMatchObject({
    kind: "refused",
    reason: "unauthorized",
    again: true,
  });
  const refusal = await bot(other)
    .checkAccess(AbortSignal.timeout(2_000))
    .catch((error: unknown) => error);
  expect(refusal).toMatchObject({ code: "provider_error", reason: "unauthorized" });
  expect(JSON.stringify(refusal) + (refusal as Error).stack).not.toContain("another-token");
  expect(await bot().checkAccess(AbortSignal.timeout(2_000))).toBe("@sandbox_bot");
});
