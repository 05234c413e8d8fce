import { constants, existsSync } from "node:fs";
import { access, chmod, copyFile, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { DomainError } from "../../errors.ts";

/** The directory that an engine is set up in, and what its .env holds; `null`: there is none. */
export interface EnvPlace {
  readonly directory: string;
  readonly text: string | null;
}

const envOf = (directory: string): string => join(directory, ".env");
/** Made first and renamed last: it is the lock of a set-up too. */
const newOf = (directory: string): string => join(directory, ".env.new");

const unfinished = (directory: string): DomainError =>
  new DomainError(
    "init_unfinished",
    `${newOf(directory)} is there: another init is at work in this directory, or one was killed. If none is at work, the file ` +
      "may hold the password of keys that were made with it: rename it to .env, and run init again.",
  );

const notWritable = (directory: string, error: unknown): DomainError =>
  new DomainError(
    "directory_not_writable",
    `Nothing can be written into ${directory} (${(error as NodeJS.ErrnoException).code}). Run init in a directory of your own: ` +
      "every command reads .env from the directory it is started in.",
    {},
    error,
  );

/**
 * Looks at the directory before anybody is asked anything.
 * @throws {DomainError} `init_unfinished`, `directory_not_writable`
 */
export async function lookAtPlace(directory: string): Promise<EnvPlace> {
  if (existsSync(newOf(directory))) throw unfinished(directory);
  await access(directory, constants.W_OK | constants.X_OK).catch((error: unknown) => {
    throw notWritable(directory, error);
  });
  const text = await readFile(envOf(directory), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  return { directory, text };
}

/**
 * Makes what belongs to a .env, and then the .env itself, for its owner's eyes alone: all of it or nothing. Of two set-ups at
 * once one is refused. What is written stands on the disk before `make` begins, so that no password is lost with the process.
 * @param make makes the rest, and takes it away again when it fails.
 * @returns where a copy of the former .env is kept; `null`: there was none, or it stays as it is.
 * @throws {DomainError} `init_unfinished`, `directory_not_writable`, `env_changed`
 */
export async function writeEnv(
  { directory, text: former }: EnvPlace,
  text: string,
  make: () => Promise<void>,
): Promise<string | null> {
  // A signal in this second would leave a half: what is begun is finished, and the next one ends us.
  const ignore = (): void => undefined;
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, ignore);
  try {
    await writeNew(directory, text);
    try {
      const now = await readFile(envOf(directory), "utf8").catch(() => null);
      if (now !== former)
        throw new DomainError(
          "env_changed",
          "Somebody else wrote .env meanwhile: nothing was written. Look at it, then run init again.",
        );
      await make();
      if (text === former) {
        await rm(newOf(directory));
        return null;
      }
      const kept = former === null ? null : await keepCopy(directory);
      await rename(newOf(directory), envOf(directory));
      return kept;
    } catch (error) {
      await rm(newOf(directory), { force: true });
      throw error;
    }
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, ignore);
  }
}

async function writeNew(directory: string, text: string): Promise<void> {
  const file = await open(newOf(directory), "wx", 0o600).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "EEXIST" ? unfinished(directory) : notWritable(directory, error);
  });
  try {
    await file.chmod(0o600); // whatever the umask
    await file.writeFile(text);
    await file.sync();
  } catch (error) {
    await rm(newOf(directory), { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

async function keepCopy(directory: string): Promise<string> {
  for (let number = 1; ; number++) {
    const copy = join(directory, `.env.before-${number}`);
    try {
      await copyFile(envOf(directory), copy, constants.COPYFILE_EXCL);
      await chmod(copy, 0o600);
      return copy;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}
