import { DomainError } from "../errors.ts";
import type { Asset } from "./registry.ts";

/** An amount in base units (wei, satoshi, 10⁻⁶ USDT) and the asset it is of. `Id` keeps two assets apart at compile time. */
export interface Money<Id extends string = string> {
  readonly asset: Id;
  readonly amount: bigint;
}

/** Which way the last unit falls. There is no default: every rounding says it. */
export type Rounding = "up" | "down";

/** numerator / denominator base units of the target for one base unit of the source. */
export interface Rate {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

export class InvalidAmount extends DomainError {
  /** @param most digits after the point, where it has more. */
  constructor(
    text: string,
    reason: "not_a_decimal" | "too_precise" | "too_large" | "not_positive",
    most?: number,
  ) {
    const meant = decimalMeant(text);
    const because = {
      not_a_decimal:
        meant === null
          ? "write it as digits with an optional point, such as 12.50"
          : `write it as ${meant}, if that is what you mean`,
      too_precise:
        most === undefined
          ? "it has more digits after the point than the asset holds"
          : `it has more than ${most} digits after the point, and is not rounded`,
      too_large: "it is larger than any amount we book",
      not_positive: "it must be above zero",
    }[reason];
    super("invalid_amount", `"${text.slice(0, 90)}" is not a valid amount: ${because}.`, { reason });
  }
}

/** The decimal that a text with other signs in it can only mean; null: it could mean several, or none. "1,000" may be a thousand. */
function decimalMeant(text: string): string | null {
  const bare = text
    .slice(0, 90)
    .replace(/^[\s$€]+|[\s$€]*[A-Za-z]{0,5}\s*$/g, "")
    .replace(/[ _']/g, "");
  const plain = /^\d+,\d{1,2}$/.test(bare)
    ? bare.replace(",", ".")
    : /^\d{1,3}(,\d{3})+\.\d+$/.test(bare)
      ? bare.replaceAll(",", "")
      : bare.replace(/^\./, "0.").replace(/\.$/, "");
  return /^\d+(\.\d+)?$/.test(plain) && plain !== text ? plain : null;
}

/** The largest amount a numeric(78, 0) column holds with room to add: 10^77. */
const largestAmount = 10n ** 77n;

/** The one rounding function: numerator / denominator to a whole number, the direction said. Both must not be negative. */
export function divide(numerator: bigint, denominator: bigint, rounding: Rounding): bigint {
  if (denominator <= 0n || numerator < 0n)
    throw new RangeError("divide takes numerator ≥ 0 and denominator > 0");
  const quotient = numerator / denominator;
  return rounding === "up" && quotient * denominator !== numerator ? quotient + 1n : quotient;
}

/** "12.50" with 6 digits is 12_500_000n. Digits that do not fit are refused, never rounded. */
export function parseUnits(text: string, decimals: number): bigint {
  const [, whole, fraction = ""] = /^(\d{1,80})(?:\.(\d{1,80}))?$/.exec(text) ?? [];
  if (whole === undefined) throw new InvalidAmount(text, "not_a_decimal");
  if (fraction.length > decimals) throw new InvalidAmount(text, "too_precise", decimals);
  const units = BigInt(whole + fraction.padEnd(decimals, "0"));
  if (units >= largestAmount) throw new InvalidAmount(text, "too_large");
  return units;
}

/**
 * A provider's decimal, which may be in exponent form ("2e-7") or carry float noise beyond the asset's digits.
 * @throws {InvalidAmount} it is not a decimal at all, or negative.
 */
export function parseProviderUnits(text: string, decimals: number, rounding: Rounding): bigint {
  const [, whole, fraction = "", exponentText = "0"] =
    /^(\d{1,80})(?:\.(\d{1,80}))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text) ?? [];
  if (whole === undefined) throw new InvalidAmount(text, "not_a_decimal");
  const shift = BigInt(decimals) + BigInt(exponentText) - BigInt(fraction.length);
  const digits = BigInt(whole + fraction);
  const units = shift >= 0n ? digits * 10n ** shift : divide(digits, 10n ** -shift, rounding);
  if (units >= largestAmount) throw new InvalidAmount(text, "too_large");
  return units;
}

/** 12_500_000n with 6 digits is "12.5". */
export function formatUnits(amount: bigint, decimals: number): string {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, "");
  return `${amount < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

/** "12.50" of a six-digit asset is 12_500_000n. Digits it cannot hold are refused, never rounded. */
export function parseMoney<const A extends Asset>(text: string, asset: A): Money<A["id"]> {
  return { asset: asset.id, amount: parseUnits(text, asset.decimals) };
}

/** Adds two amounts of one asset. Two assets do not compile; where the types cannot know, it throws. */
export function add<Id extends string>(left: Money<Id>, right: Money<NoInfer<Id>>): Money<Id> {
  requireSameAsset(left, right);
  return { asset: left.asset, amount: left.amount + right.amount };
}

export function requireSameAsset(left: Money, right: Money): void {
  if (left.asset !== right.asset)
    throw new TypeError(`${left.asset} and ${right.asset} are different assets`);
}

/** Converts by a rate, the direction of the last unit said. */
export function convert(amount: bigint, rate: Rate, rounding: Rounding): bigint {
  return divide(amount * rate.numerator, rate.denominator, rounding);
}

/**
 * Splits a total by weights with the largest remainder: the parts always sum to the total, and every part is
 * within one base unit of its exact share. Units left over go to the largest remainders, ties to the smaller id.
 * @throws {RangeError} no weights, a negative weight, a negative total, or weights that are all zero.
 */
export function allocate<T extends { readonly id: string; readonly weight: bigint }>(
  total: bigint,
  parts: readonly T[],
): Map<string, bigint> {
  const weightSum = parts.reduce((sum, part) => sum + part.weight, 0n);
  if (total < 0n || weightSum <= 0n || parts.some((part) => part.weight < 0n))
    throw new RangeError("allocate needs a total ≥ 0 and weights ≥ 0 that are not all zero");
  const shares = parts.map((part) => ({
    id: part.id,
    floor: (total * part.weight) / weightSum,
    remainder: (total * part.weight) % weightSum,
  }));
  const leftOver = Number(total - shares.reduce((sum, share) => sum + share.floor, 0n)); // below parts.length
  const byRemainder = shares.toSorted((a, b) =>
    a.remainder === b.remainder ? (a.id < b.id ? -1 : 1) : a.remainder > b.remainder ? -1 : 1,
  );
  const lucky = new Set(byRemainder.slice(0, leftOver).map((share) => share.id));
  const result = new Map(shares.map((share) => [share.id, share.floor + (lucky.has(share.id) ? 1n : 0n)]));
  if (result.size !== parts.length) throw new RangeError("allocate needs ids that differ");
  return result;
}
