import { existsSync } from "node:fs";
import { open, rm, rmdir } from "node:fs/promises";
import { dirname } from "node:path";
import { createKeystore, loadDepositKeys } from "../../engine/index.ts";
import { DomainError } from "../../errors.ts";
import { inLines, makeKeysDirectory } from "../keys.ts";
import type { Plan } from "./settle.ts";

type Wanted = Pick<Plan, "config" | "makesHotWallet" | "words">;

/**
 * Makes the keys that are planned; where one of them cannot be made, none is.
 * @param wordsFile where the seed's words are written for whoever has no terminal; `null`: nowhere.
 */
export async function makeKeys(
  { config, makesHotWallet, words }: Wanted,
  wordsFile: string | null,
): Promise<void> {
  const { path, depositPath, password } = config.keystore;
  const wanted = [
    ...(words !== null && wordsFile !== null ? [wordsFile] : []),
    ...(makesHotWallet ? [path] : []),
    ...(words !== null ? [depositPath] : []),
  ];
  // What was there before is somebody's, whatever it is.
  const ours = wanted.filter((file) => !existsSync(file));
  const folders = [...new Set(ours.flatMap((file) => [dirname(file), dirname(dirname(file))]))].filter(
    (folder) => !existsSync(folder),
  );
  try {
    if (words !== null && wordsFile !== null) await writeWords(wordsFile, words);
    if (makesHotWallet) {
      await makeKeysDirectory(path);
      await createKeystore(path, password);
    }
    if (words !== null) {
      const { importDepositSeed } = await loadDepositKeys();
      await makeKeysDirectory(depositPath);
      await importDepositSeed(depositPath, password, words);
    }
  } catch (error) {
    for (const file of ours) await rm(file, { force: true });
    for (const folder of folders) await rmdir(folder).catch(() => undefined);
    throw error;
  }
}

async function writeWords(path: string, words: string): Promise<void> {
  const file = await open(path, "wx", 0o600).catch((error: NodeJS.ErrnoException) => {
    throw new DomainError(
      "words_not_written",
      `The seed's words cannot be written to ${path} (${error.code}): nothing was written. Name a file that is not there yet, in a directory that is.`,
      {},
      error,
    );
  });
  try {
    await file.writeFile(`${inLines(words)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}
