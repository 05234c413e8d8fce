import { Command, InvalidArgumentError, Option } from "commander";
import { getArrival, historyOf, listArrivals, reattribute, type Recipient } from "../arrivals/index.ts";
import { openForeignChains } from "../engine/index.ts";
import { formatUnits, registry } from "../money/index.ts";
import { chainOf, idOf } from "./arguments.ts";
import { cliOperator } from "./operator.ts";
import { print, table, toJson } from "./screen.ts";
import { withDatabase, withParts } from "./with-database.ts";

interface Filters {
  readonly chain?: string | null;
  readonly asset?: string | null;
  readonly hash?: string | null;
  readonly claimant?: string | null;
  readonly json?: boolean;
}

const list = (): Command =>
  new Command("list")
    .description("The newest 50 of what reached our wallets, and whose it is")
    .option("--chain <chain>", "only of this chain", chainOf)
    .option("--asset <asset>", "only this asset")
    .option("--hash <hash>", "only of this transaction")
    .addOption(
      new Option("--claimant <claimant>", "only what these have").choices([
        "settlement",
        "swap",
        "deposit",
        "top_up",
        "move",
        "unclaimed",
      ]),
    )
    .option("--json", "one JSON document")
    .action(({ chain = null, asset = null, hash = null, claimant = null, json }: Filters) =>
      withDatabase(async ({ db }) => {
        const id = asset === null ? null : registry.get(asset).id;
        const rows = await listArrivals(
          db,
          { chain, asset: id, hash, claimant },
          { before: null, limit: 50 },
        );
        if (json) return print(toJson(rows));
        const lines = rows.map((row) => [
          row.received_at.toISOString(),
          row.chain,
          row.transaction_hash,
          row.receipt_index,
          `${formatUnits(row.amount, registry.get(row.asset).decimals)} ${row.asset}`,
          row.purpose,
          row.evidence,
        ]);
        print(
          lines.length === 0
            ? "Nothing arrived."
            : table([["when", "chain", "transaction", "index", "amount", "whose", "by"], ...lines]),
        );
      }),
    );

const place = (command: Command): Command =>
  command
    .argument("<chain>", "as listed", chainOf)
    .argument("<hash>", "as listed")
    .argument("<index>", "as listed");

const show = (): Command =>
  place(new Command("show"))
    .description("One arrival with everybody who had it before, as JSON")
    .action((chain: string, transactionHash: string, index: string) =>
      withDatabase(async ({ db }) => {
        const at = { chain, transactionHash, index };
        print(toJson({ ...(await getArrival(db, at)), history: await historyOf(db, at) }));
      }),
    );

function recipientOf(text: string): Recipient {
  const [kind = "", id = ""] = text.split(":", 2);
  if ((kind === "payment" || kind === "order") && id !== "") return { kind, id: idOf(id) };
  if ((kind === "top_up" || kind === "unclaimed") && id === "") return { kind };
  throw new InvalidArgumentError("Write it as top_up, unclaimed, payment:<id> or order:<id>.");
}

const reattributeCommand = (): Command =>
  place(new Command("reattribute"))
    .description("Give an arrival to somebody else, proved and by two persons; the chain is read first")
    .addOption(
      new Option("--to <whom>", "top_up, unclaimed, payment:<id> or order:<id>")
        .argParser(recipientOf)
        .makeOptionMandatory(),
    )
    .requiredOption("--reason <text>", "why")
    .requiredOption("--proof <text>", "what shows it: a provider's answer, a ticket, a statement")
    .action(
      (
        chain: string,
        transactionHash: string,
        index: string,
        { to, reason, proof }: { to: Recipient; reason: string; proof: string },
      ) =>
        withParts(async (parts, config) => {
          const foreign = await openForeignChains(config, parts);
          const depositChains = new Map([
            ...parts.depositChains,
            ...foreign.map((one) => [one.name, one] as const),
          ]);
          await reattribute(
            { ...parts, depositChains },
            { at: { chain, transactionHash, index }, to, reason, proof, by: cliOperator() },
            AbortSignal.timeout(60_000),
          );
          print("Done. `spillway arrivals show` tells its history.");
        }),
    );

export const arrivalsCommand = (): Command =>
  new Command("arrivals")
    .description("What reached our wallets, and whose it is")
    .addCommand(list())
    .addCommand(show())
    .addCommand(reattributeCommand());
