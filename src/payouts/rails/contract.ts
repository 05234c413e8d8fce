import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  driveUntil,
  findTrouble,
  fundFloat,
  giveEarnings,
  startWorld,
  type World,
} from "../../../tests/support/index.ts";
import { inTransaction, sql, type Tx } from "../../database/index.ts";
import { newId } from "../../ids.ts";
import { createPayout } from "../create-payout.ts";
import type { Payout } from "../payout.ts";
import { attemptsOf, findPayout } from "../payout-store.ts";
import type { Offer, PayoutRail } from "./rail.ts";

interface Subject {
  readonly rail: PayoutRail;
  /** Where a payee wants to be paid, so that this is the rail for a balance of ethereum:USDT. */
  readonly destination: { readonly asset: string; readonly address: string; readonly memo?: string };
  /** A payout of it that cannot start, and why: one from a chain without a wallet, unless given. */
  readonly obstacle?: { readonly of: (payout: Payout) => Payout; readonly reason: string };
  /** What must happen to an attempt just started before a person can take it back, if anything must. */
  makeCancellable(tx: Tx, attemptId: string): Promise<void>;
}

const USDT = "ethereum:USDT";
const amount = 50_000_000n;
const why = { cause: { kind: "operator", ref: "test" }, now: new Date("2026-01-01T00:00:00Z") } as const;

/** What every rail promises, on real chains and the sandbox's providers. */
export function describeRail(subject: Subject): void {
  const { rail, destination } = subject;
  describe(`the rail "${rail.name}"`, () => {
    let world: World;
    beforeAll(async () => {
      world = await startWorld({
        worker: false,
        sandbox: { blocks: "automine", swapStepMs: 10, paymentStepMs: 1, bank: true },
        env: { TRANSFER_POLL_MS: "60000", SWAP_POLL_MS: "60000" },
      });
    });
    beforeAll(() => fundFloat(world, 10_000_000_000n));
    afterAll(() => world.stop());

    const quote = (asset = USDT) =>
      rail.quote(
        world.engine.payouts,
        { money: { asset, amount }, destinationAsset: destination.asset },
        AbortSignal.timeout(20_000),
      );
    const offered = async (): Promise<Offer> => {
      const found = await quote();
      if (found.kind === "none") throw new Error(`no offer: ${found.reason}`);
      return found;
    };
    /** A payout that holds its payee's money, and has no attempt yet. */
    async function approved(): Promise<Payout> {
      const payeeId = await world.payee({ mode: "instant", destination });
      await giveEarnings(world, USDT, [{ payeeId, amount, route: "instant" }]);
      const id = await createPayout(world.engine.payouts, {
        payeeId,
        kind: "instant",
        asset: USDT,
        offer: await offered(),
        destinationAsset: destination.asset,
        least: 1n,
        most: null,
        requestedBy: "test",
      });
      return (await findPayout(world.engine.db, id!))!;
    }
    const sendsOf = async (tx: Tx, attemptId: string): Promise<number> => {
      const { rows } = await sql`
        select from transfer where purpose = 'payout_attempt' and purpose_id = ${attemptId}
        union all select from bank_transfer where purpose = 'payout_attempt' and purpose_id = ${attemptId}
        union all select from swap where purpose = 'payout_attempt' and purpose_id = ${attemptId}`.execute(
        tx,
      );
      return rows.length;
    };
    /** Nothing of what is tried stays. */
    async function trying(work: (tx: Tx) => Promise<void>): Promise<void> {
      const undone = new Error("undone");
      await expect(
        inTransaction(world.engine.db, async (tx) => {
          await work(tx);
          throw undone;
        }),
      ).rejects.toBe(undone);
    }

    test("serves its pair, and its offer names it and moves nothing", async () => {
      expect(rail.serves({ asset: USDT, destinationAsset: destination.asset })).toBe(true);
      const before = await findTrouble(world);
      expect((await offered()).route).toBe(rail.name);
      expect(await findTrouble(world)).toEqual(before);
    });

    test("an attempt for which nothing was started reached nobody, for certain, and cannot be taken back", async () => {
      const payout = await approved();
      await trying(async (tx) => {
        const attempt = { id: newId(), payout };
        expect(await rail.look(tx, attempt)).toMatchObject({ state: { kind: "again" }, cancellable: false });
        expect(await rail.cancel(tx, attempt.id, why)).toBe(false);
      });
    });

    test("what is started sends once; taken back, it is certain that nothing reaches the payee", async () => {
      const payout = await approved();
      const offer = await offered();
      await trying(async (tx) => {
        const attempt = { id: newId(), payout };
        expect(await offer.start(tx, { ...attempt, now: why.now })).toBeNull();
        expect(await sendsOf(tx, attempt.id)).toBe(1);
        expect((await rail.look(tx, attempt)).state).toEqual({ kind: "live" });
        await subject.makeCancellable(tx, attempt.id);
        expect((await rail.look(tx, attempt)).cancellable).toBe(true);
        expect(await rail.cancel(tx, attempt.id, why)).toBe(true);
        expect(["again", "failed"]).toContain((await rail.look(tx, attempt)).state.kind);
      });
    });

    test("where it cannot start nothing is started, and the reason is said", async () => {
      const withoutWallet = { of: (one: Payout) => ({ ...one, asset: "tron:USDT" }), reason: "no_wallet" };
      const { of, reason } = subject.obstacle ?? withoutWallet;
      const payout = of(await approved());
      const offer = await offered();
      await trying(async (tx) => {
        const attempt = { id: newId(), payout, now: why.now };
        expect(await offer.start(tx, attempt)).toBe(reason);
        expect(await sendsOf(tx, attempt.id)).toBe(0);
      });
    });

    test("delivered, it tells the hash and the amount, and nobody can take it back any more", async () => {
      const { id } = await approved();
      const payout = await driveUntil(world, "completed", async () => {
        const found = await findPayout(world.engine.db, id);
        return found?.status === "completed" ? found : null;
      });
      const [attempt] = await attemptsOf(world.engine.db, id);
      expect(attempt).toMatchObject({ route: rail.name, status: "succeeded" });
      const sight = await rail.look(world.engine.db, { id: attempt!.id, payout });
      expect(sight).toEqual({
        state: {
          kind: "completed",
          afterLoss: false,
          hash: payout.transaction_hash,
          delivered: payout.delivered_amount,
        },
        cancellable: false,
      });
      expect(payout.transaction_hash).not.toBe("");
      await trying(async (tx) => expect(await rail.cancel(tx, attempt!.id, why)).toBe(false));
      expect(await findTrouble(world)).toEqual([]);
    });
  });
}
