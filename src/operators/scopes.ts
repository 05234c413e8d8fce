/**
 * What an API key may do: one scope an effect, so that whoever may do one thing may not do another by the way. "admin" may do
 * everything.
 */
export const scopes = [
  "orders:read",
  "orders:write",
  "payees:read",
  "payees:write",
  "payees:pause",
  "payments:read",
  "payouts:read",
  "payouts:write",
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

export const holdsScope = (held: readonly Scope[], needed: Scope): boolean =>
  held.includes(needed) || held.includes("admin");
