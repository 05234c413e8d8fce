import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import {
  configTable,
  expectedInstead,
  loadConfig,
  loadKeystoreConfig,
  readEnvText,
  type Config,
} from "../../config/index.ts";
import { loadDepositKeys, openHotKey } from "../../engine/index.ts";
import { DomainError } from "../../errors.ts";
import { inLines } from "../keys.ts";
import type { Person } from "./ask.ts";
import type { EnvPlace } from "./env-place.ts";
import { flagOf, questions, type Question } from "./questions.ts";

type Values = ReadonlyMap<string, string>;

export interface Wish {
  readonly place: EnvPlace;
  /** Answers given as flags, by the variable's name. */
  readonly flags: Values;
  readonly environment: NodeJS.ProcessEnv;
  /** `null`: nobody is there to be asked. */
  readonly person: Person | null;
  /** Whether what a .env sets already is asked anew and may change. */
  readonly force: boolean;
  /** Whether payers get addresses of their own; `undefined`: not said. */
  readonly depositSeed: boolean | undefined;
}

/** All that is to be written, decided and checked; nothing of it is written yet. */
export interface Plan {
  /** What .env does not set so yet. */
  readonly changes: Values;
  /** The environment that the engine will have. */
  readonly environment: NodeJS.ProcessEnv;
  readonly config: Config & { readonly keystore: { readonly password: string } };
  readonly makesHotWallet: boolean;
  /** The words of the seed that is to be made; `null`: none is. */
  readonly words: string | null;
}

/**
 * Settles everything before anything is written: what is given, what is there, and what a person answers.
 * @throws {DomainError} `env_exists`, `invalid_answer`, `missing_answers`, `cancelled`, `invalid_config`, `wrong_password`, …
 */
export async function settle(wish: Wish): Promise<Plan> {
  const { place, environment, person, force } = wish;
  const anew = place.text === null || force;
  const there = readEnvText(place.text ?? "");
  const given = givenIn(wish, there, anew);
  const known = new Map([...there, ...given]);
  const asked = questions.filter((question) => isAsked(question, { known, given, anew }));
  if (person === null) refuseMissing(asked, known);
  const answers = person === null || asked.length === 0 ? [] : await person.questions(asked, known);
  const values = new Map([...known, ...answers]);
  addPassword(values, environment);
  const effective = { ...environment, ...Object.fromEntries(values) };
  const config = loadConfig({ ...effective, ROLE: "all" });
  const keystore = loadKeystoreConfig(effective);
  const makesHotWallet =
    !existsSync(keystore.path) && (place.text === null || (await wantsKey(person, keystore.path)));
  if (existsSync(keystore.path)) await refuseWrongPassword(config);
  const wantsSeed = !existsSync(keystore.depositPath) && (await wantsSeedMade(wish));
  return {
    changes: new Map([...values].filter(([name, value]) => (there.get(name) ?? "") !== value)),
    environment: effective,
    config: { ...config, keystore },
    makesHotWallet,
    words: wantsSeed ? await newWords(person) : null,
  };
}

/** What flags say and, for a new .env, what the environment does. */
function givenIn(
  { flags, environment, place, force }: Wish,
  there: Values,
  anew: boolean,
): Map<string, string> {
  const fromEnvironment = anew
    ? configTable.flatMap(({ name }): [string, string][] => {
        const value = environment[name]?.trim() ?? "";
        return value === "" || flags.has(name) ? [] : [[name, value]];
      })
    : [];
  const wrong = [
    ...[...flags].map(([name, value]) => [flagOf(name), expectedInstead(name, value)] as const),
    ...fromEnvironment.map(
      ([name, value]) => [`${name} of the environment`, expectedInstead(name, value)] as const,
    ),
  ].flatMap(([where, expected]) => (expected === null ? [] : [`${where} ${expected}.`]));
  if (wrong.length > 0)
    throw new DomainError(
      "invalid_answer",
      `Nothing was written. Correct this:\n  - ${wrong.join("\n  - ")}`,
    );
  const other = [...flags].filter(([name, value]) => there.has(name) && there.get(name) !== value);
  if (!force && place.text !== null && other.length > 0)
    throw new DomainError(
      "env_exists",
      `.env is there, and sets ${other.map(([name]) => name).join(", ")} otherwise: nothing was written. Change it there, or say ` +
        "--force: then init changes it, and keeps a copy of what it was.",
    );
  return new Map([...fromEnvironment, ...flags]);
}

/** Of a .env that is there, only what nothing starts without is asked for. */
function isAsked(
  { name, required, only }: Question,
  { known, given, anew }: { known: Values; given: Values; anew: boolean },
): boolean {
  if (given.has(name)) return false;
  if (name === "KEYSTORE_PASSWORD" && known.has("KEYSTORE_PASSWORD_FILE")) return false;
  const needed = only === undefined ? required : known.has(only);
  return anew ? true : needed && !known.has(name);
}

function refuseMissing(asked: readonly Question[], known: Values): void {
  const missing = asked.filter(
    ({ name, required, only }) => !known.has(name) && (only === undefined ? required : known.has(only)),
  );
  if (missing.length === 0) return;
  const list = missing.map(
    ({ name, meaning }) => `\n  - ${flagOf(name)}, or ${name} in the environment: ${meaning}`,
  );
  throw new DomainError(
    "missing_answers",
    `Nothing was written: this is missing, and nobody is at a terminal to be asked.${list.join("")}`,
  );
}

/** A password nobody gave is made up, unless keys are there that it could not open. */
function addPassword(values: Map<string, string>, environment: NodeJS.ProcessEnv): void {
  if (values.get("KEYSTORE_PASSWORD") || values.get("KEYSTORE_PASSWORD_FILE")) return;
  values.set("KEYSTORE_PASSWORD", randomBytes(24).toString("base64url"));
  const { path, depositPath } = loadKeystoreConfig({ ...environment, ...Object.fromEntries(values) });
  const locked = [path, depositPath].filter((file) => existsSync(file));
  if (locked.length > 0)
    throw new DomainError(
      "missing_answers",
      `Nothing was written: ${locked.join(" and ")} are keys that were made before. Give the password that opens them as ` +
        `${flagOf("KEYSTORE_PASSWORD")} or KEYSTORE_PASSWORD, or move them away if they are not this engine's.`,
    );
}

async function refuseWrongPassword(config: Config): Promise<void> {
  const opened = await openHotKey(config);
  if (opened instanceof DomainError) throw opened;
}

/** Where a .env is there and its key is not, the file may be lost: another key would be another wallet. */
const wantsKey = async (person: Person | null, path: string): Promise<boolean> =>
  person !== null &&
  (await person.confirm(
    `The hot wallet's key is not at ${path}. Make a new one? If this engine ever had one, restore that file instead`,
    false,
  ));

const wantsSeedMade = async ({ depositSeed, person, place }: Wish): Promise<boolean> =>
  depositSeed ??
  (person === null
    ? place.text === null
    : person.confirm("Give each order an address of its own, for payments straight on chains?", true));

/** Shown before anything is written, so that no deposit is ever taken by a seed whose words nobody saw. */
async function newWords(person: Person | null): Promise<string> {
  const { newMnemonic } = await loadDepositKeys();
  const words = newMnemonic();
  if (person === null) return words;
  person.show(
    "The seed of all deposit addresses",
    `${inLines(words)}\n\nWrite these words on paper, in this order: they are not shown again.\nWhoever has them can take every deposit.`,
  );
  if (!(await person.confirm("Are they on paper?", true)))
    throw new DomainError("cancelled", "Cancelled: nothing was written, and these words open nothing.");
  return words;
}
