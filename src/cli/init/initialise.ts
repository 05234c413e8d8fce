import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { renderEnvExample, setInEnvText } from "../../config/index.ts";
import { migrate } from "../../database/index.ts";
import { openHotKey } from "../../engine/index.ts";
import { DomainError } from "../../errors.ts";
import { facts, print, screenWidth, wrap } from "../screen.ts";
import { withAnyDatabase } from "../with-database.ts";
import { openPerson, type Terminal } from "./ask.ts";
import { lookAtPlace, writeEnv } from "./env-place.ts";
import { makeKeys } from "./make-keys.ts";
import { printFindings, printFunding } from "./report.ts";
import { settle, type Plan, type Wish } from "./settle.ts";

/**
 * Sets up an engine in a directory: settles everything, writes it whole or not at all, then checks it and says what comes next.
 * @throws {DomainError} and nothing is written: what `settle`, `writeEnv` and `makeKeys` say.
 */
export async function initialise(
  wish: Omit<Wish, "place" | "person"> & {
    readonly directory: string;
    /** `null`: nobody is there to be asked. */
    readonly terminal: Terminal | null;
    /** Where the seed's words are written if no terminal shows them. */
    readonly wordsFile: string | null;
  },
): Promise<void> {
  const { terminal } = wish;
  const place = await lookAtPlace(wish.directory);
  const plan = await settle({
    ...wish,
    place,
    person: terminal === null ? null : await openPerson(terminal),
  });
  const wordsFile =
    wish.wordsFile === null || terminal !== null ? null : resolve(wish.directory, wish.wordsFile);
  const text = setInEnvText(place.text ?? renderEnvExample(), plan.changes);
  const kept = await writeEnv(place, text, () => makeKeys(plan, wordsFile));
  const wallet = await addressOf(plan);
  tellWhatIsThere(plan, { wasThere: place.text !== null, kept, wallet });
  if (plan.words !== null && terminal === null) tellOfWords(wordsFile);
  tellBackup(plan);
  await makeTables(plan.environment);
  await printFindings(plan.environment);
  if (wallet !== null) await printFunding(plan, wallet);
  tellNext();
}

const say = (sentence: string): void => print(`\n${wrap(sentence, screenWidth()).join("\n")}`);

async function addressOf({ config }: Plan): Promise<string | null> {
  if (!existsSync(config.keystore.path)) return null;
  const opened = await openHotKey(config);
  if (opened instanceof DomainError) throw opened;
  return opened[0]?.address ?? null;
}

function tellWhatIsThere(
  { changes, config, makesHotWallet, words }: Plan,
  { wasThere, kept, wallet }: { wasThere: boolean; kept: string | null; wallet: string | null },
): void {
  const { path, depositPath } = config.keystore;
  const env = !wasThere
    ? "written, for your eyes alone"
    : changes.size === 0
      ? "was there; nothing in it changed"
      : `was there; ${[...changes.keys()].join(", ")} set, and what it was kept as ${kept}`;
  const hot =
    wallet === null
      ? `no key at ${path}: restore the file, or \`npx spillway keys create\` makes a new one`
      : `${wallet}, its key ${makesHotWallet ? "made" : "was there"}: ${path}`;
  const seed = existsSync(depositPath)
    ? `${words === null ? "was there" : "made"}: ${depositPath}`
    : "none: payers get no addresses of their own; `npx spillway init --deposit-seed` makes one";
  print(
    facts([
      [".env", env],
      ["hot wallet", hot],
      ["deposit seed", seed],
    ]),
  );
}

const tellOfWords = (wordsFile: string | null): void =>
  say(
    wordsFile === null
      ? "The seed's 24 words were shown to nobody, because there is no terminal. Its file and the password are its only backup."
      : `The seed's 24 words are in ${wordsFile}: bring them onto paper, then delete the file.`,
  );

function tellBackup({ config, changes }: Plan): void {
  const { path, depositPath } = config.keystore;
  const files = [path, depositPath].filter((file) => existsSync(file));
  if (files.length === 0) return;
  const where = changes.has("KEYSTORE_PASSWORD") ? ", which is in .env" : "";
  say(
    `Back up, apart from each other: ${files.join(" and ")}; the password${where}. Without both, what the wallets hold is lost.`,
  );
}

/** What cannot be had is told by the findings that follow. */
async function makeTables(environment: NodeJS.ProcessEnv): Promise<void> {
  try {
    await withAnyDatabase({ create: true, environment }, ({ url }, log) => migrate(url, log));
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
  }
}

const tellNext = (): void =>
  print(
    `
Next:

npm start
    runs the engine; what the wallet holds then is booked as your own
npx spillway doctor
    checks everything again while it runs, the worker and PUBLIC_URL too
npx spillway settings get
    fee, conversion trigger and settlement asset: yours to decide before the first order
npx spillway api-keys create shop --scopes orders:write,orders:read,payees:write,payees:read
    makes the key that your shop uses`,
  );
