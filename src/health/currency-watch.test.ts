import { afterAll, beforeAll, expect, test } from "vitest";
import { startSandbox } from "../../sandbox/start-sandbox.ts";
import type { Sandbox } from "../../sandbox/types.ts";
import { manualClock } from "../clock.ts";
import { registry } from "../money/index.ts";
import { createChangenow } from "../providers/changenow/index.ts";
import { createNowpayments } from "../providers/nowpayments/index.ts";
import { createSimpleswap } from "../providers/simpleswap/index.ts";
import { createLogger } from "../telemetry/index.ts";
import { watchCurrencies } from "./index.ts";

type Provider = "nowpayments" | "changenow" | "simpleswap";
const paths = {
  nowpayments: "/full-currencies",
  changenow: "/exchange/currencies",
  simpleswap: "/currencies",
} as const;

let world: Sandbox;
beforeAll(async () => {
  world = await startSandbox({ blocks: "automine", simpleswap: true });
});
afterAll(async () => {
  expect(world.failures).toEqual([]);
  await world.stop();
});

function open() {
  const clock = manualClock(new Date("2026-11-21T10:00:00.000Z"));
  const lines: Record<string, unknown>[] = [];
  const log = createLogger({
    level: "info",
    destination: { write: (line) => void lines.push(JSON.parse(line) as (typeof lines)[number]) },
  });
  const shared = { registry, clock };
  const at = (name: string) => ({
    baseUrl: world.env[`${name}_BASE_URL`]!,
    apiKey: world.env[`${name}_API_KEY`]!,
  });
  const providers = [
    createNowpayments({
      ...at("NOWPAYMENTS"),
      ipnSecret: world.env["NOWPAYMENTS_IPN_SECRET"]!,
      ...shared,
    }),
    createChangenow({ ...at("CHANGENOW"), ...shared }),
    createSimpleswap({ ...at("SIMPLESWAP"), ...shared }),
  ];
  const watch = watchCurrencies({ providers, log });
  const say = (provider: Provider): string => watch.found(provider).detail;
  const look = async (): Promise<string[]> => {
    const before = lines.length;
    clock.advance(3_600_001); // lists are kept for an hour
    await watch.look();
    return lines.slice(before).map(({ level, provider, msg }) => `${level} ${provider}: ${msg}`);
  };
  return { look, say, lines };
}

/** The provider's own list, as the sandbox words it, with one thing in it written otherwise. */
async function nextList(provider: Provider, from: RegExp, to: string): Promise<void> {
  const name = provider.toUpperCase();
  const answer = await fetch(`${world.env[`${name}_BASE_URL`]}${paths[provider]}`, {
    headers: {
      "x-api-key": world.env[`${name}_API_KEY`]!,
      "x-changenow-api-key": world.env[`${name}_API_KEY`]!,
    },
  });
  const text = await answer.text();
  const changed = text.replace(from, to);
  expect(changed).not.toBe(text);
  const body = JSON.parse(changed) as object;
  world.faults.next(provider, { kind: "http", status: 200, body, match: { path: paths[provider] } });
}

test("lists that name all our assets are told in readiness, and write nothing", async () => {
  const { look, say } = open();
  expect(say("changenow")).toBe("its list was not read yet");
  expect(await look()).toEqual([]);
  for (const provider of ["nowpayments", "changenow", "simpleswap"] as const)
    expect(say(provider)).toBe("its list names all our assets");
});

test.each<[Provider, RegExp, string, string]>([
  [
    "nowpayments",
    /"code":"MATICMAINNET"/,
    '"code":"POLMAINNET"',
    "polygon-pos:POL is no longer listed as maticmainnet, which is likely polmainnet now",
  ],
  [
    "nowpayments",
    /"code":"USDTERC20","name":"USDT","enable":true/,
    '"code":"USDTERC20","name":"USDT","enable":false',
    "ethereum:USDT is no longer listed as usdterc20",
  ],
  [
    "changenow",
    /"ticker":"matic"/,
    '"ticker":"pol"',
    "polygon-pos:POL is no longer listed as matic/matic, which is likely pol/matic now",
  ],
  [
    "changenow",
    /0xdAC17F958D2ee523a2206206994597C13D831ec7/i,
    "0x6982508145454Ce325dDbE47a25d4ec3d2311933",
    "usdt/eth is no longer ethereum:USDT",
  ],
  [
    "simpleswap",
    /"ticker":"pol"/,
    '"ticker":"matic"',
    "polygon-pos:POL is no longer listed as pol/matic, which is likely matic/matic now",
  ],
])("%s renames a currency (%s): a warning once, and in readiness until it is mended", async (...given) => {
  const [provider, from, to, sentence] = given;
  const { look, say, lines } = open();
  await look();
  await nextList(provider, from, to);
  expect(await look()).toEqual([`warn ${provider}: a provider renamed currencies`]);
  expect(lines.at(-1)).toMatchObject({ changes: [sentence] });
  expect(say(provider)).toContain(`${sentence}. What we ask in them it refuses`);
  await nextList(provider, from, to);
  expect(await look(), "the same again is no news").toEqual([]);
  expect(say(provider)).toContain(sentence);
  expect(await look()).toEqual([`info ${provider}: a provider's list names all our assets again`]);
  expect(say(provider)).toBe("its list names all our assets");
});

test("a list that is out of reach changes nothing of what was found, and hides no other provider's", async () => {
  const { look, say } = open();
  await look();
  world.faults.outage("nowpayments");
  try {
    await nextList("changenow", /"ticker":"matic"/, '"ticker":"pol"');
    await look();
    expect(say("nowpayments")).toBe("its list names all our assets");
    expect(say("changenow")).toContain("likely pol/matic");
  } finally {
    world.faults.heal();
  }
});
