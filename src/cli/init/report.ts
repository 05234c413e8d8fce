import { readSettlementAsset } from "../../conversions/index.ts";
import { assemble, type Assembly, type Finding } from "../../engine/index.ts";
import { DomainError, ProviderError } from "../../errors.ts";
import { formatUnits, registry } from "../../money/index.ts";
import type { Config } from "../../config/index.ts";
import { findings, tableOf } from "../doctor.ts";
import { print, table } from "../screen.ts";
import { withDatabase } from "../with-database.ts";

/** Only an engine that runs, or did once, has these; what is wrong with them says nothing yet. */
const isForLater = ({ component, works }: Finding): boolean =>
  (/^(worker|gas|wallet:.*)$/.test(component) && works !== "yes") ||
  (component.startsWith("public-url:") && works === "no");

/** What `spillway doctor` finds before the first start. */
export async function printFindings(environment: NodeJS.ProcessEnv): Promise<void> {
  const found = (await findings(environment)).filter((finding) => !isForLater(finding));
  print(`\nChecked, as \`spillway doctor\` does:\n\n${tableOf(found)}`);
  const wrong = found.filter(({ works }) => works === "no").length;
  if (wrong > 0) print(`\n${wrong} NO: do what it says, then look again with \`npx spillway doctor\`.`);
}

const transfers = 100n;
/** Whole coins of the settlement asset: what swap providers keep of refunds in a bad week. */
const float = "50";

/** What the operator sends to the wallet before the first payout. */
export async function printFunding(
  { environment, config }: { environment: NodeJS.ProcessEnv; config: Config },
  wallet: string,
): Promise<void> {
  const rows = await withDatabase(
    async ({ db }, log) => fundingOf(assemble(config, db, log), wallet),
    environment,
  ).catch((error: unknown) => {
    if (error instanceof DomainError) return null;
    throw error;
  });
  if (rows === null) return;
  print(
    `\nAt NOWPayments, set the payout wallet to the hot wallet's address, in the asset you want to receive.`,
  );
  print(`\nSend to the hot wallet, ${wallet}:\n\n${table([["at least", "there now", "for"], ...rows])}`);
}

async function fundingOf(parts: Assembly, wallet: string): Promise<string[][]> {
  const signal = AbortSignal.timeout(30_000);
  const fees = await Promise.all(
    [...parts.chains].map(async ([chain, node]) => {
      const coin = registry.native(chain);
      const fee = await node.usualFee(wallet, signal).catch(nullIfAway);
      const enough = fee === null ? "some" : formatUnits(roundUp(fee * transfers), coin.decimals);
      return [
        `${enough} ${coin.id}`,
        await holdingOf(parts, wallet, coin.id),
        `network fees of ${transfers} payouts`,
      ];
    }),
  );
  const asset = await readSettlementAsset(parts.db);
  return [
    ...fees,
    [
      `${float} ${asset}`,
      await holdingOf(parts, wallet, asset),
      "what swap providers keep of a refund, which is yours to bear",
    ],
  ];
}

const nullIfAway = (error: unknown): null => {
  if (error instanceof ProviderError || error instanceof DomainError) return null;
  throw error;
};

async function holdingOf({ chains }: Assembly, wallet: string, id: string): Promise<string> {
  const asset = registry.get(id);
  const node = chains.get(asset.chain);
  const held =
    node === undefined
      ? null
      : await node.balance(wallet, asset, AbortSignal.timeout(30_000)).catch(nullIfAway);
  return held === null ? "no answer" : formatUnits(held, asset.decimals);
}

/** With two digits that count, and never less: 12_345 becomes 13_000. */
function roundUp(amount: bigint): bigint {
  const unit = 10n ** BigInt(Math.max(0, String(amount).length - 2));
  return ((amount + unit - 1n) / unit) * unit;
}
