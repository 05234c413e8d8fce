import { readFile, writeFile } from "node:fs/promises";
import { DomainError } from "../errors.ts";
import type { KeyFileName, Manifest } from "./backup-file.ts";

/** Where each kind of key file belongs here. */
export type KeyFilePaths = ReadonlyMap<KeyFileName, string>;

type KeyFile = Manifest["key_files"][number];

/** The key files of a backup that are not here yet. */
async function missingOf({ key_files: files }: Manifest, paths: KeyFilePaths): Promise<readonly KeyFile[]> {
  const missing: KeyFile[] = [];
  for (const file of files) {
    const path = paths.get(file.name)!;
    const here = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return null;
      throw error;
    });
    if (here === null) missing.push(file);
    else if (here.toString("base64") !== file.content_base64)
      throw new DomainError(
        "key_file_differs",
        `${path} holds another key than the backup. Keep a copy of it elsewhere and move it away, or name another file in the environment.`,
        { path },
      );
  }
  return missing;
}

/** Refuses a backup whose keys would take the place of others. @throws {DomainError} `key_file_differs` */
export const assertKeysFit = async (manifest: Manifest, paths: KeyFilePaths): Promise<void> =>
  void (await missingOf(manifest, paths));

/**
 * Writes the key files of a backup to where they belong, readable by their owner alone. One that is there already stays.
 * @returns the files written.
 * @throws {DomainError} `key_file_differs`
 */
export async function restoreKeys(
  manifest: Manifest,
  paths: KeyFilePaths,
  makeDirectory: (path: string) => Promise<void>,
): Promise<readonly string[]> {
  const written: string[] = [];
  for (const { name, content_base64: content } of await missingOf(manifest, paths)) {
    const path = paths.get(name)!;
    await makeDirectory(path);
    await writeFile(path, Buffer.from(content, "base64"), { mode: 0o600, flag: "wx" });
    written.push(path);
  }
  return written;
}
