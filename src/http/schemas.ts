import { z } from "zod";
import { DomainError } from "../errors.ts";
import {
  formatUnits,
  formatUsd,
  InvalidAmount,
  parseMoney,
  parseUsd,
  registry,
  type Asset,
  type Money,
} from "../money/index.ts";

/** Runs a parser of the money room; its refusal becomes a problem of the request, with the refusal's own code. */
function attempt<T>(context: z.RefinementCtx, path: string[], parse: () => T): T | typeof z.NEVER {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    context.addIssue({ code: "custom", path, message: error.message, params: { code: error.code } });
    return z.NEVER;
  }
}

/** The id of an asset that there is. */
export const assetId = z
  .string()
  .max(100)
  .transform((id, context): string => attempt(context, [], () => registry.get(id).id))
  .describe("Its id, such as ethereum:USDT");

/** The name of a chain that has assets. */
export const chainName = z
  .string()
  .max(100)
  .transform((name, context): string => attempt(context, [], () => registry.chain(name)))
  .describe("As before the colon of an asset: bnb-smart-chain");

const decimalText = z.string({ error: 'must be a decimal in a string, such as "12.50"' }).max(160);

const moneyWords = {
  description: "An amount of whole coins beside its asset; more digits than the asset has are refused",
  examples: [{ asset: "ethereum:USDT", amount: "12.50" }],
};

const moneyOf = (least: 0n | 1n) =>
  z.strictObject({ asset: z.string().max(100), amount: decimalText }).transform((given, context): Money => {
    const asset = attempt(context, ["asset"], () => registry.get(given.asset));
    if (asset === z.NEVER) return z.NEVER;
    return attempt(context, ["amount"], () => {
      const money = parseMoney(given.amount, asset);
      if (money.amount < least) throw new InvalidAmount(given.amount, "not_positive");
      return money;
    });
  });

/** Input: an amount whose asset stands elsewhere in the request. */
export const amountSchema = decimalText.describe("Decimal, in whole coins");

/** Base units above zero; undefined where none was given. @throws {InvalidAmount} */
export function amountOf(text: string | undefined, asset: Asset): bigint | undefined {
  if (text === undefined) return undefined;
  const { amount } = parseMoney(text, asset);
  if (amount === 0n) throw new InvalidAmount(text, "not_positive");
  return amount;
}

/** Input `{asset, amount}` with a decimal string; zero is allowed. Too many digits are refused, never rounded. */
export const moneySchema = moneyOf(0n).meta({ id: "NonNegativeMoney", ...moneyWords });
export const positiveMoneySchema = moneyOf(1n).meta({ id: "PositiveMoney", ...moneyWords });

const usdOf = (least: 0n | 1n) =>
  decimalText
    .transform((text, context) =>
      attempt(context, [], () => {
        const micros = parseUsd(text);
        if (micros < least) throw new InvalidAmount(text, "not_positive");
        return micros;
      }),
    )
    .describe("US dollars as a decimal string with at most 6 digits after the point");

/** Input dollars as millionths. */
export const usdSchema = usdOf(0n);
export const positiveUsdSchema = usdOf(1n);

/** An ISO 8601 moment with its zone. */
export const timestampSchema = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

/** A number of a path or a query: written in digits alone there, an integer to whoever generates a client. */
export const wholeNumber = <Schema extends z.ZodType<number, number | undefined>>(schema: Schema) =>
  z.preprocess(
    (given) => (typeof given === "string" && /^\d{1,15}$/.test(given) ? Number.parseInt(given, 10) : given),
    schema,
  );

const metadataName = /^[\w.-]{1,40}$/;
const mostMetadata = 20;

/** Words of the integrator's own, kept beside a thing: names with texts. */
export const metadataSchema = z
  .record(z.string(), z.string().max(500))
  .superRefine((given, context) => {
    const names = Object.keys(given);
    if (!names.every((name) => metadataName.test(name)))
      context.addIssue({
        code: "custom",
        message: "must have names of 1 to 40 letters, digits, dots, dashes and underscores",
        params: { code: "wrong_form" },
      });
    if (names.length > mostMetadata)
      context.addIssue({
        code: "custom",
        message: `must have at most ${mostMetadata} names`,
        params: { code: "too_large" },
      });
  })
  .default({})
  .describe("Yours: at most 20 names, each with a text of at most 500 characters. No secrets");

export const metadataView = z.record(z.string(), z.string()).describe("Yours, as given");

/** Output. */
export const moneyView = z
  .object({
    asset: z.string().describe("Its id: chain and symbol"),
    amount: z.string().describe("Decimal, in whole coins"),
  })
  .meta({
    id: "Money",
    description: "An amount of whole coins beside its asset",
    examples: [{ asset: "ethereum:USDT", amount: "12.50" }],
  });
export const usdView = z.string().describe("US dollars, decimal");

/** Where a payee wants their money. */
export const destinationView = z
  .object({
    asset: z.string().describe("What they are paid in: its id"),
    address: z.string(),
    memo: z.string().nullable().describe("Tag of an address that many share; null: the address needs none"),
  })
  .meta({ id: "Destination", description: "Where a payee wants their money, and in what" });
export const timestampView = z.iso.datetime().describe("ISO 8601, UTC");

export const presentMoney = ({ asset, amount }: Money): z.output<typeof moneyView> => ({
  asset,
  amount: formatUnits(amount, registry.get(asset).decimals),
});
export const presentUsd = (micros: bigint): string => formatUsd(micros);
export const presentTime = (moment: Date): string => moment.toISOString();

/** One page of a list, named after what it lists. */
export function pageView<Item extends z.ZodType>(item: Item) {
  const page = z.object({
    data: z.array(item),
    has_more: z.boolean().describe("Whether there is a next page"),
    next_cursor: z
      .string()
      .nullable()
      .describe("Send it as `cursor` for the next page; null: this was the last"),
  });
  const id = item.meta()?.id;
  return id === undefined ? page : page.meta({ id: `${id}Page`, description: "One page of a list" });
}
