import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { renderEnvExample, setInEnvText } from "../config/index.ts";
import { DomainError } from "../errors.ts";
import { lookAtPlace, writeEnv } from "./init/env-place.ts";
import { facts, print } from "./screen.ts";

const folder = "sandbox-data";
const head =
  "# Of a sandbox on this machine, by `spillway init --sandbox`: nothing in it is worth anything, and its book begins anew each time.\n";
/** Says that a data directory is a sandbox's, whose book may be emptied, and where its world listens. */
const markerOf = (dataDirectory: string): string => join(dataDirectory, "sandbox.json");

/** What API, key and controls are, for the shell: `. sandbox-data/api.env`. */
export const shellFileOf = (dataDirectory: string): string => join(dataDirectory, "api.env");

/** The place of the sandbox that has this data directory; `null`: it is no sandbox's. */
export async function readSandboxPlace(dataDirectory: string): Promise<number | null> {
  const text = await readFile(markerOf(dataDirectory), "utf8").catch(() => null);
  return text === null ? null : (JSON.parse(text) as { place: number }).place;
}

/**
 * Writes a .env that joins an engine to a sandbox of its own, with keys that hold nothing of worth. The sandbox is started once
 * to learn what it is called, which also tells whether it runs here.
 * @throws {DomainError} `env_exists`, `not_a_sandbox`, `anvil_missing`, …
 */
export async function initSandbox({
  directory,
  force,
}: {
  directory: string;
  force: boolean;
}): Promise<void> {
  const env = await lookAtPlace(directory);
  const dataDirectory = join(directory, folder);
  if (env.text !== null && !force) {
    if ((await readSandboxPlace(dataDirectory)) === null || !env.text.includes(`DATA_DIRECTORY=./${folder}`))
      throw new DomainError(
        "env_exists",
        ".env is there, and not a sandbox's: nothing was written. Try the sandbox in another directory, or say --force: .env is then " +
          "a new one, and a copy of it is kept.",
      );
    print("The sandbox is set up here already.");
    return tellNext();
  }
  await refuseOthersFiles(dataDirectory);
  const { findFreePlace, portsAt, startSandbox } = await import("../../sandbox/index.ts");
  const { joinedSandbox, makePaymentKeys, newPassword } = await import("../../harness/index.ts");
  const place = await findFreePlace();
  const { sandbox: ports, engine } = portsAt(place);
  const sandbox = await startSandbox({ ...joinedSandbox, ports });
  await sandbox.stop();
  const password = newPassword();
  const values = {
    ...sandbox.env,
    DATA_DIRECTORY: `./${folder}`,
    KEYSTORE_PASSWORD: password,
    PORT: String(engine),
    PUBLIC_URL: `http://127.0.0.1:${engine}`,
    // Nobody in the sandbox is in a hurry but whoever looks on.
    TRANSFER_POLL_MS: "1000",
    SWAP_POLL_MS: "1000",
    DEPOSIT_WATCH_MS: "1000",
    PAYOUT_CRON: "* * * * *",
  };
  const kept = await writeEnv(
    env,
    setInEnvText(`${head}${renderEnvExample()}`, new Map(Object.entries(values))),
    async () => {
      await mkdir(dataDirectory, { recursive: true });
      await rm(join(dataDirectory, "keys"), { recursive: true, force: true });
      await writeFile(markerOf(dataDirectory), `${JSON.stringify({ place })}\n`);
      await makePaymentKeys({ directory: dataDirectory, password, depositSeed: true });
    },
  );
  print(
    facts([
      [".env", kept === null ? "written" : `written; what it was is kept as ${kept}`],
      [folder, "keys that hold nothing of worth; the sandbox's book will lie here too"],
    ]),
  );
  tellNext();
}

/** What is not a sandbox's is left alone. */
async function refuseOthersFiles(dataDirectory: string): Promise<void> {
  if (!existsSync(dataDirectory) || existsSync(markerOf(dataDirectory))) return;
  if ((await readdir(dataDirectory)).length > 0)
    throw new DomainError(
      "not_a_sandbox",
      `${dataDirectory} holds files that are not a sandbox's: nothing was written. Move it away, or try another directory.`,
    );
}

const tellNext = (): void =>
  print(
    "\nNext: `npx spillway sandbox --with-engine` runs sandbox and engine joined. Then, in a second terminal, go on with\n" +
      '"The first payment" in README.md.',
  );
