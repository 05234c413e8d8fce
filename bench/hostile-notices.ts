import { randomBytes } from "node:crypto";
import { setStage, type Effort } from "./booking.ts";
import { answerOf, startChild } from "./child.ts";
import type { BenchServer } from "./database.ts";
import { hostileBodies } from "./hostile-bodies.ts";
import type { Load } from "./http-load.ts";
import type { Holds } from "./intake-server.ts";
import type { Measured } from "./measure.ts";
import { createFigures, type Report } from "./report.ts";

const path = "/webhooks/nowpayments";
const perSecond = 500;
const mostHeld = "five milliseconds";
const alone = "honest notices alone";
const beside = "honest notices beside as many hostile ones";
const held = (kind: string): string => `longest hold: ${kind}`;

/**
 * How long bodies of strangers hold the event loop, and what they do to honest notices that come meanwhile. Each hostile body is sent
 * `rounds` times, alone and one after the other: the least of its holds is the body's own, the rest is the machine's.
 */
export async function benchHostileNotices(server: BenchServer, effort: Effort): Promise<Report> {
  effort.progress("hostile-notices: preparing");
  const { database } = await setStage(server);
  const secret = randomBytes(16).toString("hex");
  const service = startChild("intake-server.ts", [database.url, secret]);
  const honest = startChild("http-load.ts", []);
  const hostile = startChild("http-load.ts", []);
  const figures = createFigures();
  const leastHolds = new Map<string, number>();
  try {
    const { port } = await answerOf<{ port: number }>(service);
    const seconds = effort.seconds * 2; // a thousand of each kind, unless asked otherwise
    const send = (child: typeof honest, load: Partial<Load>): Promise<Measured> => {
      const answer = answerOf<Measured>(child);
      const usual = { port, path, secret, connections: 16, seconds, perSecond };
      child.send({ ...usual, ...load } satisfies Load);
      return answer;
    };
    const recordHonest = (row: string, { p50, p99 }: Measured): void => {
      figures.record(`${row}, p50`, "ms", p50);
      figures.record(`${row}, p99`, "ms", p99);
    };
    await send(honest, {});
    await send(hostile, { hostile: true });
    for (let round = 1; round <= effort.rounds; round++) {
      effort.progress(`hostile-notices: round ${round} of ${effort.rounds}`);
      service.send("watch");
      await send(hostile, { hostile: true, connections: 1, perSecond: perSecond / 2, seconds: seconds * 2 });
      const holds = answerOf<Holds>(service);
      service.send("tell");
      for (const [body, ms] of Object.entries((await holds).holds))
        leastHolds.set(body, Math.min(ms, leastHolds.get(body) ?? Infinity));
      recordHonest(alone, await send(honest, {}));
      const [measured] = await Promise.all([send(honest, {}), send(hostile, { hostile: true })]);
      recordHonest(beside, measured);
    }
  } finally {
    for (const child of [service, honest, hostile]) child.kill();
    await database.close();
  }
  const kinds = Object.keys(hostileBodies);
  figures.record(mostHeld, "ms", 5);
  for (const kind of kinds) {
    const own = [...leastHolds].flatMap(([body, ms]) =>
      body.startsWith(`${kinds.indexOf(kind)}.`) ? [ms] : [],
    );
    if (own.length > 0) figures.record(held(kind), "ms", Math.max(...own));
  }
  return figures.report([
    ...kinds.map((kind) => ({ row: held(kind), limit: mostHeld, goal: 1, goalName: "at most 5 ms" })),
    ...["p50", "p99"].map((share) => ({ row: `${beside}, ${share}`, limit: `${alone}, ${share}` })),
  ]);
}
