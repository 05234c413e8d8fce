import { Command, InvalidArgumentError, Option } from "commander";
import { systemClock } from "../clock.ts";
import { readSettlementAsset } from "../conversions/index.ts";
import { payoutReads } from "../http/index.ts";
import {
  cancelPayout,
  findPayout,
  planPayouts,
  recordPaidOutside,
  requestPayout,
  resolvePayout,
  returnToEngine,
  takeOutside,
  type Resolution,
  type SaidPaid,
} from "../payouts/index.ts";
import { parseMoney, registry } from "../money/index.ts";
import { idOf } from "./arguments.ts";
import { cliOperator } from "./operator.ts";
import { listCommand, operation, searchCommand, showCommand } from "./reading.ts";
import { print } from "./screen.ts";
import { withDatabase, withParts } from "./with-database.ts";

const request = (): Command =>
  new Command("request")
    .description("Ask for what a payee has available, below the threshold too")
    .argument("<payee>", "id of the payee", idOf)
    .option("--asset <asset>", "the settlement asset if left out")
    .option("--amount <amount>", "in whole coins; all that is available if left out")
    .action((payeeId: string, { asset, amount }: { asset?: string; amount?: string }) =>
      withParts(async ({ payouts, db }) => {
        const settlementAsset = await readSettlementAsset(db);
        const coin = registry.get(asset ?? settlementAsset);
        const input = {
          payeeId,
          asset: coin.id,
          amount: amount === undefined ? undefined : parseMoney(amount, coin).amount,
          requestedBy: cliOperator(),
        };
        print(
          `Payout ${await requestPayout(payouts, input)} is requested: the policy says next whether it needs approval.`,
        );
      }),
    );

const plan = (): Command =>
  new Command("plan").description("Plan payouts now, instead of at the next scheduled check").action(() =>
    withParts(async ({ payouts }) => {
      const ids = await planPayouts(payouts, AbortSignal.timeout(60_000));
      print(ids.length === 0 ? "Nobody is due." : ids.join("\n"));
    }),
  );

const resolve = (): Command =>
  new Command("resolve")
    .description("Decide about a payout in review; refused while its money may still arrive")
    .argument("<payout>", "id of the payout", idOf)
    .addOption(
      new Option("--as <resolution>", "what to do").choices(["retry", "give_back"]).makeOptionMandatory(),
    )
    .action((payoutId: string, { as: resolution }: { as: Resolution }) =>
      withDatabase(async ({ db }, log) => {
        await resolvePayout({ db, log, clock: systemClock }, { payoutId, resolution, by: cliOperator() });
        print(resolution === "retry" ? "Another attempt starts." : "The money is the payee's balance again.");
      }),
    );

const cancel = (): Command =>
  new Command("cancel")
    .description("Take back a payout of which nothing was done outside yet")
    .argument("<payout>", "id of the payout", idOf)
    .action((payoutId: string) =>
      withDatabase(async ({ db }) => {
        await cancelPayout({ db, clock: systemClock }, { payoutId, by: cliOperator() });
        print("Cancelled: the balance is the payee's again.");
      }),
    );

const payOutside = (): Command =>
  new Command("pay-outside")
    .description("Take an approved payout to pay it elsewhere: the engine sends nothing for it any more")
    .argument("<payout>", "id of the payout", idOf)
    .action((payoutId: string) =>
      withParts(async ({ payouts }) => {
        await takeOutside(payouts, { payoutId, by: cliOperator() });
        print("It is yours to pay. Record the payment: `spillway payouts paid-outside`.");
      }),
    );

interface Paid {
  readonly hash?: string;
  readonly reference?: string;
  readonly amount?: string;
  readonly currency?: string;
}

/** @throws {InvalidArgumentError} neither a hash nor all of the rest. */
function saidPaid({ hash, reference, amount, currency }: Paid): SaidPaid {
  if (hash !== undefined && reference === undefined) return { transactionHash: hash };
  if (hash === undefined && reference?.trim() && amount !== undefined && currency !== undefined)
    return { reference, amount, currency };
  throw new InvalidArgumentError("say either --hash, or --reference with --amount and --currency.");
}

const paidOutside = (): Command =>
  new Command("paid-outside")
    .description(
      "Record the payment of a payout that was paid elsewhere; its chain, or a second person, proves it",
    )
    .argument("<payout>", "id of the payout", idOf)
    .option("--hash <hash>", "of the transaction on the payee's chain, or a link to it")
    .option(
      "--reference <reference>",
      "what names a payment that nobody here can look up; two persons must say it",
    )
    .option("--amount <amount>", "with --reference: what was paid, in whole units")
    .option("--currency <currency>", "with --reference: a currency's code, or an asset's id")
    .action((payoutId: string, paid: Paid) =>
      withParts(async ({ payouts, db }) => {
        const input = { payoutId, said: saidPaid(paid), by: cliOperator() };
        await recordPaidOutside(payouts, input, AbortSignal.timeout(60_000));
        const payout = await findPayout(db, payoutId);
        print(
          payout?.status === "completed"
            ? "Proved: the payout is completed."
            : "Kept. Its chain does not show it final yet: it is looked at again.",
        );
      }),
    );

const giveToEngine = (): Command =>
  new Command("return-to-engine")
    .description("Give a payout back that was to be paid elsewhere: the engine pays it")
    .argument("<payout>", "id of the payout", idOf)
    .action((payoutId: string) =>
      withParts(async ({ payouts }) => {
        await returnToEngine(payouts, { payoutId, by: cliOperator() });
        print("The engine pays it.");
      }),
    );

export const payoutsCommand = (): Command =>
  new Command("payouts")
    .description("Money out to payees")
    .addCommand(
      listCommand({
        description: "List payouts, newest first",
        route: operation(payoutReads, "listPayouts"),
        columns: ["id", "created_at", "status", "amount", "payee_id"],
        nothing: "Nobody was paid yet.",
      }),
    )
    .addCommand(searchCommand("Find payouts by id, hash, address or external id", "payout"))
    .addCommand(showCommand("A payout and every try of it", operation(payoutReads, "getPayout")))
    .addCommand(request())
    .addCommand(plan())
    .addCommand(cancel())
    .addCommand(payOutside())
    .addCommand(paidOutside())
    .addCommand(giveToEngine())
    .addCommand(resolve());
