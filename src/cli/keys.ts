import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import type { ChainFamily } from "../chains/index.ts";
import { loadKeystoreConfig } from "../config/index.ts";
import { createKeystore, loadDepositKeys } from "../engine/index.ts";
import { print, table, toJson } from "./screen.ts";

/** Only the keys' own directory is closed: the database's user must get into the one around it. */
export async function makeKeysDirectory(path: string): Promise<void> {
  await mkdir(dirname(dirname(path)), { recursive: true });
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
}

/** One password opens the hot wallet's key and the seed of the deposit addresses. */
function depositKeystore(): { path: string; password: string } {
  const { depositPath, password } = loadKeystoreConfig(process.env);
  return { path: depositPath, password };
}

const create = (): Command =>
  new Command("create")
    .description(
      "Create the hot wallet's encrypted keystore file (KEYSTORE_PATH, KEYSTORE_PASSWORD or KEYSTORE_PASSWORD_FILE)",
    )
    .action(async () => {
      const { path, password } = loadKeystoreConfig(process.env);
      await makeKeysDirectory(path);
      const { address } = await createKeystore(path, password);
      print(
        `Created ${path}\nAddress ${address}\nBack up the file and its password, apart from each other: without both, what the wallet holds is lost.`,
      );
    });

const wordsPerLine = 4;

/** The words of a seed, four a line. */
export function inLines(mnemonic: string): string {
  const words = mnemonic.split(" ");
  return words
    .map((word, index) => `${word}${(index + 1) % wordsPerLine === 0 ? "\n" : " "}`)
    .join("")
    .trimEnd();
}

const createSeed = (): Command =>
  new Command("create-seed")
    .description(
      "Create the encrypted seed of all deposit addresses (DEPOSIT_KEYSTORE_PATH, the password of the hot wallet's key) and show its words once",
    )
    .option("--json", "one JSON document; it holds the words")
    .action(async ({ json }: { json?: boolean }) => {
      const { createDepositSeed } = await loadDepositKeys();
      const { path, password } = depositKeystore();
      await makeKeysDirectory(path);
      const { mnemonic } = await createDepositSeed(path, password);
      if (json) return print(toJson({ path, mnemonic }));
      print(
        `Created ${path}\n\n${inLines(mnemonic)}\n\nWrite these words on paper now, in this order: they are not shown again. Whoever has them can take every deposit. Without them, losing the file or its password loses every deposit.`,
      );
    });

async function readStandardInput(): Promise<string> {
  if (process.stdin.isTTY) process.stderr.write("Enter the words, then press Ctrl-D on a line of its own.\n");
  process.stdin.setEncoding("utf8");
  let text = "";
  for await (const chunk of process.stdin) text += String(chunk);
  return text;
}

const importSeed = (): Command =>
  new Command("import-seed")
    .description(
      "Keep a seed you have on paper in a new encrypted file (DEPOSIT_KEYSTORE_PATH); its words come from standard input",
    )
    .option("--json", "one JSON document")
    .action(async ({ json }: { json?: boolean }) => {
      const { importDepositSeed } = await loadDepositKeys();
      const { path, password } = depositKeystore();
      await makeKeysDirectory(path);
      await importDepositSeed(path, password, await readStandardInput());
      if (json) return print(toJson({ path }));
      print(`Created ${path}\nCompare "spillway keys addresses" with the addresses this seed had before.`);
    });

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError("Give a whole number from 1 to 9999.");
  return Number.parseInt(text, 10);
}

const families: readonly ChainFamily[] = ["evm", "solana", "tron", "aptos"];

const addresses = (): Command =>
  new Command("addresses")
    .description("Show the first deposit addresses of the seed")
    .addOption(
      new Option("--family <family>", "kind of chain; one evm address serves all EVM chains")
        .choices(families)
        .default("evm"),
    )
    .option("--count <n>", "how many", parseCount, 5)
    .option("--json", "one JSON document")
    .action(async ({ family, count, json }: { family: ChainFamily; count: number; json?: boolean }) => {
      const { openDepositKeys } = await loadDepositKeys();
      const { path, password } = depositKeystore();
      const keys = await openDepositKeys(path, password);
      const rows = Array.from({ length: count }, (_, index) => ({
        index,
        address: keys.address(family, index),
      }));
      if (json) return print(toJson(rows));
      print(table([["index", "address"], ...rows.map((row) => [String(row.index), row.address])]));
    });

export const keysCommand = (): Command =>
  new Command("keys")
    .description("The hot wallet's key, and the seed of the deposit addresses")
    .addCommand(create())
    .addCommand(createSeed())
    .addCommand(importSeed())
    .addCommand(addresses());
