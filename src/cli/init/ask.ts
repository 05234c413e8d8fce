import type { Readable, Writable } from "node:stream";
import type * as Clack from "@clack/prompts";
import { expectedInstead } from "../../config/index.ts";
import { DomainError } from "../../errors.ts";
import { firstQuestions, otherNetworks, passwordQuestion, type Question } from "./questions.ts";

/** Where a person is asked. */
export interface Terminal {
  readonly input: Readable;
  readonly output: Writable;
}

/** What a person may still be asked: their answers come from here, and cancelling any of them writes nothing. */
export interface Person {
  /** @param known values there are already, offered again; without the given ones, which are settled. */
  questions(asked: readonly Question[], known: ReadonlyMap<string, string>): Promise<Map<string, string>>;
  confirm(message: string, initial: boolean): Promise<boolean>;
  /** Shown once, on this terminal. */
  show(title: string, text: string): void;
}

const capital = (sentence: string): string => `${sentence[0]!.toUpperCase()}${sentence.slice(1)}.`;

/** Asks on a terminal. @throws {DomainError} `cancelled`, from every question. */
export async function openPerson(terminal: Terminal): Promise<Person> {
  const desk: Desk = { clack: await import("@clack/prompts"), terminal };
  return {
    questions: (asked, known) => askAll(desk, asked, known),
    confirm: (message, initial) =>
      answered(desk, desk.clack.confirm({ message, initialValue: initial, ...terminal })),
    show: (title, text) => desk.clack.note(text, title, terminal),
  };
}

interface Desk {
  readonly clack: typeof Clack;
  readonly terminal: Terminal;
}

async function answered<T>({ clack }: Desk, answer: Promise<T>): Promise<Exclude<T, symbol>> {
  const given = await answer;
  if (clack.isCancel(given)) throw new DomainError("cancelled", "Cancelled: nothing was written.");
  return given as Exclude<T, symbol>;
}

async function askAll(
  desk: Desk,
  asked: readonly Question[],
  known: ReadonlyMap<string, string>,
): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  const isAsked = ({ name }: Question): boolean => asked.some((one) => one.name === name);
  const put = async (question: Question): Promise<void> => {
    const { name, only } = question;
    if (only !== undefined && !(answers.get(only) ?? known.get(only))) return;
    const needed = only === undefined ? question : { ...question, required: true };
    answers.set(name, await askOne(desk, needed, known.get(name)));
  };
  for (const question of firstQuestions.filter(isAsked)) await put(question);
  for (const question of await chooseNetworks(desk, asked, known)) await put(question);
  if (isAsked(passwordQuestion)) await put(passwordQuestion);
  return answers;
}

async function askOne(
  desk: Desk,
  { name, ask, secret, required, fallback }: Question,
  known: string | undefined,
): Promise<string> {
  const { clack, terminal } = desk;
  const validate = (text = ""): string | undefined => {
    if (text.trim() === "") return required && known === undefined ? "It is needed." : undefined;
    if (name === "KEYSTORE_PASSWORD" && known === undefined && text.trim().length < 8)
      return "It needs 8 characters or more.";
    const expected = expectedInstead(name, text);
    return expected === null ? undefined : capital(expected);
  };
  // Whoever types the URL of a node wants to see it.
  if (secret && !name.endsWith("_URLS")) {
    const message = known === undefined ? ask : `${ask}. Empty: as it is now`;
    const given = await answered<string | symbol | undefined>(
      desk,
      clack.password({ message, validate, ...terminal }),
    );
    return given?.trim() || (known ?? "");
  }
  const shown = { message: ask, placeholder: known ?? fallback ?? "", initialValue: known ?? "" };
  const given = await answered<string | symbol | undefined>(
    desk,
    clack.text({ ...shown, validate, ...terminal }),
  );
  return given?.trim() ?? "";
}

/** @returns the questions for the nodes of those that are chosen. */
async function chooseNetworks(
  desk: Desk,
  asked: readonly Question[],
  known: ReadonlyMap<string, string>,
): Promise<Question[]> {
  const offered = otherNetworks.filter(({ question }) => asked.includes(question));
  if (offered.length === 0) return [];
  const chosen = await answered(
    desk,
    desk.clack.multiselect({
      message: "Networks to be paid on beside Ethereum (space chooses, enter goes on)",
      options: offered.map(({ title, question }) => ({ value: question.name, label: title })),
      initialValues: offered.flatMap(({ question }) => (known.has(question.name) ? [question.name] : [])),
      required: false,
      ...desk.terminal,
    }),
  );
  return offered.flatMap(({ question }) =>
    chosen.includes(question.name) ? [{ ...question, required: true }] : [],
  );
}
