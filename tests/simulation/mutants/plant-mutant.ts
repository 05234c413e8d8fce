import { fork } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SeedsReport } from "../../../simulator/index.ts";
import type { PlantedOrder } from "./run-planted.ts";

/** One change of a source file. */
export interface Edit {
  /** From the project's root. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** A bug of the trade, as the changes that bring it in. */
export interface Mutant {
  readonly name: string;
  /** What it does wrong, in one sentence. */
  readonly what: string;
  readonly edits: readonly Edit[];
}

/** A copy of the engine and its simulator that has the bug. */
export interface Planted {
  readonly directory: string;
  /** Runs worlds of the copy, in processes of their own. @throws when none could be run */
  run(order: PlantedOrder): Promise<SeedsReport>;
  remove(): Promise<void>;
}

const copied = [
  "src",
  "sandbox",
  "harness",
  "simulator",
  "db",
  "chains",
  "bin",
  "package.json",
  "tsconfig.json",
];

/** Made in every copy. A world that a bug keeps from coming to rest is judged after hours, not days: a sound one needs no more. */
export const impatience: Edit = {
  file: "simulator/simulation.ts",
  find: "const patienceMs =",
  replace: "const patienceMs = 0.125 *",
};

/** The project's root. */
export const root = fileURLToPath(new URL("../../..", import.meta.url));

/** @throws unless the edit fits the code below `directory` exactly once. */
export async function makeEdit(directory: string, name: string, edit: Edit): Promise<string> {
  const { file, find, replace } = edit;
  const text = await readFile(join(directory, file), "utf8").catch(() => "");
  const places = text.split(find).length - 1;
  if (places !== 1)
    throw new Error(
      `The mutant "${name}" went stale: ${file} has ${places} places that read\n${find}\nMake its edit fit the code as it is now.`,
    );
  // Given as a function, because a text may hold "$&".
  return text.replace(find, () => replace);
}

/**
 * Copies the engine with its simulator to a directory of its own and brings the bug in. The project itself has no switch
 * for it and stays as it is.
 * @throws when an edit does not fit the code any more.
 */
export async function plantMutant({ name, edits }: Pick<Mutant, "name" | "edits">): Promise<Planted> {
  const directory = await mkdtemp(join(tmpdir(), "spillway-mutant-"));
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    for (const part of copied) await cp(join(root, part), join(directory, part), { recursive: true });
    await symlink(join(root, "node_modules"), join(directory, "node_modules"));
    for (const edit of [impatience, ...edits])
      await writeFile(join(directory, edit.file), await makeEdit(directory, name, edit));
  } catch (error) {
    await remove();
    throw error;
  }
  return { directory, remove, run: (order) => runPlanted(directory, order) };
}

async function runPlanted(directory: string, order: PlantedOrder): Promise<SeedsReport> {
  const child = fork(new URL("run-planted.ts", import.meta.url), [directory], {
    cwd: directory,
    execArgv: ["--import", "tsx"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  let report: SeedsReport | undefined;
  child.once("message", (answer) => (report = answer as SeedsReport));
  child.send(order);
  const [code] = (await once(child, "exit")) as [number | null];
  if (report === undefined) throw new Error(`the planted simulation ended with ${code} and no report`);
  return report;
}
