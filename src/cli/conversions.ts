import { Command, InvalidArgumentError, Option } from "commander";
import { checkConversions, convertByHand, listSellable } from "../conversions/index.ts";
import type { Config } from "../config/index.ts";
import { openForeignChains, type Assembly } from "../engine/index.ts";
import { conversionReads, presentCheck } from "../http/index.ts";
import { formatUnits, registry } from "../money/index.ts";
import { cliOperator } from "./operator.ts";
import { listCommand, operation, showCommand } from "./reading.ts";
import { print, table, toJson } from "./screen.ts";
import { withParts } from "./with-database.ts";

const check = (): Command =>
  new Command("check")
    .description("Check the conversion trigger now")
    .option("--force", "convert below the trigger too")
    .option("--json", "one JSON document, as the API answers")
    .action(({ force, json }: { force?: boolean; json?: boolean }) =>
      withParts(async ({ conversions }) => {
        const results = await checkConversions(conversions, AbortSignal.timeout(60_000), force ?? false);
        const data = results.map(presentCheck);
        if (json) return print(toJson({ data }));
        const rows = data.map(({ pending, pending_usd, decision, reason }) => [
          pending.asset,
          pending.amount,
          pending_usd ?? "–",
          decision,
          reason,
        ]);
        print(
          rows.length === 0
            ? "Nothing is pending."
            : table([["asset", "pending", "USD", "decision", "reason"], ...rows]),
        );
      }),
    );

const momentOf = (text: string): Date => {
  const moment = new Date(text);
  if (Number.isNaN(moment.getTime()) || !/(Z|[+-]\d\d:\d\d)$/.test(text))
    throw new InvalidArgumentError("Write it as 2026-05-01T12:00:00Z.");
  return moment;
};

/** With the chains that only receive: that is where most of these coins lie. */
async function byHandDeps({ conversions, clock, depositChains }: Assembly, config: Config) {
  const foreign = await openForeignChains(config, { clock });
  return {
    ...conversions,
    depositChains: new Map([...depositChains, ...foreign.map((chain) => [chain.name, chain] as const)]),
  };
}

async function showSellable(deps: Awaited<ReturnType<typeof byHandDeps>>, asset: string): Promise<void> {
  const { decimals } = registry.get(asset);
  const rows = (await listSellable(deps, asset)).map((place) => [
    place.address,
    place.derivationIndex === null ? "your own" : `seed, ${place.derivationIndex}`,
    formatUnits(place.sold, decimals),
    formatUnits(place.kept, decimals),
  ]);
  print(
    rows.length === 0
      ? `No coins of ${asset} wait for you to sell them.`
      : table([["address", "key", "move and sell", "leave there"], ...rows]),
  );
}

const byHand = (): Command =>
  new Command("by-hand")
    .description(
      "Book coins that you sold with your own wallet, from addresses that the engine cannot gather from; without --hash, show where they lie",
    )
    .argument("<asset>", "what is sold: solana:USDC")
    .option("--hash <hashes...>", "transactions that brought the proceeds to the hot wallet")
    .addOption(new Option("--until <time>", "deposits mined later were not sold").argParser(momentOf))
    .action((asset: string, { hash, until }: { hash?: string[]; until?: Date }) =>
      withParts(async (parts, config) => {
        const deps = await byHandDeps(parts, config);
        if (hash === undefined) return showSellable(deps, asset);
        const sold = {
          sourceAsset: asset,
          transactionHashes: hash,
          depositsUntil: until ?? null,
          by: cliOperator(),
        };
        const conversion = await convertByHand(deps, sold, AbortSignal.timeout(300_000));
        const { decimals } = registry.get(conversion.target_asset);
        print(
          `Conversion ${conversion.id}: ${formatUnits(conversion.target_amount ?? 0n, decimals)} ${conversion.target_asset} are available to its payees.`,
        );
      }),
    );

export const conversionsCommand = (): Command =>
  new Command("conversions")
    .description("Micro-batches")
    .addCommand(
      listCommand({
        description: "List conversions, newest first",
        route: operation(conversionReads, "listConversions"),
        columns: ["id", "created_at", "status", "source", "target"],
        nothing: "Nothing was converted yet.",
      }),
    )
    .addCommand(
      showCommand(
        "A conversion, everybody's part of it, and its swaps",
        operation(conversionReads, "getConversion"),
      ),
    )
    .addCommand(check())
    .addCommand(byHand());
