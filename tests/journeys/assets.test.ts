import { afterAll, beforeAll, expect, test } from "vitest";
import { registerWallet } from "../../src/transfers/index.ts";
import { startWholeApi, type WholeApi } from "../support/index.ts";

interface Assets {
  readonly settlement_asset: string;
  readonly minimums: Record<string, string>;
  readonly data: {
    readonly id: string;
    readonly accept: { readonly offered: boolean; readonly reason: string | null };
    readonly pay_out: { readonly route: string | null; readonly reason: string | null };
  }[];
}

let api: WholeApi;
beforeAll(async () => {
  api = await startWholeApi();
});
afterAll(() => api.stop());

const rows = async () =>
  Object.fromEntries(
    (await api.send<Assets>("GET", "/v1/assets")).body.data.map(({ id, accept, pay_out: payOut }) => [
      id,
      [accept.reason ?? "accepted", payOut.reason ?? payOut.route],
    ]),
  );

test("what is offered, for what, and why not", async () => {
  const { body } = await api.send<Assets>("GET", "/v1/assets");
  expect(body.settlement_asset).toBe("ethereum:USDT");
  expect(body.minimums).toEqual({ payment_usd: "0.1", conversion_usd: "20", instant_payout_usd: "1" });
  expect(await rows()).toMatchObject({ "ethereum:USDT": ["accepted", "no_wallet"] });
  const address = "0x52908400098527886E0F7030069857D2E4169EE7";
  await registerWallet(api.db, { chain: "ethereum", address, now: api.clock.now() });
  expect(await rows()).toMatchObject({
    "ethereum:USDT": ["accepted", "direct"],
    "ethereum:ETH": ["accepted", "swap"],
    "solana:USDC": ["no_chain", "swap"],
  });
  expect(body.data.filter(({ accept }) => accept.reason === "not_offered").length).toBeGreaterThan(0);
});

test("an order is refused what this page does not offer, and for the same reason", async () => {
  const payee = await api.send<{ id: string }>("POST", "/v1/payees", {
    name: "Ada",
    destination: { asset: "ethereum:USDT", address: "0x8617E340B3D01FA5F11F306F4090FD50E238070D" },
  });
  const refused = await api.send("POST", "/v1/orders", {
    price_usd: "5",
    accept_assets: ["solana:USDC"],
    splits: [{ payee_id: payee.body.id, share_bps: 10_000 }],
  });
  const { data } = (await api.send<Assets>("GET", "/v1/assets")).body;
  const { accept } = data.find(({ id }) => id === "solana:USDC") as unknown as {
    accept: { because: string };
  };
  expect(refused.body).toMatchObject({ status: 422, code: "asset_not_accepted" });
  expect(refused.body["detail"]).toContain(accept.because);
});
