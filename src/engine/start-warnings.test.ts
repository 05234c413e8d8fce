import { afterEach, expect, test } from "vitest";
import { eventually, startWorld, type World } from "../../tests/support/index.ts";
import type { Config } from "../config/index.ts";
import { createLogger } from "../telemetry/index.ts";
import { warnAtStart } from "./start-warnings.ts";

let world: World;
afterEach(() => world.stop());

interface Warning {
  readonly level: string;
  readonly msg: string;
  readonly address?: string;
  readonly asset?: string;
}

/** What an engine of this world says as it starts, with a configuration that differs by `change`, until it says `last`. */
async function warned(change: Partial<Config>, last: RegExp, embedded = false): Promise<Warning[]> {
  const lines: Warning[] = [];
  const log = createLogger({
    level: "warn",
    destination: { write: (line) => void lines.push(JSON.parse(line) as Warning) },
  });
  const stop = warnAtStart({ ...world.engine, log, config: { ...world.engine.config, ...change } }, embedded);
  await eventually(String(last), () => lines.some(({ msg }) => last.test(msg)));
  await stop();
  return lines;
}

test("a start warns of what will hurt: no way to us, no seed, no gas, and real money in the embedded database", async () => {
  world = await startWorld({ float: 0n });
  const { keystore, evm } = world.engine.config;
  const gas = /want of network fees/;
  const all = await warned(
    {
      publicUrl: null,
      keystore: { ...keystore, depositPath: "/nowhere/deposits.json" },
      evm: new Map([["ethereum", { ...evm.get("ethereum")!, chainId: 1, rpcUrls: ["https://eth.example"] }]]),
    },
    gas,
    true,
  );
  expect(all.map(({ level, msg }) => [level, msg])).toEqual([
    ["warn", expect.stringMatching(/^PUBLIC_URL is empty: /)],
    ["warn", expect.stringMatching(/^there is no deposit seed: .*`spillway keys create-seed` makes one$/)],
    ["warn", expect.stringMatching(/^The embedded PostgreSQL \d+.* move to a server/)],
    ["warn", expect.stringMatching(gas)],
  ]);
  expect(all.at(-1)).toMatchObject({ address: world.wallet, asset: "ethereum:ETH" });

  // In a world of its own the embedded database is where it belongs.
  const sandbox = await warned({ publicUrl: "https://pay.example" }, gas, true);
  expect(sandbox.filter(({ msg }) => /PUBLIC_URL|embedded/.test(msg))).toEqual([]);
});
