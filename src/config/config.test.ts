import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { configTable, loadConfig, loadDatabaseConfig, loadKeystoreConfig } from "./index.ts";

const enough = {
  NOWPAYMENTS_API_KEY: "np-key-1234",
  NOWPAYMENTS_IPN_SECRET: "ipn-secret-1234",
  CHANGENOW_API_KEY: "cn-key-1234",
  ETHEREUM_RPC_URLS: "https://one.example/key-1234, https://two.example/",
  KEYSTORE_PASSWORD: "correct horse battery",
};

function problemsOf(environment: Record<string, string | undefined>): string {
  try {
    loadConfig(environment);
  } catch (error) {
    expect(error).toMatchObject({ name: "DomainError", code: "invalid_config" });
    return (error as Error).message;
  }
  throw new Error("the configuration was accepted");
}

test("what is required is enough, the rest has the documented defaults", () => {
  const config = loadConfig(enough);
  expect(config).toMatchObject({
    role: "all",
    databaseUrl: null,
    dataDirectory: resolve("data"),
    port: 8080,
    host: "127.0.0.1",
    publicUrl: null,
    nowpayments: { baseUrl: "https://api.nowpayments.io/v1", login: null },
    changenow: { baseUrl: "https://api.changenow.io/v2" },
    priceSources: ["coingecko", "binance", "coinbase"],
    solana: null,
    tron: null,
    aptos: null,
    keystore: {
      path: resolve("data/keys/ethereum.json"),
      depositPath: resolve("data/keys/deposits.json"),
      password: "correct horse battery",
    },
    crons: {
      conversion: "* * * * *",
      payout: "*/5 * * * *",
      sweep: "* * * * *",
      backfill: "*/10 * * * *",
    },
    workerConcurrency: 8,
    transferPollMs: 4_000,
    swapPollMs: 20_000,
  });
  expect([...config.evm]).toEqual([
    [
      "ethereum",
      {
        chainId: 1,
        rpcUrls: ["https://one.example/key-1234", "https://two.example"],
        maxFeePerGas: 200_000_000_000n,
      },
    ],
  ]);
});

test("chains are used as soon as their nodes are named, and an address of the operator's own is kept by chain", () => {
  const config = loadConfig({
    ...enough,
    BSC_RPC_URLS: "https://bsc.example",
    TRON_API_URLS: "https://tron.example",
    TRON_DEPOSIT_ADDRESS: "TXVj38D1XR3TPgSHTCZGC8wkLDAGqF1oqx",
  });
  expect(config.evm.get("bnb-smart-chain")).toMatchObject({ chainId: 56, rpcUrls: ["https://bsc.example"] });
  expect(config.tron).toMatchObject({ apiUrls: ["https://tron.example"], apiKey: null });
  expect([...config.depositAddresses]).toEqual([["tron", "TXVj38D1XR3TPgSHTCZGC8wkLDAGqF1oqx"]]);
  expect(problemsOf({ ...enough, PRICE_SOURCES: "coingecko,someone" })).toContain("PRICE_SOURCES");
});

test("F101 F121: a line break after a value is dropped, one inside it is refused", () => {
  const config = loadConfig({
    ...enough,
    NOWPAYMENTS_API_KEY: " np-key-1234\n",
    PUBLIC_URL: "https://pay.example/\n",
  });
  expect(config.nowpayments.apiKey).toBe("np-key-1234");
  expect(config.publicUrl).toBe("https://pay.example");
  expect(problemsOf({ ...enough, CHANGENOW_API_KEY: "one\ntwo" })).toContain(
    "CHANGENOW_API_KEY must be one word",
  );
});

test("S06: without a secret there is no start; an empty or blank one is none", () => {
  for (const name of [
    "NOWPAYMENTS_IPN_SECRET",
    "NOWPAYMENTS_API_KEY",
    "CHANGENOW_API_KEY",
    "KEYSTORE_PASSWORD",
  ])
    for (const value of [undefined, "", "  \n"])
      expect(problemsOf({ ...enough, [name]: value })).toContain(`${name} is missing`);
  expect(loadConfig({ ...enough, ROLE: "api", KEYSTORE_PASSWORD: "" }).keystore.password).toBeNull();
});

test("a second swap provider is used when its key is there", () => {
  expect(loadConfig({ ...enough, SIMPLESWAP_API_KEY: " " }).simpleswap).toBeNull();
  expect(loadConfig({ ...enough, SIMPLESWAP_API_KEY: "ss-key-1234" }).simpleswap).toEqual({
    baseUrl: "https://api.simpleswap.io/v3",
    apiKey: "ss-key-1234",
  });
});

test("proxies are named by address or network; nobody is believed by default, and never everybody", () => {
  expect(loadConfig(enough).trustProxy).toBeNull();
  const named = " 10.0.0.5, 10.0.0.0/8,fd00::/8, loopback";
  expect(loadConfig({ ...enough, TRUST_PROXY: named }).trustProxy).toEqual([
    "10.0.0.5",
    "10.0.0.0/8",
    "fd00::/8",
    "loopback",
  ]);
  const wrong = [
    "true",
    "1",
    "*",
    "0.0.0.0/0",
    "::/0",
    "10.0.0.0/33",
    "10.0.0.0/8/8",
    "10.0.0",
    "proxy.example",
  ];
  for (const value of [...wrong, "10.0.0.5,", "fe80::1%eth0"])
    expect(problemsOf({ ...enough, TRUST_PROXY: value })).toContain("TRUST_PROXY must be addresses");
});

test("every problem is told at once, and no value of any of them", () => {
  const message = problemsOf({
    NOWPAYMENTS_API_KEY: "leaked key",
    PORT: "eighty-leaked",
    DATABASE_URL: "mysql://user:leaked@host/db",
    ETHEREUM_RPC_URLS: "ftp://leaked",
    ETHEREUM_MAX_FEE_GWEI: "2e3",
    ROLE: "leaked",
    SWEEP_CRON: "leaked",
    NOWPAYMENTS_EMAIL: "someone@leaked.example",
  });
  const names = [
    "NOWPAYMENTS_API_KEY", "NOWPAYMENTS_IPN_SECRET", "CHANGENOW_API_KEY", "PORT", "DATABASE_URL", "ETHEREUM_RPC_URLS",
    "ETHEREUM_MAX_FEE_GWEI", "ROLE", "SWEEP_CRON", "NOWPAYMENTS_PASSWORD",
  ]; // prettier-ignore
  for (const name of names) expect(message).toContain(name);
  expect(message).not.toContain("leaked");
});

test.each(["0", "-1", "1.5.5", "NaN", "1e9", "0.0000000001"])("a fee cap of %s gwei is refused", (gwei) => {
  expect(problemsOf({ ...enough, ETHEREUM_MAX_FEE_GWEI: gwei })).toContain("ETHEREUM_MAX_FEE_GWEI");
});

test("a fee cap keeps its last wei", () => {
  expect(
    loadConfig({ ...enough, ETHEREUM_MAX_FEE_GWEI: "0.000000001" }).evm.get("ethereum")?.maxFeePerGas,
  ).toBe(1n);
});

test("the keystore's password comes from a file, less its last line break", async () => {
  const directory = await mkdtemp(join(tmpdir(), "spillway-config-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const file = join(directory, "password");
  await writeFile(file, "from a file\n");
  const { KEYSTORE_PASSWORD: _, ...rest } = enough;
  expect(loadConfig({ ...rest, KEYSTORE_PASSWORD_FILE: file }).keystore.password).toBe("from a file");
  expect(problemsOf({ ...enough, KEYSTORE_PASSWORD_FILE: file })).toContain("both set");
  expect(problemsOf({ ...rest, KEYSTORE_PASSWORD_FILE: join(directory, "none") })).toContain(
    "cannot be read (ENOENT)",
  );
  await writeFile(file, " \n");
  expect(problemsOf({ ...rest, KEYSTORE_PASSWORD_FILE: file })).toContain("empty file");
});

test("a command that needs only the database or the keystore asks for nothing else", () => {
  expect(loadDatabaseConfig({})).toEqual({
    databaseUrl: null,
    dataDirectory: resolve("data"),
    logLevel: "info",
  });
  expect(() => loadDatabaseConfig({ DATABASE_URL: "nonsense" })).toThrow(/DATABASE_URL must be/);
  expect(loadKeystoreConfig({ KEYSTORE_PASSWORD: "pw", KEYSTORE_PATH: "/k.json" })).toEqual({
    path: "/k.json",
    depositPath: resolve("data/keys/deposits.json"),
    password: "pw",
  });
  expect(() => loadKeystoreConfig({})).toThrow(/KEYSTORE_PASSWORD is missing/);
});

test(".env.example names every variable with its default, and holds no secret", () => {
  const lines = readFileSync(new URL("../../.env.example", import.meta.url), "utf8").split("\n");
  const shown = lines.filter((line) => /^#?[A-Z]\w*=/.test(line)).map((line) => line.replace(/^#/, ""));
  expect(shown).toEqual(configTable.map(({ name, default: fallback }) => `${name}=${fallback ?? ""}`));
  for (const { meaning } of configTable) expect(lines).toContain(`# ${meaning}`);
  for (const { secret, default: fallback } of configTable) if (secret) expect(fallback ?? "").toBe("");
});
