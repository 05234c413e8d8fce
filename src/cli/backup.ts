import { resolve } from "node:path";
import { Command } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import {
  assertKeysFit,
  assertRestorable,
  readManifest,
  restoreBackup,
  restoreKeys,
  takeBackup,
  type KeyFilePaths,
  type Manifest,
} from "../backup/index.ts";
import { systemClock } from "../clock.ts";
import { loadDatabaseConfig, loadKeyPaths } from "../config/index.ts";
import { verifyLedger } from "../ledger/index.ts";
import { makeKeysDirectory } from "./keys.ts";
import { openProgress } from "./progress.ts";
import { print, toJson } from "./screen.ts";
import { withAnyDatabase, withDatabase } from "./with-database.ts";

function keyPaths(): KeyFilePaths {
  const { path, depositPath } = loadKeyPaths(process.env);
  return new Map([
    ["hot-wallet", path],
    ["deposit-seed", depositPath],
  ]);
}

/** Rows as they pass, on a terminal. */
function counting(words: string): { onProgress: (rows: number) => void; end: () => void } {
  const progress = openProgress(process.stderr);
  const onProgress = (rows: number): void => {
    if (process.stderr.isTTY) progress.detail(`${rows} rows ${words}`);
  };
  return { onProgress, end: () => progress.end() };
}

/** What both commands say of a backup with `--json`. */
function summaryOf({
  file,
  bytes,
  id,
  made_at: madeAt,
  made_by: madeBy,
  migrations,
  key_files: keys,
  end,
}: Manifest) {
  return {
    file,
    bytes,
    id,
    made_at: madeAt,
    made_by: madeBy,
    schema_version: migrations.at(-1)!.version,
    rows: end.rows,
    last_block: end.last_block,
    sha256: end.sha256,
    key_files: keys.map(({ name }) => name),
  };
}

function sizeOf({ end, migrations, bytes }: Manifest): string {
  const rows = Object.values(end.rows);
  const total = rows.reduce((sum, one) => sum + one, 0);
  const block = end.last_block;
  return (
    `${total} rows of ${rows.length} tables, ${bytes} bytes; schema ${migrations.at(-1)!.version}; ` +
    (block === null ? "nothing sealed yet" : `last sealed block ${block.height}: ${block.hash}`)
  );
}

const inFile = (at: Date): string => at.toISOString().replaceAll(/[-:]|\.\d+/g, "");

export const backupCommand = (): Command =>
  new Command("backup")
    .description(
      "Write the whole database, as it is at this moment, into one file; the engine may go on working",
    )
    .option("--to <file>", "a file that is not there yet; spillway-<time>.backup in this directory if absent")
    .option("--with-keys", "take the encrypted key files along; their password never is")
    .option("--json", "one JSON document")
    .action(({ to, withKeys, json }: { to?: string; withKeys?: boolean; json?: boolean }) =>
      withDatabase(async ({ url }) => {
        const { onProgress, end } = counting("written");
        const manifest = await takeBackup({
          url,
          file: resolve(to ?? `spillway-${inFile(systemClock.now())}.backup`),
          clock: systemClock,
          version: packageJson.version,
          keyFiles: withKeys ? keyPaths() : new Map(),
          onProgress,
        }).finally(end);
        if (json) return print(toJson(summaryOf(manifest)));
        const keys = manifest.key_files.map(({ name }) => name);
        print(
          [
            `Wrote ${manifest.file} and read it back: ${sizeOf(manifest)}.`,
            keys.length === 0
              ? "The key files are not in it: without them and their password what the wallets hold is lost. Keep copies of both, apart from each other."
              : `With it: the encrypted key files (${keys.join(", ")}). Keep their password elsewhere.`,
            "Copy it to another machine. `.env` is not in it.",
          ].join("\n"),
        );
      }),
    );

export const restoreCommand = (): Command =>
  new Command("restore")
    .description("Make an empty database, of DATABASE_URL or in DATA_DIRECTORY, what a backup's was")
    .argument("<file>", "a file that spillway backup wrote")
    .option("--json", "one JSON document")
    .action(async (name: string, { json }: { json?: boolean }) => {
      const { databaseUrl, dataDirectory } = loadDatabaseConfig(process.env);
      const paths = keyPaths();
      // All that can be refused is refused before a database is made.
      const manifest = await readManifest(resolve(name));
      await assertRestorable(manifest);
      await assertKeysFit(manifest, paths);
      const done = await withAnyDatabase({ create: true }, async ({ db, url }, log) => {
        const { onProgress, end } = counting("restored");
        const options = { url, clock: systemClock, log, onProgress };
        const leftOut = await restoreBackup(manifest, options).finally(end);
        const keysWritten = await restoreKeys(manifest, paths, makeKeysDirectory);
        return { leftOut, keysWritten, problems: (await verifyLedger(db)).problems };
      });
      if (done.problems.length > 0) process.exitCode = 1;
      if (json)
        return print(
          toJson({
            ...summaryOf(manifest),
            keys_written: done.keysWritten,
            left_out: done.leftOut,
            problems: done.problems,
          }),
        );
      const place = databaseUrl === null ? dataDirectory : "the database of DATABASE_URL";
      print(
        [
          `Restored into ${place}, as it was at ${manifest.made_at}: ${sizeOf(manifest)}.`,
          ...wordsOf(done, paths),
        ].join("\n"),
      );
    });

function wordsOf(
  {
    problems,
    leftOut,
    keysWritten,
  }: {
    readonly problems: readonly unknown[];
    readonly leftOut: readonly string[];
    readonly keysWritten: readonly string[];
  },
  paths: KeyFilePaths,
): string[] {
  return [
    problems.length === 0
      ? "The ledger was verified: nothing was changed."
      : `The ledger has ${problems.length} problems: \`spillway ledger verify\` names them. Do not start the engine.`,
    ...(leftOut.length > 0 ? [`Left out, because they are not ours: ${leftOut.join(", ")}.`] : []),
    keysWritten.length > 0
      ? `Key files written: ${keysWritten.join(", ")}.`
      : `No key file was written. The engine looks for ${[...paths.values()].join(" and ")}.`,
    "Its hot wallets send nothing yet, because coins may have been sent since then. Stop the engine that the backup is of, " +
      "start this one, compare with `spillway reconcile`, then `spillway wallets resume --chain <chain>`.",
  ];
}
