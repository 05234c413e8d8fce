import type { SeedsOptions, SeedsReport } from "./run-seeds.ts";

type World = Pick<SeedsOptions, "payments" | "mood" | "chain" | "crashOneIn" | "processes">;

/** The one command that runs a world again, crash for crash. */
export function replayCommand(seed: number, { payments, mood, chain, crashOneIn, processes }: World): string {
  const words = ["npm run simulate --", `--seed ${seed}`, `--payments ${payments}`, `--faults ${mood}`];
  words.push(`--crash-one-in ${crashOneIn ?? 0}`, `--engines ${processes}`);
  if (chain !== "model") words.push(`--chain ${chain}`);
  return words.join(" ");
}

const count = (value: number): string => value.toLocaleString("en-US");

/** What many worlds came to, for a person. */
export function describeSeeds(report: SeedsReport, world: World): string {
  const { places, failing, broken } = report;
  const wrong = [
    ...failing.map(({ seed, findings }) => ({
      seed,
      lines: findings.slice(0, 10).map(({ check, detail }) => `${check}: ${detail}`),
    })),
    ...broken.map(({ seed, error }) => ({ seed, lines: [error] })),
  ];
  const shares =
    places.died === places.seen ? "every place" : `${places.seen - places.died} not reached by a crash`;
  return [
    `Worlds            ${count(report.seeds)}, ${count(report.payments)} customers, ${count(report.simulatedHours)} hours of their time`,
    `Steps             ${count(report.effects)} statements and calls, ${count(report.faults)} of the calls with a fault`,
    `Crashed at        ${count(places.died)} of ${count(places.seen)} places (${shares}), ${count(report.deaths)} times in all`,
    `Lost or doubled   ${wrong.length === 0 ? "nothing, in no world" : `something is wrong in ${wrong.length} worlds`}`,
    ...wrong
      .slice(0, 20)
      .flatMap(({ seed, lines }) => [
        "",
        `Seed ${seed}:`,
        ...lines.map((line) => `  ${line}`),
        `  Run it again: ${replayCommand(seed, world)}`,
      ]),
  ].join("\n");
}
