import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { freshDatabase } from "../tests/support/index.ts";
import { foreignChains, startEngineOnce } from "./start-engine.ts";

/** Every file that the started engine loaded, as the platform itself saw it. */
async function loadedBy(environment: Readonly<Record<string, string>>): Promise<string[]> {
  const directory = await mkdtemp(join(tmpdir(), "spillway-start-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const coverage = join(directory, "loaded");
  const { url: databaseUrl } = await freshDatabase();
  await startEngineOnce({
    databaseUrl,
    directory,
    environment: { ...environment, NODE_V8_COVERAGE: coverage, SPILLWAY_FROM_SOURCES: "1" },
  });
  const documents = await Promise.all(
    (await readdir(coverage)).map((file) => readFile(join(coverage, file), "utf8")),
  );
  return documents.flatMap((text) =>
    (JSON.parse(text) as { result: { url: string }[] }).result.map(({ url }) => url),
  );
}

/** A process that tells what it loads starts slowly, and a busy machine makes that worse. */
const timeout = 90_000;

/** What only those need who take payments on these chains. */
const foreign = {
  Solana: /\/src\/chains\/solana\//,
  "Solana's kit": /\/node_modules\/@solana\//,
  Tron: /\/src\/chains\/tron\//,
  Aptos: /\/src\/chains\/aptos\//,
};

const foreignIn = (urls: readonly string[]): string[] =>
  Object.entries(foreign).flatMap(([name, pattern]) => (urls.some((url) => pattern.test(url)) ? [name] : []));

test("an engine with EVM chains alone loads nothing of the other families", { timeout }, async () => {
  const loaded = await loadedBy({});
  expect(loaded.filter((url) => url.includes("/src/chains/evm/")).length).toBeGreaterThan(5);
  expect(foreignIn(loaded)).toEqual([]);
});

test("an engine with all chains loads them", { timeout }, async () => {
  expect(foreignIn(await loadedBy(foreignChains))).toEqual(Object.keys(foreign));
});
