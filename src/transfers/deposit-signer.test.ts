import { beforeAll, describe, expect, test } from "vitest";
import { inTransaction, sql } from "../database/index.ts";
import { newId } from "../ids.ts";
import type { TransferDeps } from "./deps.ts";
import { getWallet, planTransfer, registerDepositWallets, type Wallet } from "./index.ts";
import { startWorld, type World } from "./testing/world.ts";
import { rowJob } from "../jobs/index.ts";

let world: World;
let wallet: Wallet;
let other: Awaited<ReturnType<World["addWallet"]>>;
let own: Awaited<ReturnType<World["addWallet"]>>;
beforeAll(async () => {
  world = await startWorld();
  [own, other] = [await world.addWallet(), await world.addWallet()];
  await sql`update wallet set kind = 'deposit', derivation_index = 7 where id = ${own.wallet.id}`.execute(
    world.database.db,
  );
  wallet = { ...own.wallet, kind: "deposit", derivation_index: 7 };
  await world.fund("ethereum:ETH", 10n ** 16n, wallet);
});

const native = "ethereum:ETH";
const withSigner = (depositSigner: TransferDeps["depositSigner"]): TransferDeps => ({
  ...world.deps,
  ...(depositSigner && { depositSigner }),
});
/** A native send of nearly everything that lies at the payer's address. */
const plan = () => world.plan({ asset: native, amount: 9n * 10n ** 15n, walletId: wallet.id });

describe("what leaves a payer's address", () => {
  test("is signed by the key at its place in the seed and by no other; without that key it waits", async () => {
    const id = await plan();
    for (const deps of [world.deps, withSigner(() => undefined), withSigner(() => other.signer)]) {
      await world.run(id, deps);
      expect(await world.get(id)).toMatchObject({ status: "planned", waiting_reason: "signer_missing" });
    }
    const asked: unknown[] = [];
    const deps = withSigner((...at) => {
      asked.push(at);
      return own.signer;
    });
    await world.run(id, deps);
    expect((await world.get(id)).slot_number).toBe(0n);
    expect(asked[0]).toEqual(["ethereum", 7]);
    for (let round = 0; round < 5; round += 1) {
      await world.anvil.mine(3);
      world.clock.advance(1_000);
      await world.run(id, deps);
    }
    expect((await world.get(id)).status).toBe("final");
  });

  test("is held back by no reserve and no limit of the hot wallet's, which still hold for that one", async () => {
    await world.fund(native, 10n ** 16n, wallet);
    world.limits.gasReserve.set(native, 5n * 10n ** 15n);
    world.limits.perTransfer.set(native, 10n ** 15n);
    const id = await plan();
    await world.run(
      id,
      withSigner(() => own.signer),
    );
    expect((await world.get(id)).slot_number).toBe(1n);
    await world.fund(native, 10n ** 16n);
    const large = await world.plan({ asset: native, amount: 2n * 10n ** 15n });
    await world.run(large);
    expect(await world.get(large)).toMatchObject({ waiting_reason: "above_transfer_limit" });
    world.limits.perTransfer.clear();
    const reserve = await world.plan({ asset: native, amount: 9n * 10n ** 15n });
    await world.run(reserve);
    expect(await world.get(reserve)).toMatchObject({ waiting_reason: "below_gas_reserve" });
  });

  test("is never sent for a purpose whose owner does not want it", async () => {
    const id = await inTransaction(world.database.db, (tx) =>
      planTransfer(tx, {
        walletId: wallet.id,
        purpose: "sweep",
        purposeId: newId(),
        money: { asset: native, amount: 1n },
        toAddress: world.wallet.address,
        debitAccount: "suspense:test",
        doneTask: rowJob("payments.advance_sweep"),
        correlationId: "test",
        now: world.clock.now(),
      }),
    );
    await world.run(
      id,
      withSigner(() => own.signer),
    );
    expect(await world.get(id)).toMatchObject({ slot: null, waiting_reason: "not_authorised" });
  });

  test("an address that was registered before stays what it was", async () => {
    const again = await inTransaction(world.database.db, (tx) =>
      registerDepositWallets(
        tx,
        "ethereum",
        [{ address: world.wallet.address, derivationIndex: 1 }],
        world.clock.now(),
      ),
    );
    const { id } = world.wallet;
    expect(again.get(world.wallet.address)).toMatchObject({ id, kind: "hot" });
    expect(await getWallet(world.database.db, id)).toMatchObject({ kind: "hot", derivation_index: null });
  });
});
