import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { buildProgram, describeFailure, exitCodeOf } from "../../src/cli/index.ts";
import { loadConfig, readEnvText, renderEnvExample } from "../../src/config/index.ts";
import { loadDepositKeys, openHotKey } from "../../src/engine/index.ts";
import { eventually, freshDatabase } from "../support/index.ts";

const nobody = "http://127.0.0.1:9";
const home = process.cwd();
const exitCodeBefore = process.exitCode;

let directory: string;
let out: string;
beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), "spillway-init-")));
  process.chdir(directory);
  out = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => (out += String(text)) !== "");
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
});
afterEach(async () => {
  process.chdir(home);
  process.exitCode = exitCodeBefore;
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true, force: true });
});

/** What is asked, answered with what nobody listens to: that is told as a finding, and stops nothing. */
const answers = {
  "--nowpayments-api-key": "np-key",
  "--nowpayments-ipn-secret": "ipn-secret",
  "--changenow-api-key": "cn-key",
  "--ethereum-rpc-urls": nobody,
};
const lineOf = (given: Readonly<Record<string, string | true | undefined>>): string[] =>
  Object.entries(given).flatMap(([flag, value]) =>
    value === undefined ? [] : value === true ? [flag] : [flag, value],
  );

/** Nobody outside is asked, and the book lies in a database that is there. */
async function worldOfNobody(): Promise<void> {
  const { url } = await freshDatabase();
  const elsewhere = { NOWPAYMENTS_BASE_URL: nobody, CHANGENOW_BASE_URL: nobody, COINGECKO_BASE_URL: nobody };
  for (const [name, value] of Object.entries({ DATABASE_URL: url, PRICE_SOURCES: "coingecko", ...elsewhere }))
    vi.stubEnv(name, value);
}

/** `spillway init` where there is no terminal: what a person reads when it is refused, and the exit code. */
async function init(...line: string[]): Promise<{ said: string; code: number }> {
  out = "";
  try {
    await buildProgram().parseAsync(["init", ...line], { from: "user" });
    return { said: "", code: 0 };
  } catch (error) {
    return { said: describeFailure(error), code: exitCodeOf(error) };
  }
}

const held = async (): Promise<Map<string, string>> => readEnvText(await readFile(".env", "utf8"));
function isWhole(path: string): boolean {
  try {
    return JSON.parse(readFileSync(path, "utf8")) !== null;
  } catch {
    return false;
  }
}
const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

describe("without a terminal", () => {
  test("flags make a .env that an engine starts with, and keys that its password opens; no secret is printed", async () => {
    await worldOfNobody();
    const line = lineOf({ ...answers, "--port": "8099", "--seed-words-file": "words.txt" });
    expect(await init(...line)).toEqual({ said: "", code: 0 });

    const values = await held();
    const config = loadConfig(Object.fromEntries(values));
    expect(config).toMatchObject({ port: 8099, nowpayments: { apiKey: "np-key" } });
    for (const path of [".env", "data/keys/ethereum.json", "data/keys/deposits.json", "words.txt"])
      expect(await modeOf(path), path).toBe(0o600);
    expect(await modeOf("data/keys")).toBe(0o700);
    expect((await readdir(".")).toSorted()).toEqual([".env", "data", "words.txt"]);
    // All the others stand there, with their meanings, as in the example.
    const comments = (text: string): string[] => text.split("\n").filter((row) => row.startsWith("# "));
    expect(comments(await readFile(".env", "utf8"))).toEqual(comments(renderEnvExample()));

    const [signer] = (await openHotKey(config)) as { address: string }[];
    const words = (await readFile("words.txt", "utf8")).trim().split(/\s+/);
    expect(words).toHaveLength(24);
    const { openDepositKeys, importDepositSeed } = await loadDepositKeys();
    const { depositPath, password } = config.keystore;
    const seed = await openDepositKeys(depositPath, password!);
    await importDepositSeed(join(directory, "again.json"), password!, words.join(" "), { scryptN: 1_024 });
    const again = await openDepositKeys(join(directory, "again.json"), password!);
    expect(again.address("tron", 3)).toBe(seed.address("tron", 3));

    expect(out).toContain(signer!.address);
    expect(out).toMatch(/^50 ethereum:USDT\s+no answer/m);
    expect(out).toMatch(/Back up, apart from each other:\s+\S+ethereum\.json\s+and\s+\S+deposits\.json;/);
    expect(out).toMatch(/chain:ethereum\s+(?:works\s+)?NO\b/); // a row, or where a path is long a line a column
    for (const secret of [password!, "np-key", "ipn-secret", "cn-key", words.slice(0, 4).join(" ")])
      expect(out).not.toContain(secret);
    expect(Math.max(...out.split("\n").map((row) => row.length))).toBeLessThanOrEqual(100);
  });

  test("the same again changes nothing; another value is refused, and with --force a copy is kept", async () => {
    await worldOfNobody();
    const line = lineOf({ ...answers, "--no-deposit-seed": true });
    await init(...line);
    await writeFile(".env", `${await readFile(".env", "utf8")}\n# mine\nOWN=1\n`);
    const before = await readFile(".env", "utf8");
    const key = await readFile("data/keys/ethereum.json", "utf8");

    expect(await init(...line)).toEqual({ said: "", code: 0 });
    expect(await init()).toEqual({ said: "", code: 0 });
    expect(out).toMatch(/^\.env +was there; nothing in it changed$/m);
    expect(await init("--port", "8099", "--changenow-api-key", "other-key")).toEqual({
      said:
        ".env is there, and sets CHANGENOW_API_KEY otherwise: nothing was written. Change it there, or say --force: then " +
        "init changes it, and keeps a copy of what it was. (env_exists)",
      code: 2,
    });
    expect(await readFile(".env", "utf8")).toBe(before);
    expect((await readdir(".")).toSorted()).toEqual([".env", "data"]);

    expect(await init("--force", "--changenow-api-key", "other-key")).toEqual({ said: "", code: 0 });
    const values = await held();
    expect([values.get("CHANGENOW_API_KEY"), values.get("NOWPAYMENTS_API_KEY"), values.get("OWN")]).toEqual([
      "other-key",
      "np-key",
      "1",
    ]);
    expect(await readFile(".env.before-1", "utf8")).toBe(before);
    expect(await modeOf(".env.before-1")).toBe(0o600);
    expect(await readFile("data/keys/ethereum.json", "utf8")).toBe(key);
    expect(out).toContain("deposit seed  none");

    // A seed is made later, when it is asked for.
    expect(await init("--deposit-seed")).toEqual({ said: "", code: 0 });
    expect(existsSync("data/keys/deposits.json")).toBe(true);
    expect(existsSync(".env.before-2")).toBe(false);
  });

  test("a .env that was begun by hand is completed; a lost key is not replaced by another one", async () => {
    await worldOfNobody();
    await writeFile(
      ".env",
      `${renderEnvExample()}\nNOWPAYMENTS_API_KEY=by-hand\nKEYSTORE_PASSWORD='of my own'\n`,
    );
    expect((await init()).said).toMatch(
      /--nowpayments-ipn-secret, [\s\S]*--changenow-api-key, [\s\S]*--ethereum-rpc-urls, /,
    );
    const { "--nowpayments-api-key": _given, ...rest } = answers;
    expect(await init(...lineOf(rest))).toEqual({ said: "", code: 0 });
    const values = await held();
    expect([values.get("NOWPAYMENTS_API_KEY"), values.get("CHANGENOW_API_KEY")]).toEqual([
      "by-hand",
      "cn-key",
    ]);
    expect(values.get("KEYSTORE_PASSWORD")).toBe("of my own");
    expect(existsSync("data")).toBe(false);
    expect(out).toMatch(/hot wallet +no key at/);
    expect(out).toContain("spillway keys create");
  });

  test.each([
    ["--port eighty", "--port must be a whole number from 0 to 65535."],
    ["--port 99999", "--port must be a whole number from 0 to 65535."],
    ["--database-url mysql://a/b", "--database-url must be one postgres:// or postgresql:// URL."],
    ["--database-url payments", "--database-url must be one postgres:// or postgresql:// URL."],
    ["--public-url pay.example", "--public-url must be one http:// or https:// URL."],
    ["--public-url ftp://pay.example", "--public-url must be one http:// or https:// URL."],
    ["--nowpayments-api-key a", "--nowpayments-api-key must be one word of 3 characters or more, without spaces or line breaks."],
    ["--nowpayments-api-key a b", "--nowpayments-api-key must be one word of 3 characters or more, without spaces or line breaks."],
    ["--nowpayments-ipn-secret x", "--nowpayments-ipn-secret must be one word of 3 characters or more, without spaces or line breaks."],
    ["--nowpayments-email nobody", "--nowpayments-email must be one e-mail address."],
    ["--nowpayments-password x", "--nowpayments-password must be one word of 3 characters or more, without spaces or line breaks."],
    ["--changenow-api-key x", "--changenow-api-key must be one word of 3 characters or more, without spaces or line breaks."],
    ["--simpleswap-api-key x", "--simpleswap-api-key must be one word of 3 characters or more, without spaces or line breaks."],
    ["--coingecko-api-key x", "--coingecko-api-key must be one word of 3 characters or more, without spaces or line breaks."],
    ...["ethereum-rpc", "bsc-rpc", "polygon-rpc", "base-rpc", "arbitrum-rpc", "solana-rpc", "tron-api", "aptos-api"].flatMap(
      (nodes): [string, string][] => [
        [`--${nodes}-urls node.example`, `--${nodes}-urls must be http:// or https:// URLs with commas between them.`],
        [`--${nodes}-urls ${nobody};${nobody} b`, `--${nodes}-urls must be http:// or https:// URLs with commas between them.`],
      ],
    ),
  ])("%s is refused in one sentence, and nothing is written", async (wrong, sentence) => {
    const [flag = "", ...value] = wrong.split(" ");
    expect(await init(...lineOf({ ...answers, [flag]: value.join(" ") }))).toEqual({
      said: `Nothing was written. Correct this:\n  - ${sentence} (invalid_answer)`,
      code: 2,
    });
    expect(await readdir(".")).toEqual([]);
  }); // prettier-ignore

  test.each<[string, Record<string, string | true | undefined>, RegExp]>([
    ["nothing", { "--nowpayments-api-key": undefined, "--changenow-api-key": undefined }, /^Nothing was written: this is missing, and nobody is at a terminal to be asked\.\n {2}- --nowpayments-api-key, or NOWPAYMENTS_API_KEY in the environment: NOWPayments API key\.\n {2}- --changenow-api-key, or CHANGENOW_API_KEY in the environment: ChangeNOW API key\. \(missing_answers\)$/],
    ["an e-mail alone", { "--nowpayments-email": "a@b.example" }, /^Nothing was written: .*\n {2}- --nowpayments-password, or .*\(missing_answers\)$/],
    ["a password alone", { "--nowpayments-password": "word" }, /NOWPAYMENTS_EMAIL and NOWPAYMENTS_PASSWORD belong together\. .*\(invalid_config\)$/],
    ["a short password", { "--keystore-password": "short" }, /^The keystore password needs at least 8 characters\. \(weak_password\)$/],
    ["quotes of every kind", { "--keystore-password": "a'b\"c`d e" }, /^KEYSTORE_PASSWORD cannot be written into \.env as it is: it has line breaks, or quotes of every kind\. Choose another value\. \(invalid_answer\)$/],
    ["a file as directory", { "--data-directory": "file/data" }, /ENOTDIR/],
    ["a file of words that is there", { "--seed-words-file": "file" }, /^The seed's words cannot be written to .*file \(EEXIST\): nothing was written\. Name a file that is not there yet, in a directory that is\. \(words_not_written\)$/],
    ["words in no directory", { "--seed-words-file": "none/words" }, /none\/words \(ENOENT\): nothing was written/],
    ["an unknown flag", { "--prot": "8080" }, /^error: unknown option '--prot'\n\(Did you mean --port\?\)$/],
    ["a sandbox with answers", { "--sandbox": true }, /^A sandbox has its own providers, nodes and keys: leave out --nowpayments-api-key, .*\(invalid_answer\)$/],
  ])("%s: refused, and nothing is written", async (_what, change, sentence) => {
    await writeFile("file", "mine");
    const { said, code } = await init(...lineOf({ ...answers, ...change }));
    expect(said).toMatch(sentence);
    expect(said).not.toMatch(/\n\s+at /);
    expect(code).toBe(said.includes("ENOTDIR") ? 1 : 2);
    expect(await readdir(".")).toEqual(["file"]);
    expect(await readFile("file", "utf8")).toBe("mine");
  }); // prettier-ignore

  test("what the environment of a first start sets is written, and refused by its name", async () => {
    vi.stubEnv("PAYOUT_CRON", "hourly");
    expect((await init(...lineOf(answers))).said).toBe(
      "Nothing was written. Correct this:\n  - PAYOUT_CRON of the environment must be a cron line of five fields, such as */15 * * * *. (invalid_answer)",
    );
  });

  test("keys that are there need their password, and are opened before anything is written", async () => {
    await worldOfNobody();
    await init(...lineOf({ ...answers, "--no-deposit-seed": true, "--keystore-password": "correct horse" }));
    await rm(".env");
    expect((await init(...lineOf(answers))).said).toMatch(
      /^Nothing was written: .*ethereum\.json are keys that were made before\. Give the password .*\(missing_answers\)$/,
    );
    expect(await init(...lineOf({ ...answers, "--keystore-password": "wrong horse" }))).toMatchObject({
      said: expect.stringContaining("(wrong_password)"),
      code: 2,
    });
    expect(await readdir(".")).toEqual(["data"]);
    expect((await init(...lineOf({ ...answers, "--keystore-password": "correct horse" }))).code).toBe(0);
  });

  test("a directory that cannot be written to is told first", async () => {
    vi.spyOn(process, "cwd").mockReturnValue("/proc/1");
    expect(await init(...lineOf(answers))).toMatchObject({
      said: expect.stringMatching(
        /^Nothing can be written into \/proc\/1 \(\w+\)\. .*\(directory_not_writable\)$/,
      ),
      code: 2,
    });
  });
});

const bin = fileURLToPath(new URL("../../bin/spillway.js", import.meta.url));

test("whoever starts an engine where nothing is set up yet is told of init", () => {
  const { status, stderr } = spawnSync(process.execPath, [bin, "start"], { encoding: "utf8" });
  expect(status).toBe(2);
  expect(stderr).toMatch(
    /NOWPAYMENTS_API_KEY is missing[\s\S]*\nThere is no \.env here: `spillway init` asks/,
  );
});

describe("two at once, and one that dies", () => {
  test("of two set-ups one is refused, and the other's password opens the keys", async () => {
    await worldOfNobody();
    const both = await Promise.all([0, 1].map(() => init(...lineOf(answers))));
    expect(both.map(({ code }) => code).toSorted()).toEqual([0, 2]);
    expect(both.find(({ code }) => code === 2)?.said).toMatch(
      /\((init_unfinished|env_changed|missing_answers)\)$/,
    );
    expect(await openHotKey(loadConfig(Object.fromEntries(await held())))).toHaveLength(1);
    expect((await readdir(".")).toSorted()).toEqual([".env", "data"]);
  });

  test("a set-up that is killed between its keys and its .env loses no password", async () => {
    await worldOfNobody();
    const child = spawn(process.execPath, [bin, "init", ...lineOf(answers)], { stdio: "ignore" });
    const gone = once(child, "exit");
    await eventually("its first key", () => isWhole("data/keys/ethereum.json"));
    child.kill("SIGKILL");
    await gone;

    expect((await readdir(".")).toSorted()).toEqual([".env.new", "data"]);
    expect(await init(...lineOf(answers))).toMatchObject({
      said: expect.stringMatching(/rename it to \.env, and run init again\. \(init_unfinished\)$/),
      code: 2,
    });
    await rename(".env.new", ".env");
    expect(await init("--deposit-seed")).toEqual({ said: "", code: 0 });
    expect(await openHotKey(loadConfig(Object.fromEntries(await held())))).toHaveLength(1);
  });
});
