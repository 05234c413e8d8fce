import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";
import { DomainError } from "../errors.ts";
import { isPublicCode, problemKinds, publicCodes, type ProblemKind } from "./problem-codes.ts";
import { toProblem } from "./problem.ts";
import { EntryConflict } from "../ledger/index.ts";
import { createLogger } from "../telemetry/index.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Refusals that no request can reach, each with who reads them instead. */
const onlyElsewhere: Readonly<Record<string, string>> = {
  invalid_config: "stops the start: a variable of the environment",
  invalid_configuration: "stops the start: what the variables say together, or of a provider",
  no_rpc_url: "stops the start: a chain without an endpoint",
  job_defined_twice: "stops the start: our own list of jobs",
  schedule_without_job: "stops the start: our own list of schedules",
  keystore_exists: "stops a command that makes a key file",
  keystore_missing: "read by the worker at its start: a key file",
  keystore_invalid: "read by the worker at its start: a key file",
  weak_password: "stops a command that makes a key file",
  wrong_password: "read by the worker at its start: a key file",
  invalid_mnemonic: "stops a command that takes a seed",
  invalid_xpub: "stops the start: a key of the environment",
  deposit_seed_changed: "stops the worker's start: the seed is another than the database knows",
  hot_wallet_takes_deposits: "read by the worker at its start: the key's address is a payers' address",
  invalid_callback_url: "PUBLIC_URL, which was checked at the start, made it",
  database_unreachable: "stops the start, or a command: DATABASE_URL",
  transaction_pooling: "stops the start, or a command: what DATABASE_URL leads to",
  env_exists: "stops `spillway init`: a .env is there, and says otherwise",
  env_changed: "stops `spillway init`: somebody else wrote .env meanwhile",
  invalid_answer: "stops `spillway init`: a flag, or a variable of the environment",
  missing_answers: "stops `spillway init`: nobody is there to be asked",
  cancelled: "ends `spillway init`: a person's wish",
  init_unfinished: "stops `spillway init`: another one is at work, or was killed",
  words_not_written: "stops `spillway init`: --seed-words-file",
  not_a_sandbox: "stops `spillway init --sandbox` and `spillway sandbox`: the directory is not a sandbox's",
  no_database: "stops a command that only reads: there is nothing to read",
  directory_not_writable: "stops the start: DATA_DIRECTORY",
  port_unavailable: "stops the start: PORT",
  database_in_use: "stops the start: the database's files",
  embedded_database_failed: "stops the start: the database's files",
  embedded_database_gone: "stops the start: the database's files",
  embedded_database_missing: "stops the start: the database's files",
  embedded_database_password: "stops the start: the database's files",
  backup_exists: "stops `spillway backup`: a file is there already",
  backup_not_written: "stops `spillway backup`: the disk, or the rights there",
  backup_unreadable: "stops `spillway restore`: the file",
  backup_truncated: "stops `spillway restore`: the file",
  backup_altered: "stops `spillway restore`: the file",
  backup_of_other_schema: "stops `spillway restore`: what made the file",
  database_not_empty: "stops `spillway restore`: where it is to go",
  key_file_differs: "stops `spillway restore`: a key file that is there already",
  restore_failed: "stops `spillway restore`: the database refused its rows",
  migration_changed: "stops the start: the database's schema",
  migration_failed: "stops the start: the database's schema",
  migration_misnamed: "stops the start: the database's schema",
  schema_newer_than_code: "stops the start: the database's schema",
  schema_outdated: "stops the start: the database's schema",
  health_timeout: "a component's detail in /health/ready",
  assets_without_price: "a component's detail in /health/ready, and a line at the start",
  needs_a_person: "a component's detail in /health/ready",
  currencies_renamed: "a component's detail in /health/ready",
  clock_wrong: "a component's detail in /health/ready",
  clocks_differ: "a component's detail in /health/ready",
  policy_missing: "a component of `spillway doctor`",
  no_log_search: "a component of `spillway doctor`",
  node_lags: "a component of `spillway doctor`",
  public_url_unreachable: "a component of `spillway doctor`",
  public_url_elsewhere: "a component of `spillway doctor`",
  no_gas: "a component of `spillway doctor`",
  disk_full: "a component of `spillway doctor`",
  no_worker: "a component's detail in /health/ready",
  search_stands_still: "a component's detail in /health/ready",
  no_wallet: "a component's detail in /health/ready",
  wallet_paused: "a component's detail in /health/ready",
  invitation_not_open: "a page that somebody opens by their link says so",
  refund_link_not_open: "a page that somebody opens by their link says so",
  unknown_account: "the command line alone raises it",
};
/** Codes that are not written where they are raised: what a row of the database says. */
const readFromARow = ["src/transfers/wallet-checks.ts signer.problem"];

interface Raised {
  readonly codes: ReadonlyMap<string, readonly string[]>;
  /** Where the code is not a word in the source. */
  readonly unread: readonly string[];
}

/** Every code of a `DomainError`, or of a class of ours that is one, with the files that raise it. */
function raisedUnder(folder: string): Raised {
  const files = readdirSync(`${root}${folder}`, { recursive: true, encoding: "utf8" })
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts") && name !== "src/errors.ts");
  const codes = new Map<string, string[]>();
  const unread: string[] = [];
  for (const file of files) {
    const source = ts.createSourceFile(
      file,
      readFileSync(`${root}${file}`, "utf8"),
      ts.ScriptTarget.Latest,
      true,
    );
    const visit = (node: ts.Node): void => {
      const code = codeArgument(node);
      const words = code && wordsOf(code);
      if (words) for (const word of words) codes.set(word, [...(codes.get(word) ?? []), file]);
      else if (code) unread.push(`${file} ${code.getText()}`);
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return { codes, unread };
}

function codeArgument(node: ts.Node): ts.Expression | undefined {
  if (ts.isNewExpression(node) && node.expression.getText() === "DomainError") return node.arguments?.[0];
  if (!ts.isCallExpression(node) || node.expression.kind !== ts.SyntaxKind.SuperKeyword) return undefined;
  const owner = ts.findAncestor(node, ts.isClassLike);
  const parent = owner?.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)
    ?.types[0];
  return parent?.expression.getText() === "DomainError" ? node.arguments[0] : undefined;
}

function wordsOf(code: ts.Expression): readonly string[] | null {
  if (ts.isParenthesizedExpression(code)) return wordsOf(code.expression);
  if (ts.isStringLiteralLike(code)) return [code.text];
  if (!ts.isConditionalExpression(code)) return null;
  const [yes, no] = [wordsOf(code.whenTrue), wordsOf(code.whenFalse)];
  return yes && no && [...yes, ...no];
}

const raised = raisedUnder("src");
const log = createLogger({ level: "silent" });

test("every refusal that a request can meet is published with a status", () => {
  expect(raised.codes.size).toBeGreaterThan(100); // the walk finds them
  const unpublished = [...raised.codes]
    .filter(([code]) => !isPublicCode(code) && !Object.hasOwn(onlyElsewhere, code))
    .map(([code, files]) => `${code}: ${files.join(", ")}`);
  expect(unpublished, "give these a row in src/http/problem-codes.ts").toEqual([]);
});

test("a code is a word in the source, so that it can be found", () => {
  expect(raised.unread.filter((place) => !readFromARow.includes(place))).toEqual([]);
});

test("the list of those that no request meets has none that is published, or that nobody raises", () => {
  const idle = Object.keys(onlyElsewhere).filter((code) => isPublicCode(code) || !raised.codes.has(code));
  expect(idle).toEqual([]);
});

test.each(publicCodes)("%s is answered with its status and its words", (code) => {
  const problem = toProblem(new DomainError(code, "In words."), "a request", log);
  expect(problem).toMatchObject({ code, status: problemKinds[code].status, detail: "In words." });
  if (code !== "internal_error") expect(problem.status).not.toBe(500);
});

test("whoever is sent away for a while is told for how long", () => {
  const kinds: readonly ProblemKind[] = Object.values(problemKinds);
  const waiting = kinds.filter(
    ({ status, retryAfterSeconds }) => retryAfterSeconds !== undefined || status === 429 || status === 503,
  );
  expect(waiting.length).toBeGreaterThan(10);
  for (const { status, title, retryAfterSeconds } of waiting) {
    expect([409, 429, 503], title).toContain(status);
    expect(retryAfterSeconds, title).toBeGreaterThan(0);
  }
});

test("every code says what to do about it, in a sentence", () => {
  for (const { nextStep, title } of Object.values(problemKinds)) {
    expect(nextStep).toMatch(/^[A-Z].{10,}[.:]?[.`]?$/);
    expect(nextStep.endsWith("."), nextStep).toBe(true);
    expect(title).toMatch(/^[A-Z].*[^.]$/);
  }
});

test("an entry that was booked with other amounts is a refusal to the caller, and loud to us", () => {
  const problem = toProblem(new EntryConflict("entry 7 differs"), "a request", log);
  expect(problem).toMatchObject({ code: "entry_conflict", status: 409 });
  expect(problem.detail).not.toContain("entry 7"); // what is ours stays in the log
  expect(problem.error_id).toEqual(expect.any(String));
});
