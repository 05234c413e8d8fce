import { mkdirSync, readdirSync, rmSync, statfsSync } from "node:fs";
import { freemem } from "node:os";
import { join } from "node:path";

const memory = "/dev/shm";
const prefix = "spillway-tests-";
/** A run's servers take a few hundred megabytes. */
const needed = { filesystem: 2 * 2 ** 30, machine: 4 * 2 ** 30 };

/**
 * Has temporary files of a test run, its servers' data above all, lie in memory where Linux has plenty: a database is hundreds of
 * files, made anew for almost every test, and nothing of it is to be kept. Where TMPDIR is given or memory is scarce they lie where they
 * always do. What a run that was killed left is removed by the next one.
 */
export function keepInMemory(): void {
  if (process.env["TMPDIR"] !== undefined || !isRoomy()) return;
  for (const name of readdirSync(memory))
    if (name.startsWith(prefix) && !isAlive(Number(name.slice(prefix.length))))
      rmSync(join(memory, name), { recursive: true, force: true });
  const home = join(memory, `${prefix}${process.pid}`);
  mkdirSync(home, { recursive: true });
  process.env["TMPDIR"] = home;
  process.once("exit", () => rmSync(home, { recursive: true, force: true }));
}

function isRoomy(): boolean {
  try {
    const { bavail, bsize } = statfsSync(memory);
    return bavail * bsize >= needed.filesystem && freemem() >= needed.machine;
  } catch {
    return false; // not on this system
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
