import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { initialise } from "./initialise.ts";
import { loadConfig, readEnvText } from "../../config/index.ts";
import { loadDepositKeys, openHotKey } from "../../engine/index.ts";
import { eventually, freshDatabase } from "../../../tests/support/index.ts";

const nobody = "http://127.0.0.1:9";
const enter = "\r";
const controlC = "\u0003";

let directory: string;
let printed: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "spillway-init-terminal-"));
  printed = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => (printed += String(text)) !== "");
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(directory, { recursive: true, force: true });
});

type Step = readonly [question: string, keys: string];

/** Sets up in the directory with a person who waits for each question and then types. @returns what their terminal showed */
async function typing(
  steps: readonly Step[],
  wish: { environment?: Record<string, string>; force?: boolean } = {},
): Promise<{ shown: string; failure: unknown; asked: number }> {
  const input = new PassThrough();
  const output = new PassThrough();
  let shown = "";
  let done = false;
  output.on("data", (chunk: Buffer) => (shown += stripVTControlCharacters(chunk.toString("utf8"))));
  const running = initialise({
    directory,
    terminal: { input, output },
    flags: new Map(),
    environment: {
      DATA_DIRECTORY: join(directory, "data"),
      NOWPAYMENTS_BASE_URL: nobody,
      CHANGENOW_BASE_URL: nobody,
      COINGECKO_BASE_URL: nobody,
      PRICE_SOURCES: "coingecko",
      ...wish.environment,
    },
    force: wish.force ?? false,
    depositSeed: undefined,
    wordsFile: null,
  }).then(
    () => null,
    (error: unknown) => error,
  );
  void running.finally(() => (done = true));
  let seen = 0;
  let asked = 0;
  for (const [question, keys] of steps) {
    await eventually(`the question "${question}"`, () => {
      if (done) throw new Error(`it ended before "${question}": ${shown.slice(-500)}`);
      return shown.includes(question, seen);
    });
    seen = shown.length;
    asked++;
    input.write(keys);
  }
  return { failure: await running, shown, asked };
}

/** Everything as somebody types it who makes a mistake wherever one can be made. */
const walk = (databaseUrl: string): Step[] => [
  ["URL of your PostgreSQL", `mysql://x${enter}`],
  ["Must be one postgres:// or postgresql:// URL.", `\u0015${databaseUrl}${enter}`],
  ["Port of the API", `99999${enter}`],
  ["Must be a whole number from 0 to 65535.", `\u00158099${enter}`],
  ["URL at which NOWPayments reaches", `pay.example${enter}`],
  ["Must be one http:// or https:// URL.", `\u0015https://pay.example${enter}`],
  ["NOWPayments: API key", enter],
  ["It is needed.", `np-key${enter}`],
  ["NOWPayments: IPN secret", `a${enter}`],
  ["Must be one word of 3 characters or more", `\u0015ipn-secret${enter}`],
  ["NOWPayments: e-mail", `me${enter}`],
  ["Must be one e-mail address.", `@shop.example${enter}`],
  ["NOWPayments: password of that login", enter],
  ["It is needed.", `np-password${enter}`],
  ["ChangeNOW: API key", `cn-key${enter}`],
  ["SimpleSwap: API key", enter],
  ["CoinGecko: API key", enter],
  ["Ethereum: URL of a node", `node.example${enter}`],
  ["Must be http:// or https:// URLs", `\u0015${nobody}${enter}`],
  ["Networks to be paid on", ` ${enter}`],
  ["BNB Smart Chain: URL of a node", enter],
  ["It is needed.", `${nobody}${enter}`],
  ["Password for the keys", `short${enter}`],
  ["It needs 8 characters or more.", `\u0015${enter}`],
  ["Give each order an address of its own", enter],
  ["Are they on paper?", enter],
];

test("a person is asked, told what is wrong in place, and shown the seed's words once, on their terminal alone", async () => {
  const { url } = await freshDatabase();
  const { failure, shown } = await typing(walk(url));
  expect(failure).toBeNull();
  const values = readEnvText(await readFile(join(directory, ".env"), "utf8"));
  const config = loadConfig(Object.fromEntries(values));
  expect(config).toMatchObject({
    databaseUrl: url,
    port: 8099,
    publicUrl: "https://pay.example",
    nowpayments: {
      apiKey: "np-key",
      ipnSecret: "ipn-secret",
      login: { email: "me@shop.example", password: "np-password" },
    },
    simpleswap: null,
  });
  expect([...config.evm.keys()]).toEqual(["ethereum", "bnb-smart-chain"]);
  expect(await openHotKey(config)).toHaveLength(2);

  const [, block = ""] = /The seed of all deposit addresses([\s\S]*?)Write these words/.exec(shown) ?? [];
  const words = block.match(/[a-z]+/g) ?? [];
  expect(words).toHaveLength(24);
  const { importDepositSeed, openDepositKeys } = await loadDepositKeys();
  const { depositPath, password } = config.keystore;
  const again = join(directory, "again.json");
  await importDepositSeed(again, password!, words.join(" "), { scryptN: 1_024 });
  expect((await openDepositKeys(again, password!)).address("evm", 1)).toBe(
    (await openDepositKeys(depositPath, password!)).address("evm", 1),
  );
  for (const secret of ["np-key", "ipn-secret", "np-password", "cn-key", password!])
    expect(printed + shown).not.toContain(secret);
  expect(printed).not.toContain(words.slice(0, 4).join(" "));
});

test("whoever cancels at any question leaves nothing behind", async () => {
  const steps = walk("postgres://nobody@127.0.0.1:9/nothing");
  for (let at = 0; at < steps.length; at++) {
    const until = [...steps.slice(0, at), [steps[at]![0], controlC] as const];
    const { failure, asked } = await typing(until);
    expect(failure, steps[at]![0]).toMatchObject({
      code: "cancelled",
      message: "Cancelled: nothing was written.",
    });
    expect(asked).toBe(at + 1);
    expect(await readdir(directory), steps[at]![0]).toEqual([]);
  }
  const doubtful = [...steps.slice(0, -1), ["Are they on paper?", "n"] as const];
  expect((await typing(doubtful)).failure).toMatchObject({ code: "cancelled" });
  expect(await readdir(directory)).toEqual([]);
});

test("of a .env that is there only what is missing is asked; with --force all of it, with what there is", async () => {
  const { url } = await freshDatabase();
  await writeFile(
    join(directory, ".env"),
    `# mine\nDATABASE_URL=${url}\nNOWPAYMENTS_API_KEY=np-key\nCHANGENOW_API_KEY=cn-key\nETHEREUM_RPC_URLS=${nobody}\nKEYSTORE_PASSWORD=correct-horse\n`,
  );
  const environment = { PORT: "8099" };
  const first = await typing(
    [
      ["NOWPayments: IPN secret", `ipn-secret${enter}`],
      ["The hot wallet's key is not at", "y"],
      ["Give each order an address of its own", "n"],
    ],
    { environment },
  );
  expect(first.failure).toBeNull();
  const env = await readFile(join(directory, ".env"), "utf8");
  expect(env).toMatch(/^# mine\n[\s\S]*\nNOWPAYMENTS_IPN_SECRET=ipn-secret\n$/);
  expect(existsSync(join(directory, "data/keys/ethereum.json"))).toBe(true);
  expect(existsSync(join(directory, "data/keys/deposits.json"))).toBe(false);

  const asked = walk(url).filter(([question]) => /^(URL|NOWP|Change|Simple|CoinG|Ethereum)/.test(question));
  const keep = asked.map(([question]): Step => [question, enter]);
  const anew: Step[] = [
    ...keep.filter(([question]) => !question.startsWith("NOWPayments: password")),
    ["Networks to be paid on", enter],
    ["Password for the keys", enter],
    ["Give each order an address of its own", "n"],
  ];
  const change = anew.map(([question, keys]): Step =>
    question === "ChangeNOW: API key" ? [question, `other-key${enter}`] : [question, keys],
  );
  const second = await typing(change, { environment, force: true });
  expect(second.failure).toBeNull();
  const after = readEnvText(await readFile(join(directory, ".env"), "utf8"));
  const before = readEnvText(env);
  for (const [name, value] of before)
    expect(after.get(name), name).toBe(name === "CHANGENOW_API_KEY" ? "other-key" : value);
  expect(await readFile(join(directory, ".env.before-2"), "utf8")).toBe(env);
});
