/** One wrong request. `{order}` and the like stand for what `prepare` made; `nobody` is an id that names nothing. */
export interface WrongRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  /** A text is sent as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const nobody = "019e6f3a-1c00-7a10-8b5e-2f6d8c1e4a01";
const json = { "content-type": "application/json" };

const get = (url: string, headers?: Record<string, string>): WrongRequest => ({
  method: "GET",
  url,
  ...(headers && { headers }),
});
const post = (url: string, body?: unknown, headers?: Record<string, string>): WrongRequest => ({
  method: "POST",
  url,
  ...(body !== undefined && { body }),
  ...(headers && { headers }),
});
const put = (url: string, body: unknown): WrongRequest => ({ method: "PUT", url, body });

const splits = [{ payee_id: "{payee}", share_bps: 10_000 }];
const order = (given: object) => post("/v1/orders", { price_usd: "25", splits, ...given });
const destination = { asset: "ethereum:USDT", address: "0x8617E340B3D01FA5F11F306F4090FD50E238070D" };
const payee = (given: object) => post("/v1/payees", { name: "Bob", destination, ...given });
const verify = (given: object) =>
  post("/v1/payments/verify", { order_id: "{order}", chain: "ethereum", transaction_hash: "0x1", ...given });
const key = (given: object) => post("/v1/api-keys", { name: "shop", scopes: ["orders:read"], ...given });

/** Each group is one kind of mistake. */
export const wrongRequests: Readonly<Record<string, readonly WrongRequest[]>> = {
  "the key": [
    get("/v1/orders", { authorization: "" }),
    get("/v1/orders", { authorization: "Bearer spw_live_wrong" }),
    get("/v1/orders", { authorization: "{reader}" }),
    post("/v1/settings/transfer_limits", undefined, { authorization: "{reader}" }),
    get("/v1/search?q=x", { authorization: "{settings}" }),
  ],
  "the path and the method": [
    get("/v1/order"),
    get("/v1"),
    get("/v1/orders/{order}/explain"),
    { method: "DELETE", url: "/v1/orders/{order}" },
    { method: "PATCH", url: "/v1/payees/{payee}" },
    put("/v1/orders", {}),
    post("/docs"),
    get("/webhooks/nowpayments"),
    get("/v1/orders/cart"),
    get("/v1/payees/12"),
    get("/v1/provider-events/x"),
    { method: "DELETE", url: "/v1/api-keys/shop" },
  ],
  "names that nobody knows": [
    get("/v1/orders?external_ID=cart"),
    get("/v1/orders?externalid=cart"),
    get("/v1/orders?page=2"),
    get("/v1/payees?name=Ada"),
    get("/v1/orders/{order}?expand=payee"),
    get("/v1/payouts?payee={payee}"),
    get("/v1/search?query=cart"),
    get("/v1/assets?chain=ethereum"),
    post("/v1/orders/{order}/cancel", { reason: "changed my mind" }),
    order({ amount: "25" }),
    order({ currency: "usd", expires_in_minute: 60 }),
    payee({ destination: { ...destination, network: "erc20" } }),
    payee({ payoutMode: "instant" }),
  ],
  "pages and filters": [
    get("/v1/deposits?chain=bsc"),
    get("/v1/orders?limit=0"),
    get("/v1/orders?limit=201"),
    get("/v1/orders?limit=2.5"),
    get("/v1/orders?limit=many"),
    get("/v1/orders?limit=5&limit=6"),
    get("/v1/orders?cursor=abc"),
    get("/v1/orders?status=payed"),
    get("/v1/payouts?status=done"),
    get("/v1/orders?created_from=yesterday"),
    get("/v1/orders?created_from=2026-11-21"),
    get("/v1/orders?payee_id=ada"),
    get("/v1/orders?asset=usdt"),
    get("/v1/payments?asset=eth:USDC"),
    get("/v1/orders?external_id="),
    get("/v1/search"),
    get("/v1/search?q=%20"),
  ],
  "the body as a whole": [
    post("/v1/orders"),
    post("/v1/orders", '{"price_usd":', json),
    post("/v1/orders", "null", json),
    post("/v1/orders", "[]", json),
    post("/v1/orders", '"25"', json),
    post("/v1/orders", "price_usd=25", { "content-type": "application/x-www-form-urlencoded" }),
    post("/v1/orders", "{}", { "content-type": "text/plain" }),
    order({ description: "a\u0000b" }),
    order({ description: "x".repeat(300_000) }),
    post("/v1/orders", { price_usd: "25", splits }, { "idempotency-key": "with a space" }),
  ],
  "an order's price and terms": [
    order({ price_usd: 25 }),
    order({ price_usd: "25,00" }),
    order({ price_usd: "$25" }),
    order({ price_usd: "-25" }),
    order({ price_usd: "0" }),
    order({ price_usd: "0.001" }),
    order({ price_usd: "25.1234567" }),
    order({ price_usd: "99999999" }),
    order({ price_usd: "1e3" }),
    order({ fee: { bps: 10_001 } }),
    order({ fee: { bps: 1.5 } }),
    order({ fee: { bps: 0, fixed: { asset: "ethereum:USDT", amount: "25" } } }),
    order({ fee: { bps: 0, fixed: { asset: "USDT", amount: "1" } } }),
    order({ expires_in_minutes: 1 }),
    order({ expires_in_minutes: "60" }),
    order({ tolerance_bps: -1 }),
    order({ description: "" }),
    order({ external_id: "x".repeat(201) }),
    order({ metadata: { "a key": "x" } }),
    order({ metadata: { cart: 1042 } }),
    order({ external_id: "cart", price_usd: "26" }),
  ],
  "an order's shares": [
    order({ splits: [] }),
    order({ splits: [{ payee_id: "{payee}", share_bps: 9_000 }] }),
    order({ splits: [...splits, ...splits] }),
    order({ splits: [{ payee_id: nobody, share_bps: 10_000 }] }),
    order({ splits: [{ payee: "{payee}", share_bps: 10_000 }] }),
    order({ splits: [{ payee_id: "{payee}", share_bps: 100.5 }] }),
    order({ splits: { payee_id: "{payee}", share_bps: 10_000 } }),
  ],
  "an order's assets": [
    order({ accept_assets: ["polygon:USDC"] }),
    order({ accept_assets: ["USDC"] }),
    order({ accept_assets: ["bsc:usdt"] }),
    order({ accept_assets: ["solana:USDC"] }),
    order({ accept_assets: "ethereum:USDT" }),
    order({ accept_assets: [], checkout: false }),
    order({ checkout: "yes" }),
  ],
  "somebody we owe": [
    payee({ name: " " }),
    payee({ payout_mode: "weekly" }),
    payee({ destination: { ...destination, asset: "ethereum:USDX" } }),
    payee({ destination: { ...destination, address: "0x8617E340B3D01FA5F11F306F4090FD50E238070" } }),
    payee({ destination: { ...destination, address: "0x8617e340b3D01FA5F11F306F4090FD50E238070d" } }),
    payee({ destination: { ...destination, memo: "7" } }),
    payee({ destination: { asset: "tron:USDT", address: destination.address } }),
    payee({ destination: { asset: "ethereum:USDT", address: "c0ffee".padEnd(64, "0") } }),
    payee({ payout_threshold: { asset: "ethereum:ETH", amount: "1" } }),
    payee({ payout_threshold: { asset: "ethereum:USDT", amount: "0.0000001" } }),
    payee({ payout_threshold: "50" }),
    payee({ external_id: "ada" }),
    put("/v1/payees/{payee}/payout-threshold", {
      payout_threshold: { asset: "ethereum:USDT", amount: "-1" },
    }),
    post(`/v1/payees/${nobody}/pause`),
  ],
  "what is not there": [
    get(`/v1/orders/${nobody}`),
    get(`/v1/payees/${nobody}`),
    get(`/v1/payments/${nobody}`),
    get(`/v1/payments/${nobody}/explain`),
    get(`/v1/deposits/${nobody}`),
    get(`/v1/payouts/${nobody}`),
    get(`/v1/payouts/${nobody}/explain`),
    get(`/v1/conversions/${nobody}`),
    get(`/v1/api-keys/${nobody}`),
    get(`/v1/payments/verify/${nobody}`),
    get("/v1/arrivals/ethereum/0x1/native"),
    get("/v1/arrivals/etherum/0x1/native"),
    get("/v1/settings/platform-fee"),
    post(`/v1/orders/${nobody}/cancel`),
    post(`/v1/orders/${nobody}/accept`),
    post("/v1/provider-events/999999/replay"),
    post(`/v1/review/payout/${nobody}/retry`, {}),
  ],
  "what cannot be done now": [
    post("/v1/orders/{order}/accept"),
    post("/v1/orders/{cancelled}/accept"),
    post("/v1/payouts", { payee_id: "{payee}" }),
    post("/v1/payouts", { payee_id: "{paused}" }),
    post("/v1/payouts", { payee_id: nobody }),
    post("/v1/payouts", { payee_id: "{payee}", asset: "usdt" }),
    post(`/v1/payouts/${nobody}/resolve`, { resolution: "again" }),
    post(`/v1/review/payouts/${nobody}/retry`, {}),
  ],
  "a payment told by its hash": [
    verify({}),
    verify({ chain: "eth" }),
    verify({ chain: "dogecoin" }),
    verify({ chain: 1 }),
    verify({ order_id: nobody, transaction_hash: `0x${"ab".repeat(32)}` }),
    verify({ transaction_hash: `0x${"ab".repeat(32)}` }),
    verify({ transaction_hash: "" }),
    verify({ hash: "0x1" }),
  ],
  "settings and keys": [
    put("/v1/settings/platform_fee", { value: { bps: 20_000, fixed: null } }),
    put("/v1/settings/platform_fee", { value: { bps: 100 } }),
    put("/v1/settings/platform_fee", { bps: 100 }),
    put("/v1/settings/order_defaults", { value: { tolerance_bps: 10, expires_minutes: "60" } }),
    put("/v1/settings/settlement_asset", { value: "polygon:USDC" }),
    put("/v1/settings/platform_fees", { value: {} }),
    put("/v1/settings/order_defaults", {
      value: { tolerance_bps: 10, expires_minutes: 60 },
      expected_version: 7,
    }),
    key({ scopes: [] }),
    key({ scopes: ["orders"] }),
    key({ mode: "sandbox" }),
    key({ expires_at: "2020-01-01T00:00:00Z" }),
    key({ expires_at: "tomorrow" }),
    key({ name: "" }),
  ],
};
