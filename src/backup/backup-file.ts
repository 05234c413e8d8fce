import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rm, stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { StringDecoder } from "node:string_decoder";
import { createGunzip, createGzip } from "node:zlib";
import { z } from "zod";
import { isDatabaseAway } from "../database/index.ts";
import { DomainError } from "../errors.ts";

const format = 1;
const pieceChars = 65_536;
const digest = z.string().regex(/^[0-9a-f]{64}$/);

/** The first line. */
const headSchema = z.object({
  spillway_backup: z.literal(format),
  id: z.uuid(),
  made_at: z.iso.datetime(),
  /** Version of Spillway. */
  made_by: z.string(),
  migrations: z.array(z.object({ version: z.int(), name: z.string(), checksum: z.string() })).min(1),
  /** Encrypted key files, where they were asked for. */
  key_files: z.array(
    z.object({ name: z.enum(["hot-wallet", "deposit-seed"]), content_base64: z.base64(), sha256: digest }),
  ),
});

/** Before the rows of each table. */
const tableSchema = z.object({
  table: z.string(),
  columns: z.array(z.object({ name: z.string(), type: z.string() })).min(1),
});

/** The last line: what must have come before it. */
const endSchema = z.object({
  rows: z.record(z.string(), z.int()),
  sequences: z.array(z.object({ name: z.string(), value: z.string().regex(/^-?\d+$/), called: z.boolean() })),
  last_block: z.object({ height: z.int(), hash: digest }).nullable(),
  /** Of every line before this one, line ends included. */
  sha256: digest,
});

export type BackupHead = Omit<z.infer<typeof headSchema>, "spillway_backup">;
export type BackupTable = z.infer<typeof tableSchema>;
export type BackupEnd = Omit<z.infer<typeof endSchema>, "sha256">;
export type KeyFileName = BackupHead["key_files"][number]["name"];

/** What a whole and unaltered backup says of itself. */
export interface Manifest extends BackupHead {
  readonly file: string;
  readonly bytes: number;
  readonly end: z.infer<typeof endSchema>;
}

/**
 * Writes lines, compressed, into a new file that only its owner may read, down to the disk. Nothing is left where that fails.
 * @param rows     what stands between the first line and the last: tables, each before its rows, one JSON document a line.
 * @param describe the last line, once all rows are written.
 * @throws {DomainError} `backup_exists`, `backup_not_written`
 */
export async function writeBackupFile(
  file: string,
  head: BackupHead,
  rows: AsyncIterable<string>,
  describe: () => BackupEnd,
): Promise<void> {
  const handle = await open(file, "wx", 0o600).catch((error: unknown) => {
    throw notWritten(file, error);
  });
  try {
    const pieces = Readable.from(piecesOf(head, rows, describe), { objectMode: true });
    await pipeline(pieces, createGzip(), handle.createWriteStream({ flush: true }));
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(file, { force: true });
    const ofTheDisk = (error as NodeJS.ErrnoException).syscall !== undefined && !isDatabaseAway(error);
    throw ofTheDisk ? notWritten(file, error) : error;
  }
}

/** In pieces that are worth compressing: the hash is of all but the last line. */
async function* piecesOf(
  head: BackupHead,
  rows: AsyncIterable<string>,
  describe: () => BackupEnd,
): AsyncGenerator<string> {
  const hash = createHash("sha256");
  let piece = `${JSON.stringify({ spillway_backup: format, ...head })}\n`;
  for await (const row of rows) {
    piece += `${row}\n`;
    if (piece.length < pieceChars) continue;
    hash.update(piece);
    yield piece;
    piece = "";
  }
  hash.update(piece);
  yield `${piece}${JSON.stringify({ ...describe(), sha256: hash.digest("hex") })}\n`;
}

function notWritten(file: string, error: unknown): DomainError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "EEXIST")
    return new DomainError("backup_exists", `${file} is there already. Name another file with --to.`, {
      file,
    });
  const what = code === "ENOSPC" || code === "EDQUOT" ? "its disk is full" : `the system says: ${message}`;
  return new DomainError(
    "backup_not_written",
    `The backup cannot be written to ${file}: ${what}. Nothing is left of it there. Name a file on another disk with --to.`,
    { file },
    error,
  );
}

/** The lines of a compressed file. @throws {DomainError} `backup_unreadable`, `backup_truncated`, `backup_altered` */
async function* readLines(file: string): AsyncGenerator<string> {
  const source = createReadStream(file);
  const unpacked = source.pipe(createGunzip());
  source.on("error", (error) => unpacked.destroy(error));
  const decoder = new StringDecoder("utf8");
  let rest = "";
  try {
    for await (const chunk of unpacked) {
      const lines = (rest + decoder.write(chunk as Buffer)).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
  } catch (error) {
    throw damageOf(file, error);
  } finally {
    source.destroy();
  }
  if (rest !== "" || decoder.end() !== "") throw truncated(file);
}

function damageOf(file: string, error: unknown): unknown {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (code === "Z_BUF_ERROR") return truncated(file, error);
  if (code?.startsWith("Z_") === true)
    return /incorrect header check/.test(message) ? noBackup(file, error) : altered(file, error);
  if (syscall === undefined) return error;
  return new DomainError(
    "backup_unreadable",
    `${file} cannot be read: ${message}. Correct the path, or its rights.`,
    { file },
    error,
  );
}

const truncated = (file: string, cause?: unknown): DomainError =>
  new DomainError(
    "backup_truncated",
    `${file} ends too early: it was not written or copied to its end. Copy it again, or take another backup.`,
    { file },
    cause,
  );

const altered = (file: string, cause?: unknown): DomainError =>
  new DomainError(
    "backup_altered",
    `${file} is not as it was written: its checksum differs. Copy it again, or take another backup.`,
    { file },
    cause,
  );

const noBackup = (file: string, cause?: unknown): DomainError =>
  new DomainError(
    "backup_unreadable",
    `${file} is no backup that this version of Spillway can read. Name a file that \`spillway backup\` wrote, or use the version that wrote it.`,
    { file },
    cause,
  );

function parse<T>(schema: z.ZodType<T>, line: string): T | null {
  try {
    return schema.parse(JSON.parse(line));
  } catch {
    return null;
  }
}

/** The lines of the hash, one behind: the last one is not part of it. */
async function readThrough(file: string, hash: Hash): Promise<{ first: string | null; last: string | null }> {
  let first: string | null = null;
  let last: string | null = null;
  for await (const line of readLines(file)) {
    if (last !== null) hash.update(`${last}\n`);
    first ??= line;
    last = line;
  }
  return { first, last };
}

/**
 * Reads a backup to its end and compares it with its own checksum. Nothing of it is used yet.
 * @throws {DomainError} `backup_unreadable`, `backup_truncated`, `backup_altered`
 */
export async function readManifest(file: string): Promise<Manifest> {
  const hash = createHash("sha256");
  const { first, last } = await readThrough(file, hash);
  if (first === null || last === null) throw truncated(file);
  const head = parse(headSchema, first);
  if (head === null) throw noBackup(file);
  const end = parse(endSchema, last);
  if (end === null) throw truncated(file);
  if (end.sha256 !== hash.digest("hex")) throw altered(file);
  return { ...head, file, bytes: (await stat(file)).size, end };
}

/** A table of a backup, or one of its rows: a JSON array of texts and nulls, as it stands there. */
export type BackupLine = { readonly table: BackupTable } | { readonly row: string };

/** What a manifest's file holds, in its order. @throws {DomainError} as `readManifest` */
export async function* readContent({ file }: Pick<Manifest, "file">): AsyncGenerator<BackupLine> {
  let first = true;
  for await (const line of readLines(file)) {
    if (line.startsWith("[")) yield { row: line };
    else if (!first) {
      const table = parse(tableSchema, line);
      if (table !== null) yield { table };
      else if (parse(endSchema, line) === null) throw altered(file);
    }
    first = false;
  }
}
