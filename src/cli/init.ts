import { Command, Option } from "commander";
import { DomainError } from "../errors.ts";
import { initialise } from "./init/initialise.ts";
import { flagOf, questions } from "./init/questions.ts";
import { initSandbox } from "./sandbox-init.ts";

interface Options {
  readonly depositSeed?: boolean;
  readonly seedWordsFile?: string;
  readonly questions: boolean;
  readonly force?: boolean;
  readonly sandbox?: boolean;
}

const answerOptions = questions.map(
  ({ name, meaning }) =>
    [
      name,
      new Option(
        `${flagOf(name)} <value>`,
        name === "KEYSTORE_PASSWORD" ? `${meaning} Left out: one is made up.` : meaning,
      ),
    ] as const,
);

export function initCommand(): Command {
  const command = new Command("init").description(
    "Set up an engine in this directory: ask, or take flags; write .env; make the keys; check; say what to fund",
  );
  for (const [, option] of answerOptions) command.addOption(option);
  return command
    .option(
      "--deposit-seed",
      "give each order an address of its own, for payments straight on chains (default)",
    )
    .option("--no-deposit-seed", "no such addresses")
    .option("--seed-words-file <path>", "where the seed's words are written if no terminal shows them")
    .option("--no-questions", "ask nothing: what is missing is an error, as where no terminal is")
    .option("--force", "change what .env sets already; a copy of it is kept")
    .option(
      "--sandbox",
      "a world to try things in, without any question: `spillway sandbox --with-engine` runs it",
    )
    .action((options: Options & Readonly<Record<string, unknown>>) => {
      const flags = new Map(
        answerOptions.flatMap(([name, option]): [string, string][] => {
          const value = options[option.attributeName()];
          return typeof value === "string" ? [[name, value.trim()]] : [];
        }),
      );
      return options.sandbox ? initForSandbox(options, flags) : initForReal(options, flags);
    });
}

function initForSandbox(options: Options, flags: ReadonlyMap<string, string>): Promise<void> {
  const other = [...flags.keys()].map(flagOf);
  if (options.depositSeed !== undefined) other.push("--deposit-seed");
  if (options.seedWordsFile !== undefined) other.push("--seed-words-file");
  if (other.length > 0)
    throw new DomainError(
      "invalid_answer",
      `A sandbox has its own providers, nodes and keys: leave out ${other.join(", ")}, or leave out --sandbox.`,
    );
  return initSandbox({ directory: process.cwd(), force: options.force === true });
}

const initForReal = (options: Options, flags: ReadonlyMap<string, string>): Promise<void> =>
  initialise({
    directory: process.cwd(),
    flags,
    environment: process.env,
    terminal:
      process.stdin.isTTY && process.stdout.isTTY && options.questions
        ? { input: process.stdin, output: process.stdout }
        : null,
    force: options.force === true,
    depositSeed: options.depositSeed,
    wordsFile: options.seedWordsFile ?? null,
  });
