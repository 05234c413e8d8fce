import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { networks } from "../../src/chains/networks.ts";
import { buildProgram, describeFailure, exitCodeOf } from "../../src/cli/index.ts";
import { nextStepOf } from "../../src/http/index.ts";
import { sql, type Database } from "../../src/database/index.ts";
import { freshDatabase } from "../support/index.ts";

const id = "019e6f3a-1c00-7a10-8b5e-2f6d8c1e4a01";
const nobody = "http://127.0.0.1:9";

let database: Database;
let directory: string;
let taken: Server;
let takenPort: number;
beforeAll(async () => {
  database = await freshDatabase();
  directory = await mkdtemp(join(tmpdir(), "spillway-wrong-"));
  await writeFile(join(directory, "file"), "");
  await writeFile(join(directory, "short"), "short\n");
  taken = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(taken, "listening");
  takenPort = (taken.address() as { port: number }).port;
});
afterAll(async () => {
  taken.close();
  await rm(directory, { recursive: true, force: true });
});

beforeEach(() => {
  const environment = {
    DATABASE_URL: database.url,
    DATA_DIRECTORY: join(directory, "data"),
    NOWPAYMENTS_API_KEY: "np-key",
    NOWPAYMENTS_IPN_SECRET: "ipn-secret",
    NOWPAYMENTS_BASE_URL: nobody,
    CHANGENOW_API_KEY: "cn-key",
    CHANGENOW_BASE_URL: nobody,
    COINGECKO_BASE_URL: nobody,
    PRICE_SOURCES: "coingecko",
    ETHEREUM_RPC_URLS: nobody,
    KEYSTORE_PASSWORD: "correct horse",
    PORT: "0",
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const filledIn = (text: string): string =>
  text.replaceAll("<dir>", directory).replaceAll("<port>", String(takenPort));

/** The next step that is published for the code, where there is one. */
function withNextStep(sentence: string): string {
  const code = /\((\w+)\)$/.exec(sentence)?.[1];
  const next = code === undefined || code === "invalid_request" ? null : nextStepOf(code);
  return next === null ? sentence : `${sentence}\n${next}`;
}

/** What a person reads, and the exit code, for `spillway <line>` in an environment that differs by `change`. */
async function answer(line: string, change: Record<string, string> = {}): Promise<[string, number]> {
  for (const [name, value] of Object.entries(change)) vi.stubEnv(name, filledIn(value));
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  try {
    await buildProgram().parseAsync(line === "" ? [] : line.split(" "), { from: "user" });
    return ["", 0];
  } catch (error) {
    return [describeFailure(error), exitCodeOf(error)];
  }
}

const anId = "An id looks like 019e6f3a-1c00-7a10-8b5e-2f6d8c1e4a01; copy it whole.";
const sending = networks
  .filter(({ family }) => family === "evm")
  .map(({ name }) => name)
  .join(", ");
const uuid =
  "`id` in the path must be a UUID, such as 019e6f3a-1c00-7a10-8b5e-2f6d8c1e4a01. (invalid_request)";
const again = "Read the recovery desk again. (unknown_review_item)";

test.each([
  ["frobnicate", "error: unknown command 'frobnicate'"],
  ["setings get", "error: unknown command 'setings'\n(Did you mean settings?)"],
  ["payees lst", "error: unknown command 'lst'\n(Did you mean list?)"],
  ["payees list --limt 3", "error: unknown option '--limt'\n(Did you mean --limit?)"],
  ["start --role x", "error: option '--role <role>' argument 'x' is invalid. Allowed choices are all, api, worker."],
  ["explain", "error: missing required argument 'id'"],
  ["explain x", '"x" is no order, payment, earning, conversion or payout, and no hash of one. Copy it whole. (unknown_id)'],
  ["payees show 7", uuid],
  [`payees show ${id}`, `There is no payee ${id}. (not_found)`],
  ["payees list --limit 0", "`limit` must be a whole number from 1 to 200. (invalid_request)"],
  ["orders show 7", uuid],
  ["orders list --created-from yesterday", "`created_from` must be a moment with its zone, such as 2026-11-21T10:00:00Z. (invalid_request)"],
  ["orders accept 7", `error: command-argument value '7' is invalid for argument 'order'. ${anId}`],
  [`orders accept ${id}`, `There is no order ${id}. (unknown_order)`],
  ["orders cancel x", `error: command-argument value 'x' is invalid for argument 'order'. ${anId}`],
  ["payments show 7", uuid],
  ["events show x", "`id` in the path must be the number of an event, such as 1042. (invalid_request)"],
  ["replay x", "error: command-argument value 'x' is invalid for argument 'event'. An event's id is a number; `spillway events list` shows them."],
  ["replay 99", "There is no event 99. List events with their ids first. (unknown_event)"],
  ["payouts request 7", `error: command-argument value '7' is invalid for argument 'payee'. ${anId}`],
  [`payouts request ${id}`, `There is no payee ${id}. (unknown_payee)`],
  ["payouts resolve 7 --as retry", `error: command-argument value '7' is invalid for argument 'payout'. ${anId}`],
  [`payouts resolve ${id} --as retry`, `There is no payout ${id}. (unknown_payout)`],
  [`payouts resolve ${id} --as win`, "error: option '--as <resolution>' argument 'win' is invalid. Allowed choices are retry, give_back."],
  ["approvals approve", "Name one authorisation by its id, or the whole list by its hash: --list <hash>. (invalid_request)"],
  [`approvals approve ${id}`, `There is no authorisation ${id}. List those that wait. (unknown_authorisation)`],
  [`approvals reject ${id}`, "error: required option '--reason <reason>' not specified"],
  ["pauses start chain ethereu --reason r", '"ethereu" is not a chain we know; did you mean ethereum? (unknown_chain)'],
  ["pauses start rail wire --reason r", "There is no rail wire. The rails are direct, swap, bank. (invalid_request)"],
  ["pauses start all ethereum --reason r", "Everything is paused without a name: spillway pauses start all. (invalid_request)"],
  ["pauses start chain --reason r", "Name the chain to pause: spillway pauses start chain <name>. (invalid_request)"],
  ["pauses end 7", `error: command-argument value '7' is invalid for argument 'id'. ${anId}`],
  [`pauses end ${id}`, `No pause ${id} is in force. List the pauses that are. (unknown_pause)`],
  ["conversions by-hand btc", '"btc" is not an asset we know. (unknown_asset)'],
  ["conversions by-hand solana:USDC --hash zzz", "solana is not configured here. Configure it, then try again. (unsupported_chain)"],
  ["settings set settlement_asset USDT", "The value must be JSON, such as '{\"minimum_usd\": \"50\"}' or '\"ethereum:USDT\"'. (invalid_setting)"],
  ['settings set settlement_asset "solana:USDC"', `We do not send on solana, so nobody could be paid from solana:USDC: choose an asset on ${sending}. (no_wallet_for_asset)`],
  ["wallets top-up zzz", "There is no wallet on ethereum. Start the engine once. (unknown_chain)"],
  ["wallets resume --chain etherum", "error: option '--chain <chain>' argument 'etherum' is invalid. Did you mean ethereum?"],
  ["wallets accept-chain", "Nothing is remembered of ethereum: there is nothing to accept. (unknown_chain)"],
  ["arrivals list --claimant nobody", "`claimant` must be one of `settlement`, `swap`, `swap_surplus`, `deposit`, `conversion_by_hand`, `top_up`, `move`, `unclaimed`. (invalid_request)"],
  ["arrivals list --asset nothing", '`asset`: "nothing" is not an asset we know. (invalid_request)'],
  ["arrivals show ethereum 0x1 1", "Nothing is booked of 0x1 (1) on ethereum. List the arrivals to find it. (unknown_arrival)"],
  ["arrivals reattribute ethereum 0x1 1 --to bob --reason r --proof p", "error: option '--to <whom>' argument 'bob' is invalid. Write it as top_up, unclaimed, payment:<id> or order:<id>."],
  ["arrivals reattribute ethereum 0x1 1 --to payment:7 --reason r --proof p", `error: option '--to <whom>' argument 'payment:7' is invalid. ${anId}`],
  ["ledger balance nope ethereum:USDT", '"nope" is no account of the chart of accounts. (unknown_account)'],
  ["ledger balance platform:fees ethereum:USDT --at tomorrow", "error: option '--at <time>' argument 'tomorrow' is invalid. Write it as ISO 8601, such as 2026-11-20T12:00:00Z."],
  ["review act nothing x check", `There is no nothing x. ${again}`],
  [`review act payout ${id} explode`, 'A payout has no action "explode"; it has: check, retry, give_back, pay_outside, paid_outside, return_to_engine, pay_again. (unknown_review_action)'],
  ["keys addresses --count 0", "error: option '--count <n>' argument '0' is invalid. Give a whole number from 1 to 9999."],
  ["api-keys create shop", "Say what the key may do, by --role (viewer, operator, approver, admin) or by --scopes, and not by both. (invalid_scope)"],
  ["api-keys create shop --scopes orders:read --expires soon", "error: option '--expires <moment>' argument 'soon' is invalid. Write a date or a moment, such as 2027-01-01 or 2027-01-01T12:00:00Z."],
  ["api-keys create shop --scopes orders:read --expires 2020-01-01", "A key that expires at 2020-01-01T00:00:00.000Z could never be used: name a later moment, or none. (invalid_expiry)"],
  ["api-keys revoke 7", `error: command-argument value '7' is invalid for argument 'id'. ${anId}`],
  [`api-keys revoke ${id}`, `There is no API key ${id}. List the keys to find its id. (api_key_not_found)`],
  ["backup --to <dir>/short", "<dir>/short is there already. Name another file with --to. (backup_exists)"],
  ["backup --to <dir>/none/x", "The backup cannot be written to <dir>/none/x: the system says: ENOENT: no such file or directory, open '<dir>/none/x'. Nothing is left of it there. Name a file on another disk with --to. (backup_not_written)"],
  ["restore", "error: missing required argument 'file'"],
  ["restore <dir>/none", "<dir>/none cannot be read: ENOENT: no such file or directory, open '<dir>/none'. Correct the path, or its rights. (backup_unreadable)"],
  ["restore <dir>/short", "<dir>/short is no backup that this version of Spillway can read. Name a file that `spillway backup` wrote, or use the version that wrote it. (backup_unreadable)"],
  ["restore <dir>", "<dir> cannot be read: EISDIR: illegal operation on a directory, read. Correct the path, or its rights. (backup_unreadable)"],
  ["simulate --seeds many", "error: option '--seeds <number>' argument 'many' is invalid. Give a whole number."],
])("spillway %s", async (line, sentence) => {
  expect(await answer(filledIn(line))).toEqual([withNextStep(filledIn(sentence)), 2]);
}); // prettier-ignore

const config = (problem: string): string =>
  `The configuration cannot be used. Correct the environment:\n  - ${problem} (invalid_config)`;

test.each<[Record<string, string>, string]>([
  [{ PORT: "eighty" }, config("PORT must be a whole number from 0 to 65535.")],
  [{ HOST: "a b" }, config("HOST must be one host name or address.")],
  [{ DATABASE_URL: "mysql://x" }, config("DATABASE_URL must be one postgres:// or postgresql:// URL.")],
  [{ PUBLIC_URL: "pay.example" }, config("PUBLIC_URL must be one http:// or https:// URL.")],
  [{ CHANGENOW_API_KEY: "" }, config("CHANGENOW_API_KEY is missing: ChangeNOW API key. Set it.")],
  [{ ETHEREUM_RPC_URLS: "eth.example" }, config("ETHEREUM_RPC_URLS must be http:// or https:// URLs with commas between them.")],
  [{ ETHEREUM_MAX_FEE_GWEI: "many" }, config("ETHEREUM_MAX_FEE_GWEI must be a decimal above zero with at most 9 digits after the point, such as 200.")],
  [{ ETHEREUM_DEPOSIT_ADDRESS: "0x1" }, config("ETHEREUM_DEPOSIT_ADDRESS must be an address of yours on Ethereum. Copy it again from your wallet.")],
  [{ TRON_API_URLS: nobody, TRON_DEPOSIT_ADDRESS: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8" }, config("TRON_DEPOSIT_ADDRESS must be an address of yours on Tron. Copy it again from your wallet.")],
  [{ TRON_DEPOSIT_ADDRESS: "TXVj38D1XR3TPgSHTCZGC8wkLDAGqF1oqx" }, config("TRON_DEPOSIT_ADDRESS is set, but no nodes of Tron. Name its nodes too, or leave it out.")],
  [{ PRICE_SOURCES: "binance" }, config("PRICE_SOURCES names Binance alone, which knows no dollars. Name coingecko or coinbase beside it.")],
  [{ PAYOUT_CRON: "hourly" }, config("PAYOUT_CRON must be a cron line of five fields, such as */15 * * * *.")],
  [{ NOWPAYMENTS_EMAIL: "a@b.example" }, config("NOWPAYMENTS_EMAIL and NOWPAYMENTS_PASSWORD belong together. Set both or neither.")],
  [{ KEYSTORE_PASSWORD: "" }, config("KEYSTORE_PASSWORD is missing: the hot wallet's key cannot be opened. Set it, or KEYSTORE_PASSWORD_FILE.")],
  [{ KEYSTORE_PASSWORD: "", KEYSTORE_PASSWORD_FILE: "<dir>/none" }, config("KEYSTORE_PASSWORD_FILE names a file that cannot be read (ENOENT). Correct the path or its rights.")],
  [{ PORT: "<port>" }, "PORT <port> of 127.0.0.1 is taken by another program. Stop that one, or set PORT to another. (port_unavailable)"],
  [{ HOST: "192.0.2.1" }, "HOST 192.0.2.1 is no address of this machine. Set HOST to 127.0.0.1, or to 0.0.0.0 for all of its addresses. (port_unavailable)"],
  [{ DATABASE_URL: "", DATA_DIRECTORY: "<dir>/file" }, "<dir>/file, the DATA_DIRECTORY, cannot be written to: a file is where a directory should be (EEXIST). Give this user a directory of its own, or set DATA_DIRECTORY to another one. (directory_not_writable)"],
  [{ DATABASE_URL: "", DATA_DIRECTORY: "<dir>/file/data" }, "<dir>/file/data, the DATA_DIRECTORY, cannot be written to: a file is where a directory should be (ENOTDIR). Give this user a directory of its own, or set DATA_DIRECTORY to another one. (directory_not_writable)"],
  [{ DATABASE_URL: "postgres://me:hidden@127.0.0.1:9/db" }, "Nothing listens at 127.0.0.1:9, where DATABASE_URL leads. Start PostgreSQL there, or correct the variable. (database_unreachable)"],
  [{ DATABASE_URL: "postgres://me:hidden@127.0.0.1:<port>/db" }, "The server at 127.0.0.1:<port>, where DATABASE_URL leads, cannot be used: Connection terminated unexpectedly. Correct the variable. (database_unreachable)"],
])("spillway start with %j", async (change, sentence) => {
  expect(await answer("start", change)).toEqual([filledIn(sentence), 2]);
  expect(existsSync(join(directory, "data"))).toBe(false);
  const { rows } = await sql`select from wallet`.execute(database.db);
  expect(rows).toEqual([]);
}); // prettier-ignore

describe("a database that is not there, or not ours", () => {
  const elsewhere = (change: (url: URL) => void): string => {
    const url = new URL(database.url);
    change(url);
    return url.href;
  };

  test("a wrong user, password or name is said by its name, and no password is", async () => {
    const place = new URL(database.url).host;
    const user = new URL(database.url).username;
    expect(
      await answer("settings get", { DATABASE_URL: elsewhere((url) => (url.password = "hidden-one")) }),
    ).toEqual([
      `The server at ${place} does not let the user "${user}" of DATABASE_URL in. Correct its name and password there. (database_unreachable)`,
      2,
    ]);
    expect(
      await answer("settings get", { DATABASE_URL: elsewhere((url) => (url.pathname = "/nothere")) }),
    ).toEqual([
      `The server at ${place} has no database "nothere", as DATABASE_URL says. Run \`create database nothere owner ${user}\` there, or correct the variable. (database_unreachable)`,
      2,
    ]);
  });

  test.each([
    "settings get",
    "payees list",
    `explain ${id}`,
    "api-keys list",
    "ledger verify",
    "review list",
    "reconcile",
    "wallets list",
    "wallets resume",
    "arrivals list",
    "replay 7",
    "backup",
  ])("spillway %s in a directory without one refuses, and makes none", async (line) => {
    const empty = join(directory, "elsewhere");
    await mkdir(empty, { recursive: true });
    const [said, code] = await answer(line, { DATABASE_URL: "", DATA_DIRECTORY: join(empty, "data") });
    expect(said).toBe(
      `There is no database in ${join(empty, "data")}. Run this in the directory of your .env, or set DATA_DIRECTORY or DATABASE_URL; \`spillway start\` makes a new one. (no_database)`,
    );
    expect(code).toBe(2);
    expect(existsSync(join(empty, "data"))).toBe(false);
  });

  test("reading in an empty one makes no tables; migrate does", async () => {
    const empty = await freshDatabase({ empty: true });
    const change = { DATABASE_URL: empty.url };
    const tables = async (): Promise<unknown> =>
      (
        await sql<{ count: number }>`select count(*) from pg_tables where schemaname = 'public'`.execute(
          empty.db,
        )
      ).rows[0]!.count;
    expect(await answer("settings get", change)).toEqual([
      "The database is empty. Run `spillway migrate`, or start the engine: it makes the tables. (schema_outdated)",
      2,
    ]);
    expect(await tables()).toBe(0);
    expect(await answer("migrate", change)).toEqual(["", 0]);
    expect(await answer("settings get", change)).toEqual(["", 0]);
  });
});
