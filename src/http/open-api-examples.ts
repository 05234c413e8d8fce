const order = "019e6f3a-1c00-7a10-8b5e-2f6d8c1e4a01";
const payment = "019e6f3a-9d40-7c22-9f01-6b2a7d3c5e02";
const payee = "019e6f30-0000-7b33-a2c4-1d8e9f7a6b03";
const earning = "019e6f3b-2280-7d44-8c15-3e9f0a8b7c04";
const conversion = "019e6f48-b5c0-7e55-9d26-4f0a1b9c8d05";
const payout = "019e6f4c-1f80-7f66-ae37-5a1b2c0d9e06";
const deposit = "019e6f3a-8f00-7177-8f48-6b2c3d1e0f07";
const address = "0x52908400098527886E0F7030069857D2E4169EE7";
const hash = "0x88df016429689c079f3b2f6ad39fa052532c56795b733da78a91ebe6a713944b";
const usdt = (amount: string) => ({ asset: "ethereum:USDT", amount });

const anOrder = {
  id: order,
  external_id: "cart-1042",
  purpose: "payment",
  description: "Course for beginners",
  price_usd: "25",
  paid_usd: "25",
  remaining_usd: "0",
  accepted_short_usd: null,
  status: "paid",
  splits: [{ payee_id: payee, share_bps: 10_000, fee_bps: null }],
  fee: { bps: 300, fixed: null },
  tolerance_bps: 100,
  processor: "nowpayments",
  checkout_status: "ready",
  checkout_url: "https://nowpayments.io/payment/?iid=5077125051",
  checkout_error: null,
  metadata: { cart: "1042" },
  expires_at: "2026-11-22T10:00:00.000Z",
  cancelled_at: null,
  created_at: "2026-11-21T10:00:00.000Z",
};

const aPayee = {
  id: payee,
  external_id: "author-7",
  name: "Ada",
  payout_mode: "threshold",
  destination: { asset: "ethereum:USDT", address, memo: null },
  destination_changed_at: null,
  fee_bps: null,
  payout_threshold: usdt("50"),
  contact: { channel: "email", address: "ada@author.example" },
  status: "active",
  metadata: {},
  created_at: "2026-11-20T09:00:00.000Z",
};

const aPayment = {
  id: payment,
  processor: "nowpayments",
  external_id: "5745459419",
  part: 0,
  parent_external_id: null,
  order_id: order,
  status: "settled",
  review_reason: null,
  processor_status: "finished",
  invoiced: { currency: "usd", amount: "25" },
  paid: { currency: "usdterc20", amount: "25" },
  paid_usd: "25",
  settled: usdt("24.5"),
  platform_fee: usdt("0.735"),
  settled_usd: "24.5",
  settled_at: "2026-11-21T10:06:00.000Z",
  arrival: "seen",
  settlement_hash: hash,
  created_at: "2026-11-21T10:01:00.000Z",
  updated_at: "2026-11-21T10:06:00.000Z",
};

const anEarning = {
  id: earning,
  payee_id: payee,
  status: "available",
  route: "threshold",
  share: usdt("23.765"),
  available: usdt("23.765"),
  conversion_id: null,
  payout_id: null,
};

const aConversion = {
  id: conversion,
  source: { asset: "ethereum:ETH", amount: "0.5" },
  target_asset: "ethereum:USDT",
  target: usdt("1512.204311"),
  weights: "source_amount",
  status: "distributed",
  trigger: "minimum_value",
  settings_version: 0,
  created_at: "2026-11-21T11:00:00.000Z",
  distributed_at: "2026-11-21T11:14:00.000Z",
};

const aPayout = {
  id: payout,
  payee_id: payee,
  kind: "threshold",
  amount: usdt("50.25"),
  destination: aPayee.destination,
  route: "direct",
  status: "completed",
  review_reason: null,
  end_reason: null,
  usd: "50.25",
  least_net: usdt("49.99"),
  delivered: usdt("50.25"),
  transaction_hash: hash,
  requested_by: "system",
  metadata: {},
  created_at: "2026-11-21T12:00:00.000Z",
  completed_at: "2026-11-21T12:04:00.000Z",
};

/** One of each of the main things, by the name of its schema: an order, its payment, and the way of the money from there. */
export const examples: Readonly<Record<string, unknown>> = {
  Order: anOrder,
  OrderWithQuotes: {
    ...anOrder,
    status: "open",
    paid_usd: "0",
    remaining_usd: "25",
    overpaid: [],
    refund_status: "none",
    refunded_usd: "0",
    overpaid_usd: "0",
    direct_payment: [
      {
        asset: "ethereum:USDT",
        amount: "25.010005",
        chain: "ethereum",
        address,
        exact_amount: false,
        remaining: "25.010005",
        expires_at: "2026-11-21T11:00:00.000Z",
      },
    ],
  },
  CreateOrder: {
    external_id: "cart-1042",
    description: "Course for beginners",
    price_usd: "25",
    splits: [{ payee_id: payee, share_bps: 10_000 }],
  },
  Payee: aPayee,
  CreatePayee: {
    external_id: "author-7",
    name: "Ada",
    destination: { asset: "ethereum:USDT", address },
    payout_threshold: usdt("50"),
    contact: aPayee.contact,
  },
  Payment: aPayment,
  PaymentWithEarnings: { ...aPayment, earnings: [anEarning] },
  Earning: anEarning,
  Deposit: {
    id: deposit,
    chain: "ethereum",
    transaction_hash: hash,
    transfer_index: "0",
    address,
    from_address: null,
    order_id: order,
    payment_id: payment,
    status: "credited",
    reason: null,
    amount: usdt("26"),
    surplus: usdt("1"),
    final: true,
    block_time: "2026-11-21T10:01:00.000Z",
    gathered_at: null,
    created_at: "2026-11-21T10:01:12.000Z",
  },
  Conversion: aConversion,
  Payout: aPayout,
  RequestPayout: { payee_id: payee },
  Problem: {
    type: "urn:spillway:problem:invalid_splits",
    title: "The splits are not valid",
    status: 422,
    code: "invalid_splits",
    detail: "The shares sum to 9000 and must sum to 10000.",
    next_step: "Name each payee once, with `share_bps` that sum to 10000.",
    request_id: "5f1c2c3e-7f0a-4a53-9a55-0b3f6f6f7d11",
  },
};
