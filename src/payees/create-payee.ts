import { createHash } from "node:crypto";
import { isGivenToPayers } from "../addresses/index.ts";
import { carriesMemos, normaliseAddressFor, refuseSecret } from "../chains/index.ts";
import type { Clock } from "../clock.ts";
import type { Db, Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { newId } from "../ids.ts";
import {
  bankAccountText,
  fiatChain,
  formatUnits,
  parseBankAccount,
  type Asset,
  type AssetRegistry,
  type Money,
} from "../money/index.ts";
import type { Contact } from "../notifications/index.ts";
import { listWallets } from "../transfers/index.ts";
import type { Payee, PayoutMode } from "./payee.ts";
import { findPayeeByExternalId, insertPayee } from "./payee-store.ts";

export interface CreatePayee {
  readonly externalId: string | null;
  readonly name: string;
  readonly payoutMode: PayoutMode;
  readonly destination: { readonly asset: string; readonly address: string; readonly memo: string | null };
  readonly payoutThreshold: Money;
  /** No term. */
  readonly contact?: Contact | null;
  /** The integrator's own words; no term. */
  readonly metadata?: Readonly<Record<string, string>>;
}

const mostCoins = 1_000_000n;

/**
 * Refuses a threshold that nobody can mean: one in another asset than balances wait in, one that is never reached, or less than a
 * cent in a dollar's coin, which would be paid in crumbs.
 * @throws {DomainError} `invalid_threshold_asset`, `invalid_threshold`
 */
export function checkThreshold(
  { asset: id, amount }: Money,
  { settlementAsset, registry }: { readonly settlementAsset: string; readonly registry: AssetRegistry },
): void {
  if (id !== settlementAsset)
    throw new DomainError(
      "invalid_threshold_asset",
      `The payout threshold must be in the settlement asset, ${settlementAsset}.`,
    );
  const { symbol, decimals, kind } = registry.get(id);
  const coin = 10n ** BigInt(decimals);
  const least = kind === "stablecoin" ? coin / 100n : 1n;
  if (amount < least || amount > mostCoins * coin)
    throw new DomainError(
      "invalid_threshold",
      `The payout threshold may be ${formatUnits(least, decimals)} to ${mostCoins} ${symbol}, not ${formatUnits(amount, decimals)}.`,
    );
}

/**
 * Where a payee wants their money, in its one form.
 * @throws {DomainError} `unknown_asset`, `asset_not_offered`, `invalid_address` (of another network, or one of ours), `secret_pasted`, `unsupported_chain`, `memo_not_carried`
 */
export async function checkDestination(
  { db, registry }: { readonly db: Db | Tx; readonly registry: AssetRegistry },
  given: Payee["destination"],
): Promise<Payee["destination"]> {
  const asset = registry.get(given.asset);
  if (!asset.offered)
    throw new DomainError(
      "asset_not_offered",
      `${asset.id} is not offered for payouts. Choose another asset.`,
    );
  const address =
    asset.chain === fiatChain
      ? accountOf(asset, given)
      : normaliseAddressFor(asset.chain, given.address, registry);
  if (given.memo !== null) refuseSecret(given.memo, null);
  if (given.memo !== null && !carriesMemos(asset.chain))
    throw new DomainError(
      "memo_not_carried",
      `Nothing that is sent on ${asset.chain} carries a memo, and coins without it would not reach this account. ` +
        "Leave the memo out, or name an address that needs none.",
    );
  const wallets = await listWallets(db, asset.chain);
  if (wallets.some((wallet) => wallet.address.toLowerCase() === address.toLowerCase()))
    throw new DomainError("invalid_address", "This address is our own hot wallet. Name the payee's address.");
  if (await isGivenToPayers(db, address))
    throw new DomainError(
      "invalid_address",
      "This address is one that payers send to. Name the payee's own address.",
    );
  return { asset: asset.id, address, memo: given.memo };
}

/** A bank account in its one form. Banks ask whose it is, and so do we. @throws {DomainError} `invalid_address` */
function accountOf({ symbol }: Asset, { address, memo }: Payee["destination"]): string {
  const account = parseBankAccount(symbol, address);
  if (memo !== null && /\p{L}{2}/u.test(memo)) return bankAccountText(account);
  throw new DomainError(
    "invalid_address",
    "Say whose account it is, as its bank has the name: it is the destination's memo.",
  );
}

/**
 * Writes down whom we owe and where they want their money. The same external id with the same terms returns the
 * first payee again.
 * @param settlementAsset the threshold must be in it: balances wait in that asset.
 * @throws {DomainError} `unknown_asset`, `asset_not_offered`, `invalid_address`, `secret_pasted`, `unsupported_chain`, `memo_not_carried`, `invalid_threshold_asset`, `invalid_threshold`,
 *   `payee_exists` (the external id names a payee with other terms).
 */
export async function createPayee(
  deps: { db: Db | Tx; registry: AssetRegistry; clock: Clock; settlementAsset: string },
  input: CreatePayee,
): Promise<{ payee: Payee; created: boolean }> {
  checkThreshold(input.payoutThreshold, deps);
  const destination = await checkDestination(deps, input.destination);
  const payee: Payee = {
    id: newId(),
    externalId: input.externalId,
    name: input.name,
    payoutMode: input.payoutMode,
    destination,
    payoutThreshold: input.payoutThreshold,
    destinationChangedAt: null,
    contact: input.contact ?? null,
    feeBps: null,
    status: "active",
    metadata: input.metadata ?? {},
    createdAt: deps.clock.now(),
  };
  const requestHash = hashTerms(payee);
  if (await insertPayee(deps.db, payee, requestHash)) return { payee, created: true };
  const existing = await findPayeeByExternalId(deps.db, input.externalId ?? "");
  if (existing?.requestHash.equals(requestHash)) return { payee: existing.payee, created: false };
  throw new DomainError(
    "payee_exists",
    `A payee with external id "${input.externalId}" exists with other terms. Use another external id.`,
  );
}

function hashTerms({ name, payoutMode, destination, payoutThreshold }: Payee): Buffer {
  const threshold = [payoutThreshold.asset, payoutThreshold.amount.toString()];
  const terms = [name, payoutMode, destination.asset, destination.address, destination.memo, ...threshold];
  return createHash("sha256").update(JSON.stringify(terms)).digest();
}
