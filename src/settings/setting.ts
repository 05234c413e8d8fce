import { z } from "zod";
import { DomainError } from "../errors.ts";
import { InvalidAmount, parseMoney, parseUsd, registry } from "../money/index.ts";

/** Runs a parser of ours inside a schema: what it refuses becomes the schema's problem. */
function accepts(parse: (text: string) => unknown) {
  return (context: z.core.ParsePayload<string>): void => {
    try {
      parse(context.value);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      context.issues.push({ code: "custom", input: context.value, message: error.message });
    }
  };
}

function offeredAsset(id: string): void {
  if (!registry.get(id).offered)
    throw new DomainError("asset_not_offered", `${id} is not offered. Choose another asset.`);
}

const bps = z.int().min(0).max(10_000);
const usd = z.string().check(accepts(parseUsd));
const asset = z.string().check(accepts(offeredAsset));
const money = z.strictObject({ asset, amount: z.string() }).check((context) => {
  const found = registry.find(context.value.asset);
  if (found === null) return; // the asset's own check says so
  try {
    parseMoney(context.value.amount, found);
  } catch (error) {
    if (!(error instanceof InvalidAmount)) throw error;
    context.issues.push({ code: "custom", input: context.value, path: ["amount"], message: error.message });
  }
});

/** Elsewhere nothing that is not final can be taken back, so finality alone decides. */
const evmChain = z
  .string()
  .refine((name) => registry.all.some((one) => one.chain === name && one.chainId.startsWith("eip155:")), {
    message: "must be an EVM chain, such as bnb-smart-chain",
  });

const amounts = z.array(money).check((context) => {
  const assets = context.value.map((one) => one.asset);
  if (new Set(assets).size < assets.length)
    context.issues.push({ code: "custom", input: context.value, message: "An asset is named twice." });
});

/**
 * Every setting that changes at run time, with its shape and what holds until somebody changes it.
 * Values are kept as their JSON: amounts and dollars as decimal strings.
 */
export const settingDefinitions = {
  conversion_trigger: {
    meaning: "When pending earnings are converted, and how.",
    schema: z.strictObject({
      minimum_usd: usd,
      maximum_age_hours: z.int().min(1).max(8_760),
      interval_minutes: z.int().min(1).max(1_440),
      weights: z.enum(["source_amount", "usd_value"]),
      flow: z.enum(["standard", "fixed-rate"]),
      maximum_slippage_bps: bps,
    }),
    defaults: {
      minimum_usd: "20",
      maximum_age_hours: 24,
      interval_minutes: 15,
      weights: "source_amount",
      flow: "standard",
      maximum_slippage_bps: 300,
    },
  },
  settlement_asset: {
    meaning: "What earnings are converted into, and balances wait in.",
    schema: asset,
    defaults: "ethereum:USDT",
  },
  platform_fee: {
    meaning: "What the platform keeps of a payment.",
    schema: z.strictObject({ bps, fixed: money.nullable() }),
    defaults: { bps: 300, fixed: null },
  },
  order_defaults: {
    meaning: "What holds for an order that does not say otherwise.",
    schema: z.strictObject({
      tolerance_bps: z.int().min(0).max(2_000),
      expires_minutes: z.int().min(5).max(525_600),
    }),
    defaults: { tolerance_bps: 100, expires_minutes: 1_440 },
  },
  direct_payments: {
    meaning:
      "Payments straight to our addresses: how long an amount holds, how many confirmations they need by chain and value (finality where no line says otherwise), what counts as overpaid, as dust and as late, and when coins are gathered.",
    schema: z.strictObject({
      quote_minutes: z.int().min(5).max(10_080),
      confirmations: z
        .array(
          z.strictObject({
            chain: evmChain,
            below_usd: usd,
            confirmations: z.int().min(1).max(10_000),
          }),
        )
        .max(50),
      two_endpoints_from_usd: usd.nullable(),
      overpaid_bps: z.int().min(0).max(2_000),
      minimum_usd: usd,
      late_payments: z.strictObject({
        policy: z.enum(["credit", "review"]),
        within_hours: z.int().min(0).max(8_760),
      }),
      sweep_maximum_fee_bps: bps,
    }),
    defaults: {
      quote_minutes: 60,
      confirmations: [
        { chain: "ethereum", below_usd: "100", confirmations: 12 },
        { chain: "base", below_usd: "100", confirmations: 10 },
        { chain: "arbitrum-one", below_usd: "100", confirmations: 40 },
      ],
      two_endpoints_from_usd: null,
      overpaid_bps: 100,
      minimum_usd: "0.1",
      late_payments: { policy: "credit", within_hours: 72 },
      sweep_maximum_fee_bps: 200,
    },
  },
  instant_payouts: {
    meaning: "From which value on instant payees are paid at once; below it their earnings gather.",
    schema: z.strictObject({ minimum_usd: usd }),
    defaults: { minimum_usd: "1" },
  },
  swap_exposure: {
    meaning: "The most that may be in flight at one swap provider; null: no limit. Swaps beyond it wait.",
    schema: z.strictObject({ per_provider_usd: usd.nullable() }),
    defaults: { per_provider_usd: "10000" },
  },
  swap_variance: {
    meaning: "How far below its quote a swap may deliver before an operator is told.",
    schema: z.strictObject({ alert_bps: bps }),
    defaults: { alert_bps: 300 },
  },
  transfer_limits: {
    meaning:
      "What a wallet keeps of its native coin for gas, and the most that one transfer, and one wallet in 24 hours, may send of an asset. An asset that is not listed has no limit.",
    schema: z.strictObject({ gas_reserve: amounts, transfer_maximum: amounts, daily_maximum: amounts }),
    defaults: {
      gas_reserve: [{ asset: "ethereum:ETH", amount: "0.005" }],
      transfer_maximum: [],
      daily_maximum: [],
    },
  },
} as const satisfies Record<string, { meaning: string; schema: z.ZodType; defaults: unknown }>;

export type SettingKey = keyof typeof settingDefinitions;
export type SettingValue<K extends SettingKey> = z.output<(typeof settingDefinitions)[K]["schema"]>;

export const settingKeys = Object.keys(settingDefinitions) as readonly SettingKey[];

/** @throws {DomainError} `unknown_setting` */
export function toSettingKey(text: string): SettingKey {
  const key = settingKeys.find((candidate) => candidate === text);
  if (key !== undefined) return key;
  throw new DomainError(
    "unknown_setting",
    `There is no such setting. The settings are ${settingKeys.join(", ")}.`,
  );
}

/**
 * A whole new value for a setting: nothing missing, nothing beyond, null only where null means something.
 * @throws {DomainError} `invalid_setting`, naming every field that is wrong.
 */
export function parseSetting<K extends SettingKey>(key: K, value: unknown): SettingValue<K> {
  const result = settingDefinitions[key].schema.safeParse(value);
  if (result.success) return result.data as SettingValue<K>;
  const problems = result.error.issues.map(({ path, message }) => `${path.join(".") || "value"}: ${message}`);
  throw new DomainError(
    "invalid_setting",
    `${key} cannot be set so. Send the whole value. ${problems.join("; ")}`,
    {
      problems,
    },
  );
}

/** A value as stored, perhaps by an older version of this code: fields that are missing get their default, null stays null. */
export function readSetting<K extends SettingKey>(key: K, stored: unknown): SettingValue<K> {
  const { defaults } = settingDefinitions[key];
  const isRecord = typeof defaults === "object" && typeof stored === "object" && stored !== null;
  return parseSetting(key, isRecord ? { ...defaults, ...stored } : stored);
}
