import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Schemas } from "../../client/index.ts";
import { balanceAt } from "../../src/ledger/index.ts";
import { formatUnits, parseUnits, registry } from "../../src/money/index.ts";
import { readStatement, readStatements } from "../../src/statements/index.ts";
import { systemClock } from "../../src/clock.ts";
import { answerTo, driveUntil, giveEarnings, startWorld, type World } from "../support/index.ts";

const ETH = "ethereum:ETH";
const USDT = "ethereum:USDT";
type Statement = Schemas["Statement"];
const places = ["pending", "available", "held", "recoverable"] as const;

/** Earned in one coin, converted, paid; and one who is paid nothing yet, whose name is a formula and markup. */
describe("statements", () => {
  let world: World;
  let paid: string;
  let waiting: string;
  beforeAll(async () => {
    world = await startWorld({ worker: false, sandbox: { blocks: "automine", swapStepMs: 5 } });
    paid = await world.payee({ threshold: "10" });
    waiting = await world.payee({ threshold: "5000", name: "=cmd|'/c calc'!A1 <script>alert(1)</script>" });
    await giveEarnings(world, ETH, [
      { payeeId: paid, amount: 20_000_000_000_000_003n },
      { payeeId: waiting, amount: 10_000_000_000_000_001n },
    ]);
    await world.client.post("/v1/conversion-checks", { body: {} });
    await driveUntil(world, "paid", async () => {
      await world.client.post("/v1/payout-plans");
      const { data } = await world.client.get("/v1/payouts");
      return data.length === 1 && data[0]!.status === "completed" ? data[0] : null;
    });
  });
  afterAll(() => world.stop());

  const statementOf = (id: string, query: { from?: string; to?: string } = {}): Promise<Statement> =>
    world.client.get("/v1/payees/{id}/statement", { params: { path: { id }, query } });
  const written = async (id: string, accept: string): Promise<string> => {
    const response = await fetch(`${world.engine.url}/v1/payees/${id}/statement`, {
      headers: { authorization: `Bearer ${world.apiKey}`, accept },
    });
    expect(response.headers.get("content-type")).toContain(accept);
    return response.text();
  };

  test("says what was earned, converted and paid, each with where it came from or went", async () => {
    const { assets } = await statementOf(paid);
    expect(assets.map(({ asset }) => asset)).toEqual([ETH, USDT]);
    const lines = assets.flatMap(({ movements }) => movements);
    expect(lines.map(({ reason }) => reason)).toEqual([
      "payment_settled",
      "conversion_claimed",
      "conversion_distributed",
      "payout_held",
      "transfer_final",
    ]);
    expect(lines.map(({ about }) => about?.kind)).toEqual([
      "earning",
      "conversion",
      "conversion",
      "payout",
      "payout",
    ]);
    const payout = lines.at(-1)!.about as Extract<
      Statement["assets"][0]["movements"][0]["about"],
      { kind: "payout" }
    >;
    expect(payout.transaction_hash).toMatch(/^0x[0-9a-f]{64}$/);
    expect(payout).toMatchObject({ status: "completed", rate: "1" });
    const conversion = lines[1]!.about as Extract<
      typeof payout | { kind: "conversion"; rate: string; delivery_hashes: string[] },
      { kind: "conversion" }
    >;
    expect(Number.parseFloat(conversion.rate)).toBeGreaterThan(2_000);
    expect(conversion.delivery_hashes).toHaveLength(1);
    for (const { closing } of assets) expect(new Set(Object.values(closing))).toEqual(new Set(["0"]));
  });

  test("closes to the ledger at every cut, and the parts of a cut period join", async () => {
    for (const id of [paid, waiting]) {
      const whole = await statementOf(id);
      const cuts = whole.assets.flatMap(({ movements }) => movements.map(({ at }) => at));
      expect(cuts.length).toBeGreaterThan(2);
      for (const cut of cuts) {
        const until = await readStatement(
          world.engine.db,
          id,
          { from: new Date(0), to: new Date(cut) },
          systemClock.now(),
        );
        const since = await statementOf(id, { from: cut });
        for (const { asset, closing } of until.assets) {
          const { decimals } = registry.get(asset);
          for (const place of places) {
            const booked = await balanceAt(world.engine.db, `payee:${id}:${place}`, asset, new Date(cut));
            expect(closing[place]).toBe(formatUnits(booked, decimals));
          }
          const next = since.assets.find((one) => one.asset === asset);
          if (next) expect(next.opening).toEqual(closing);
        }
        for (const { asset, opening, movements, closing } of since.assets)
          for (const place of places) {
            const { decimals } = registry.get(asset);
            const sum = movements.reduce(
              (total, one) => total + signed(one[place], decimals),
              signed(opening[place], decimals),
            );
            expect(formatUnits(sum, decimals)).toBe(closing[place]);
          }
      }
    }
  });

  test("all payees' statements are read one after the other", async () => {
    const ids: string[] = [];
    const now = systemClock.now();
    for await (const statement of readStatements(world.engine.db, { from: new Date(0), to: now }, now))
      ids.push(statement.payee_id);
    expect(ids).toEqual([paid, waiting].toSorted());
  });

  test("the table begins no cell like a formula, and the page shows markup as text", async () => {
    const table = await written(paid, "text/csv");
    const rows = table.trimEnd().split("\r\n");
    expect(rows).toHaveLength(1 + 2 * 2 + 5);
    expect(rows[0]).toMatch(/^payee_id,asset,at,line,pending,available,held,recoverable,/);
    for (const cell of table.split(/,|\r\n/)) expect(cell).not.toMatch(/^[=+@]|^-(?![\d.]+$)/);
    const page = await written(waiting, "text/html");
    expect(page).toContain("&lt;script&gt;");
    expect(page).not.toContain("<script>");
    expect(page).toContain("Closing balance");
  });

  test("a period that is none, and a payee who is nobody, are refused", async () => {
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    for (const query of [{ to: tomorrow }, { from: "2026-11-02T00:00:00Z", to: "2026-11-01T00:00:00Z" }])
      expect(await answerTo(statementOf(paid, query))).toMatchObject({
        status: 422,
        body: { code: "period_invalid" },
      });
    expect(await answerTo(statementOf("01900000-0000-7000-8000-000000000000"))).toMatchObject({
      status: 404,
    });
  });
});

/** Units of an amount that may be below zero. */
const signed = (text: string, decimals: number): bigint =>
  text.startsWith("-") ? -parseUnits(text.slice(1), decimals) : parseUnits(text, decimals);
