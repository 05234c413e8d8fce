/** What an API key may do. "admin" may do everything. */
export const scopes = [
  "orders:read",
  "orders:write",
  "payees:read",
  "payees:write",
  "payments:read",
  "payouts:read",
  "payouts:write",
  "conversions:read",
  "conversions:write",
  "settings:read",
  "settings:write",
  "operations:write",
  "admin",
] as const;

export type Scope = (typeof scopes)[number];

export const holdsScope = (held: readonly Scope[], needed: Scope): boolean =>
  held.includes(needed) || held.includes("admin");
