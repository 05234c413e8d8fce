import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort, startAnvil } from "../../sandbox/anvil.ts";
import { startSandbox } from "../../sandbox/index.ts";
import { placeUnlistedToken, transferToken } from "../../sandbox/tokens.ts";
import { createKeystore, loadDepositKeys } from "../../src/engine/index.ts";
import { createApiKey } from "../../src/operators/index.ts";
import { eventually, freshDatabase } from "../support/index.ts";

const payer = "0x00000000000000000000000000000000000b0b00";
const coin = { symbol: "NTH", contract: null, decimals: 18, coingeckoId: "ethereum", kind: "native" };
const token = {
  symbol: "USDN",
  contract: "0x00000000000000000000000000000000000A5df1",
  decimals: 6,
  coingeckoId: "tether",
  kind: "token",
};
const chainId = 77_077;

/** All that somebody writes who adds a network. */
const network = `{
    name: "northchain",
    family: "evm",
    title: "Northchain",
    prefix: "NORTH",
    chainId: ${chainId},
    feeCapGwei: "50",
    mostBlocksBehind: 10n,
    watchLagBlocks: 1n,
    explorers: ["https://explorer.north.example/tx/{hash}"],
    providerNames: {},
  },
`;
const assets = [coin, token].map((row) => ({ chain: "northchain", chainId: `eip155:${chainId}`, ...row }));

const root = fileURLToPath(new URL("../..", import.meta.url));
const ends: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const end of ends.toReversed()) await end();
});

async function edit(path: string, change: (text: string) => string): Promise<void> {
  const before = await readFile(path, "utf8");
  const after = change(before);
  expect(after).not.toBe(before);
  await writeFile(path, after);
}

/** The engine with one object and two assets more. Nothing else of it is touched. */
async function copyWithNetwork(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), "spillway-north-"));
  ends.push(() => rm(copy, { recursive: true, force: true }));
  for (const part of ["src", "chains", "db", "package.json", "tsconfig.json"])
    await cp(join(root, part), join(copy, part), { recursive: true });
  await symlink(join(root, "node_modules"), join(copy, "node_modules"));
  await edit(join(copy, "src/chains/networks.ts"), (text) => text.replace(/^\];$/m, () => `  ${network}];`));
  await edit(join(copy, "chains/assets.json"), (text) =>
    JSON.stringify([...(JSON.parse(text) as object[]), ...assets]),
  );
  return copy;
}

async function startCopy(copy: string, environment: Record<string, string>): Promise<void> {
  const child: ChildProcess = spawn(
    process.execPath,
    ["--import", "tsx", join(copy, "src/cli/main.ts"), "start"],
    { cwd: copy, env: { ...process.env, ...environment }, stdio: ["ignore", "pipe", "inherit"] },
  );
  let said = "";
  child.stdout!.on("data", (chunk: Buffer) => (said += chunk.toString("utf8")));
  const gone = once(child, "exit");
  ends.push(async () => {
    child.kill("SIGTERM");
    await gone;
  });
  await eventually("the engine answers", async () => {
    if (child.exitCode !== null) throw new Error(`the engine ended: ${said}`);
    return fetch(`http://127.0.0.1:${environment["PORT"]}/health/live`).then(
      (answer) => answer.ok,
      () => false,
    );
  });
}

type Api = <T>(method: string, path: string, body?: unknown) => Promise<T>;
interface Order {
  readonly id: string;
  readonly status: string;
  readonly direct_payment: readonly { asset: string; amount: string; address: string }[];
}

let api: Api;
let anvil: Awaited<ReturnType<typeof startAnvil>>["control"];

beforeAll(async () => {
  const directory = await copyWithNetwork();
  const keys = join(directory, "data/keys");
  const password = "a password for tests only";
  await createKeystore(join(keys, "ethereum.json"), password, { scryptN: 1_024 });
  await (
    await loadDepositKeys()
  ).createDepositSeed(join(keys, "deposits.json"), password, { scryptN: 1_024 });
  const sandbox = await startSandbox({ blocks: 1 });
  ends.push(() => sandbox.stop());
  const north = await startAnvil({ blocks: 0.5, chainId });
  ends.push(() => north.stop());
  anvil = north.control;
  await placeUnlistedToken(anvil, token.contract, token.decimals);
  await anvil.setBalance(payer, 10n ** 21n);
  const database = await freshDatabase({ max: 2 });
  const port = String(await freePort());
  await startCopy(directory, {
    ...sandbox.env,
    DATABASE_URL: database.url,
    DATA_DIRECTORY: join(directory, "data"),
    KEYSTORE_PASSWORD: password,
    PORT: port,
    LOG_LEVEL: "error",
    DEPOSIT_WATCH_MS: "200",
    NORTH_RPC_URLS: anvil.url,
  });
  const { key } = await createApiKey(database.db, { name: "tests", scopes: ["admin"], now: new Date() });
  api = async <T>(method: string, path: string, body?: unknown) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    expect(answer.ok, text).toBe(true);
    return JSON.parse(text) as T;
  };
});

const send = {
  "northchain:NTH": (to: string, amount: string) =>
    anvil.sendAs({ from: payer, to, value: toUnits(amount, coin.decimals) }),
  "northchain:USDN": (to: string, amount: string) =>
    transferToken(anvil, {
      from: payer,
      to,
      contract: token.contract,
      amount: toUnits(amount, token.decimals),
    }),
};

function toUnits(decimal: string, decimals: number): bigint {
  const [whole = "", fraction = ""] = decimal.split(".");
  return BigInt(whole + fraction.padEnd(decimals, "0"));
}

test.each(["northchain:NTH", "northchain:USDN"] as const)(
  "a network is one object and its assets: an order is paid in %s and its payee has the earning",
  async (asset) => {
    const payee = await api<{ id: string }>("POST", "/v1/payees", {
      name: "Payee",
      payout_mode: "threshold",
      destination: { asset: "ethereum:USDT", address: "0x1111111254EEB25477B68fb85Ed929f73A960582" },
      payout_threshold: { asset: "ethereum:USDT", amount: "1000" },
    });
    const order = await api<Order>("POST", "/v1/orders", {
      price_usd: "25",
      splits: [{ payee_id: payee.id, share_bps: 10_000 }],
      accept_assets: [asset],
    });
    const quote = order.direct_payment.find((one) => one.asset === asset)!;
    const hash = await send[asset](quote.address, quote.amount);
    await eventually(
      "the order is paid",
      async () => (await api<Order>("GET", `/v1/orders/${order.id}`)).status === "paid",
    );
    const { data } = await api<{ data: { id: string; order_id: string }[] }>("GET", "/v1/payments?limit=50");
    const [payment] = data.filter((one) => one.order_id === order.id);
    expect(await api("GET", `/v1/payments/${payment!.id}`)).toMatchObject({
      status: "settled",
      settled: { asset, amount: quote.amount },
      earnings: [{ payee_id: payee.id, share: { asset } }],
    });
    const deposits = await api<{ data: object[] }>("GET", "/v1/deposits?limit=50");
    expect(deposits.data).toContainEqual(
      expect.objectContaining({ transaction_hash: hash, status: "credited" }),
    );
    // Its coins are on their way to the hot wallet meanwhile; once they are there, book and chain say the same.
    await eventually(
      "nothing is left for a person",
      async () => (await api<{ data: object[] }>("GET", "/v1/review")).data.length === 0,
    );
  },
);
