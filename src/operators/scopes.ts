/**
 * What an API key may do: one scope an effect, so that whoever may do one thing may not do another by the way. "admin" may do
 * everything.
 */
export const scopes = [
  "orders:read",
  "orders:write",
  "orders:public",
  "payees:read",
  "payees:write",
  "payees:pause",
  "payments:read",
  "payouts:read",
  "payouts:write",
  "payouts:approve",
  "payouts:outside",
  "payouts:pause",
  "withdrawals:own",
  "conversions:read",
  "conversions:write",
  "settings:read",
  "settings:write",
  "limits:write",
  "operations:write",
  "refunds:write",
  "arrivals:write",
  "losses:write",
  "recoverables:forgive",
  "wallets:resume",
  "admin",
] as const;

export type Scope = (typeof scopes)[number];

const reading = scopes.filter((scope) => scope.endsWith(":read"));

/**
 * What people usually are, as the scopes that they need. Whoever keeps things going does not approve what leaves, and whoever
 * approves asks for nothing; both may stop it. Limits, losses and what is owed back are an administrator's, or given one by one.
 */
export const roles = {
  viewer: reading,
  operator: [
    ...reading,
    "orders:write",
    "payees:write",
    "payees:pause",
    "payouts:write",
    "payouts:outside",
    "payouts:pause",
    "conversions:write",
    "operations:write",
    "refunds:write",
    "arrivals:write",
  ],
  approver: [...reading, "payees:pause", "payouts:approve", "payouts:pause"],
  admin: ["admin"],
} as const satisfies Readonly<Record<string, readonly Scope[]>>;

export type Role = keyof typeof roles;
export const roleNames = Object.keys(roles) as [Role, ...Role[]];

/** Of a key that stands in a web page, where everybody reads it: it has this scope alone, and says so. */
export const isPublishable = (held: readonly Scope[]): boolean =>
  held.length === 1 && held[0] === "orders:public";

/** Of a key that a payee has: it asks for their own money, and does nothing else. */
export const isPayees = (held: readonly Scope[]): boolean =>
  held.length === 1 && held[0] === "withdrawals:own";

export const holdsScope = (held: readonly Scope[], needed: Scope): boolean =>
  held.includes(needed) || held.includes("admin");
