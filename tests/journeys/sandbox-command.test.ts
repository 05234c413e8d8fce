import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../support/index.ts";

const bin = fileURLToPath(new URL("../../bin/spillway.js", import.meta.url));
const quiet = { ...process.env, NODE_NO_WARNINGS: "1" };

interface Joined {
  readonly api: string;
  readonly key: string;
  readonly controls: string;
  /** Ctrl-C. @returns the exit code */
  stop(): Promise<unknown>;
}

/** Runs engine and sandbox joined, in a directory, until its three lines are there. */
async function runJoined(directory?: string): Promise<Joined> {
  const child = spawn(process.execPath, [bin, "sandbox", "--with-engine"], {
    stdio: ["ignore", "pipe", "inherit"],
    cwd: directory,
    env: quiet,
  });
  const gone = once(child, "exit");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await gone;
  });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString("utf8")));
  const given = await eventually("its three lines", () => {
    if (child.exitCode !== null) throw new Error(`it ended: ${said}`);
    const line = (name: string): string | undefined => new RegExp(`^${name}=(\\S+)$`, "m").exec(said)?.[1];
    const [api, key, controls] = [line("API"), line("KEY"), line("CONTROLS")];
    return api && key && controls ? { api, key, controls } : null;
  });
  return {
    ...given,
    async stop() {
      child.kill("SIGTERM");
      return (await gone)[0];
    },
  };
}

const createDora = ({ api, key }: Joined): Promise<Response> =>
  fetch(`${api}/v1/payees`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${key}`,
      "idempotency-key": "dora",
      "content-type": "application/json",
    },
    body: JSON.stringify({
      name: "Dora",
      payout_mode: "instant",
      destination: { asset: "ethereum:USDT", address: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8" },
    }),
  });

test("one command runs engine and sandbox joined: its three lines are all that a first order needs", async () => {
  const directory = await emptyDirectory();
  const joined = await runJoined(directory);
  expect((await createDora(joined)).status).toBe(201);
  expect(await joined.stop()).toBe(0);
  expect(await readdir(directory), "nothing of it is kept").toEqual([]);
});

async function emptyDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "spillway-sandbox-test-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A command in the directory, to its end. */
function spillway(directory: string, ...line: string[]): { out: string; said: string; code: number | null } {
  const { stdout, stderr, status } = spawnSync(process.execPath, [bin, ...line], {
    cwd: directory,
    env: quiet,
    encoding: "utf8",
  });
  return { out: stdout, said: stderr, code: status };
}

test("a world that init --sandbox sets up passes the doctor, is found again by every command, and begins anew", async () => {
  const directory = await emptyDirectory();
  const path = (name: string): string => join(directory, name);
  expect(spillway(directory, "init", "--sandbox")).toMatchObject({ code: 0, said: "" });
  expect((await readdir(directory)).toSorted()).toEqual([".env", "sandbox-data"]);
  for (const file of [".env", "sandbox-data/keys/ethereum.json"])
    expect((await stat(path(file))).mode & 0o777, file).toBe(0o600);
  const env = await readFile(path(".env"), "utf8");
  expect(spillway(directory, "init", "--sandbox")).toMatchObject({
    code: 0,
    out: expect.stringContaining("set up here already"),
  });

  const first = await runJoined(directory);
  expect(await readFile(path("sandbox-data/api.env"), "utf8")).toBe(
    `API=${first.api}\nKEY=${first.key}\nCONTROLS=${first.controls}\n`,
  );
  expect((await createDora(first)).status).toBe(201);
  const doctor = await eventually("every chain searched", () => {
    const { out, code } = spillway(directory, "doctor", "--json");
    return code === 0
      ? (JSON.parse(out) as { ok: boolean; components: { component: string; works: string }[] })
      : null;
  });
  expect(doctor.ok).toBe(true);
  // What people are told, who approves, and whether it is backed up, is for whoever plays with it to set.
  const notes = doctor.components.filter(({ works }) => works !== "yes").map(({ component }) => component);
  expect(notes.filter((component) => !/^(notices:operators|approvals|backup)$/.test(component))).toEqual([]);
  const names = (): string[] =>
    (
      JSON.parse(spillway(directory, "payees", "list", "--json").out) as { data: { name: string }[] }
    ).data.map(({ name }) => name);
  expect(spillway(directory, "sandbox", "--with-engine")).toMatchObject({
    code: 2,
    said: expect.stringMatching(
      /^spillway: Port \d+ of the sandbox is taken: it runs already, .*\(port_unavailable\)$/m,
    ),
  });
  expect(await first.stop()).toBe(0);
  expect(names(), "it can be read when nothing runs").toEqual(["Dora"]);

  // Whoever joins the directory to something else keeps the book.
  await writeFile(path(".env"), env.replace(/^CHANGENOW_API_KEY=.*$/m, "CHANGENOW_API_KEY=a-real-key"));
  expect(spillway(directory, "sandbox", "--with-engine")).toMatchObject({
    code: 2,
    said: expect.stringMatching(/^spillway: CHANGENOW_API_KEY of \.env .*\(not_a_sandbox\)$/m),
  });
  expect(names()).toEqual(["Dora"]);

  await writeFile(path(".env"), env);
  const second = await runJoined(directory);
  expect(names()).toEqual([]);
  expect((await createDora(second)).status).toBe(201);
  expect(await second.stop()).toBe(0);
});

test("init --sandbox touches no .env and no data directory that are not a sandbox's", async () => {
  const directory = await emptyDirectory();
  const env = join(directory, ".env");
  await writeFile(env, "PORT=8099\n");
  expect(spillway(directory, "init", "--sandbox")).toMatchObject({
    code: 2,
    said: expect.stringMatching(/^spillway: \.env is there, and not a sandbox's: .*\(env_exists\)$/m),
  });
  expect(await readFile(env, "utf8")).toBe("PORT=8099\n");
  await mkdir(join(directory, "sandbox-data"));
  await writeFile(join(directory, "sandbox-data/of-somebody"), "");
  expect(spillway(directory, "init", "--sandbox", "--force")).toMatchObject({
    code: 2,
    said: expect.stringMatching(/sandbox-data holds files that are not a sandbox's: .*\(not_a_sandbox\)$/m),
  });
  expect(await readFile(env, "utf8")).toBe("PORT=8099\n");
});
