import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SandboxChain } from "../../sandbox/types.ts";
import { type World } from "../support/index.ts";
import {
  expectWhole,
  orderIn,
  orderIs,
  payQuote,
  paymentsOf,
  quoteIn,
  readOrder,
  startDirectWorld,
  unitsOf,
  verifiedAs,
  verify,
  type DirectOrder,
} from "./direct-orders.ts";

const everyChain = { bsc: true, solana: true, tron: true, aptos: true };

const evmHash = `0x${"ab".repeat(32)}`;

describe("telling the hash of a payment", () => {
  let world: World;
  let order: DirectOrder;
  beforeAll(async () => {
    world = await startDirectWorld(everyChain);
    order = await orderIn(world, ["ethereum:USDT", "solana:USDC", "tron:USDT", "aptos:USDT"]);
  });
  afterAll(async () => {
    await expectWhole(world);
    await world.stop();
  });

  const pasted: [string, string, (hash: string) => string][] = [
    ["the hash", "ethereum:USDT", (hash) => hash],
    ["spaces and a line break around it", "ethereum:ETH", (hash) => `  ${hash}\n`],
    ["upper case", "ethereum:USDT", (hash) => `0X${hash.slice(2).toUpperCase()}`],
    [
      "zero-width characters within it",
      "bnb-smart-chain:USDT",
      (hash) => `\u200b${hash.slice(0, 9)}\u2060${hash.slice(9)}\ufeff`,
    ],
    ["an explorer's link", "ethereum:USDT", (hash) => ` https://etherscan.io/tx/${hash}?utm=1 `],
    ["BscScan's link", "bnb-smart-chain:BNB", (hash) => `bscscan.com/tx/${hash}#eventlog`],
    ["Tronscan's link", "tron:USDT", (hash) => `https://tronscan.org/#/transaction/${hash}`],
    ["a hash of Tron's with a prefix it does not have", "tron:TRX", (hash) => `0x${hash.toUpperCase()}`],
    ["Solscan's link", "solana:USDC", (hash) => `https://solscan.io/tx/${hash}`],
    [
      "Aptos's explorer",
      "aptos:USDT",
      (hash) => `https://explorer.aptoslabs.com/txn/${hash}?network=mainnet`,
    ],
  ];

  test.concurrent.each(pasted)("§7 14: %s is taken for what it is (%s)", async (_, asset, paste) => {
    const own = await orderIn(world, [asset]);
    const { chain } = quoteIn(own, asset);
    const hash = await payQuote(world, quoteIn(own, asset));
    const claim = await verifiedAs(world, own.id, chain, paste(hash), "credited");
    expect(claim).toMatchObject({ status: "accepted", transaction_hash: hash });
    const again = await verify(world, own.id, chain, hash);
    expect(again.body).toMatchObject({ id: claim.id, status: "accepted" });
    await orderIs(world, own.id, "paid");
    expect(await paymentsOf(world, own.id)).toHaveLength(1);
  });

  const solanaSignature = "5".repeat(88);
  const wrong: [string, string, string, string, RegExp][] = [
    ["nothing", "ethereum", " \u200b ", "invalid_transaction_hash", /no transaction hash/],
    ["a word", "ethereum", "done", "invalid_transaction_hash", /64 hex digits/],
    ["too few digits", "ethereum", evmHash.slice(0, -1), "invalid_transaction_hash", /64/],
    ["letters that are no digits", "ethereum", `0x${"zz".repeat(32)}`, "invalid_transaction_hash", /64/],
    ["an address", "ethereum", `0x${"12".repeat(20)}`, "invalid_transaction_hash", /looks like an address/],
    [
      "an address of Tron's",
      "tron",
      "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8",
      "invalid_transaction_hash",
      /address/,
    ],
    ["a signature of Solana's", "ethereum", solanaSignature, "wrong_network", /solana/],
    ["a hash of another chain", "solana", evmHash, "wrong_network", /another network/],
    [
      "a link to another chain",
      "ethereum",
      `https://bscscan.com/tx/${evmHash}`,
      "wrong_network",
      /not about/,
    ],
    [
      "a link to a test network",
      "ethereum",
      `https://sepolia.etherscan.io/tx/${evmHash}`,
      "wrong_network",
      /ethereum/,
    ],
    [
      "a link to anywhere",
      "ethereum",
      `https://example.com/tx/${evmHash}`,
      "invalid_transaction_hash",
      /link/,
    ],
    ["a page of text", "aptos", "x".repeat(1_000), "invalid_transaction_hash", /too long/],
    ["a chain we do not know", "dogecoin", evmHash, "unsupported_chain", /ethereum/],
  ];

  test.each(wrong)("§7 27 32: %s (on %s) is refused with what to do, and leaves nothing", async (...row) => {
    const [, chain, text, code, says] = row;
    const { status, body } = await verify(world, order.id, chain, text);
    expect({ status, code: body.code }).toEqual({ status: 422, code });
    const detail = (body as unknown as { detail: string }).detail;
    expect(detail).toMatch(says);
    expect(detail).not.toMatch(/Error|undefined|127\.0\.0\.1|http:\/\//);
    expect((await readOrder(world, order.id)).status).toBe("open");
  });

  test("a chain on which nothing of the order's can have come is refused, and so is one of an order without chains", async () => {
    const solana = await orderIn(world, ["solana:USDC"]);
    expect((await verify(world, solana.id, "ethereum", evmHash)).body).toMatchObject({
      status: 422,
      code: "chain_not_accepted",
      detail: "This order is not paid on ethereum; it is paid on solana.",
    });
    const { orderId } = await world.order({ payees: [await world.payee()] });
    expect((await verify(world, orderId, "ethereum", evmHash)).body.code).toBe("chain_not_accepted");
  });

  test("an order that is none is refused", async () => {
    const { status, body } = await verify(world, "01890000-0000-7000-8000-000000000000", "ethereum", evmHash);
    expect({ status, code: body.code }).toMatchObject({ code: "unknown_order" });
  });

  test.concurrent("§7 15 16: the hash of somebody else's payment pays nothing, on any chain", async () => {
    const told = ["ethereum:USDT", "solana:USDC", "tron:USDT", "aptos:USDT"].map(async (asset) => {
      const paid = await orderIn(world, [asset]);
      const { chain } = quoteIn(paid, asset);
      const hash = await payQuote(world, quoteIn(paid, asset));
      await orderIs(world, paid.id, "paid");
      const claim = await verifiedAs(world, order.id, chain, hash, "already_used");
      expect(claim).toMatchObject({ status: "rejected", payments: [] });
    });
    await Promise.all(told);
    expect(await readOrder(world, order.id)).toMatchObject({ status: "open", paid_usd: "0" });
  });

  test.concurrent(
    "§7 14 15 36: the same hash told by two people, twenty times at once, pays once and only its own order",
    async () => {
      const [mine, yours] = [
        await orderIn(world, ["ethereum:USDT"]),
        await orderIn(world, ["ethereum:USDT"]),
      ];
      const hash = await payQuote(world, quoteIn(mine, "ethereum:USDT"));
      const told = Array.from({ length: 20 }, (_, n) =>
        verify(world, n % 2 === 0 ? mine.id : yours.id, "ethereum", n % 3 === 0 ? hash.toUpperCase() : hash),
      );
      const answers = await Promise.all(told);
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      expect(new Set(answers.map(({ body }) => body.id)).size).toBe(2);
      await verifiedAs(world, mine.id, "ethereum", hash, "credited");
      await verifiedAs(world, yours.id, "ethereum", hash, "already_used");
      expect(await paymentsOf(world, mine.id)).toHaveLength(1);
      expect(await paymentsOf(world, yours.id)).toEqual([]);
      expect(await readOrder(world, yours.id)).toMatchObject({ status: "open", paid_usd: "0" });
    },
  );

  const failing: [string][] = [
    ["ethereum:USDT"],
    ["bnb-smart-chain:USDT"],
    ["solana:USDC"],
    ["tron:USDT"],
    ["aptos:USDT"],
  ];
  test.concurrent.each(failing)(
    "§7 20: a transaction that failed on chain pays nothing (%s)",
    async (asset) => {
      const own = await orderIn(world, [asset]);
      const hash = await payQuote(world, quoteIn(own, asset), { fails: true });
      const claim = await verifiedAs(world, own.id, quoteIn(own, asset).chain, hash, "failed_on_chain");
      expect(claim).toMatchObject({ status: "rejected", payments: [] });
      expect(await readOrder(world, own.id)).toMatchObject({ status: "open", paid_usd: "0" });
    },
  );

  const chains: [SandboxChain, string][] = [
    ["ethereum", "ethereum:USDT"],
    ["bnb-smart-chain", "bnb-smart-chain:USDT"],
    ["solana", "solana:USDT"],
    ["tron", "tron:USDT"],
    ["aptos", "aptos:USDT"],
  ];
  test.concurrent.each(chains)(
    "§7 4 5 6 7: a token on %s that calls itself USDT is none, whatever its decimals",
    async (chain, asset) => {
      const own = await orderIn(world, [asset]);
      const { address } = quoteIn(own, asset);
      const fake = await world.sandbox.fakeUsdt(chain);
      const hash = await world.sandbox.pay({ chain, asset: fake, to: address, amount: 10n ** 15n });
      const claim = await verifiedAs(world, own.id, chain, hash, "wrong_asset");
      expect(claim).toMatchObject({ status: "rejected", payments: [] });
      expect(await readOrder(world, own.id)).toMatchObject({ status: "open", paid_usd: "0" });
      const unlisted = await world.client.get("/v1/deposits/unlisted");
      const seen = { chain, transaction_hash: claim.transaction_hash, address };
      expect(unlisted.data).toContainEqual(expect.objectContaining(seen));
    },
  );

  test.concurrent(
    "§7 8: another coin than the order accepts is neither lost nor taken for it: a person decides",
    async () => {
      const own = await orderIn(world, ["aptos:USDT"]);
      const { address } = quoteIn(own, "aptos:USDT");
      const hash = await world.sandbox.pay({
        chain: "aptos",
        asset: "APT",
        to: address,
        amount: 25n * 10n ** 8n,
      });
      const claim = await verifiedAs(world, own.id, "aptos", hash, "wrong_asset");
      expect(claim).toMatchObject({ status: "in_review", payments: [{ status: "in_review" }] });
      const listed = await world.client.get("/v1/deposits", { params: { query: { order_id: own.id } } });
      expect(listed.data).toMatchObject([
        { reason: "wrong_asset", amount: { asset: "aptos:APT", amount: "25" } },
      ]);
      expect(await readOrder(world, own.id)).toMatchObject({ status: "open", paid_usd: "0" });
    },
  );

  test.concurrent(
    "the same address on another EVM chain: the coins are seen, kept, and told from the order's own",
    async () => {
      const own = await orderIn(world, ["ethereum:USDT"]);
      const { address } = quoteIn(own, "ethereum:USDT");
      const astray = {
        chain: "bnb-smart-chain",
        asset: "USDT",
        to: address,
        amount: 25n * 10n ** 18n,
      } as const;
      const hash = await world.sandbox.pay(astray);
      const named = await verifiedAs(world, own.id, "ethereum", hash, "wrong_network");
      expect(named).toMatchObject({
        status: "rejected",
        message: expect.stringContaining("another network") as string,
      });
      const right = await verifiedAs(world, own.id, "bnb-smart-chain", hash, "wrong_chain");
      expect(right).toMatchObject({ status: "in_review", payments: [{ status: "in_review" }] });
      expect(await readOrder(world, own.id)).toMatchObject({ status: "open", paid_usd: "0" });
      await payQuote(world, quoteIn(own, "ethereum:USDT"));
      await orderIs(world, own.id, "paid");
    },
  );

  test.concurrent(
    "§7 21: leave to spend is no payment, and a transaction that paid others pays nobody here",
    async () => {
      const own = await orderIn(world, ["tron:USDT"]);
      const { address, amount } = quoteIn(own, "tron:USDT");
      const contract = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t";
      const hash = world.sandbox.tron!.approve({
        contract,
        to: address,
        amount: unitsOf({ asset: "tron:USDT", amount }),
      });
      world.sandbox.tron!.mine(20);
      await verifiedAs(world, own.id, "tron", hash, "wrong_recipient");
      const stranger = "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8";
      const other = await world.sandbox.pay({
        chain: "tron",
        asset: "USDT",
        to: stranger,
        amount: 25_000_000n,
      });
      await verifiedAs(world, own.id, "tron", other, "wrong_recipient");
      expect(await readOrder(world, own.id)).toMatchObject({ status: "open", paid_usd: "0" });
    },
  );
});
