import { Command, Option } from "commander";
import { callRoute, operatorAs, refundReads, refundRoutes } from "../http/index.ts";
import { newId } from "../ids.ts";
import { idOf } from "./arguments.ts";
import { cliOperator } from "./operator.ts";
import { describeThing, listCommand, operation, searchCommand, showCommand, type Thing } from "./reading.ts";
import { print } from "./screen.ts";
import { withParts } from "./with-database.ts";

/** Asks one of the API's own routes, as whoever sits at the command line. */
const act = (name: string, sent: { readonly params: object; readonly body?: object }): Promise<Thing> =>
  withParts(async (parts, config) => {
    const { db, clock, log } = parts;
    const context = { db, clock, log, correlationId: newId(), principal: operatorAs(cliOperator()) };
    return (await callRoute(operation(refundRoutes(parts, config), name), sent, context)) as Thing;
  });

interface CreateOptions {
  readonly payment?: string;
  readonly asset?: string;
  readonly amount?: string;
  readonly rate?: string;
  readonly to?: string;
  readonly reason: string;
}

const create = (): Command =>
  new Command("create")
    .description("Give a payment of an order back to its payer, whole or a part of it")
    .argument("<order>", "id of the order", idOf)
    .requiredOption("--reason <text>", "why; kept with it")
    .option("--to <address>", "the payer's; left out, a link is shown by which they say it, this once")
    .option("--payment <id>", "needed only where the order was paid by several payments")
    .option("--amount <amount>", "the part that is refunded, in whole coins; all that is left if left out")
    .option("--asset <asset>", "of that amount: the asset that came")
    .addOption(
      new Option(
        "--rate <rate>",
        "the units that came, or what they were worth then at today's price",
      ).choices(["original", "current"]),
    )
    .action(async (id: string, { payment, asset, amount, rate, to, reason }: CreateOptions) => {
      const body = {
        reason,
        ...(payment !== undefined && { payment_id: payment }),
        ...((amount !== undefined || asset !== undefined) && { share: { asset, amount } }),
        ...(rate !== undefined && { rate }),
        ...(to !== undefined && { to_address: to }),
      };
      print(describeThing(await act("refundOrder", { params: { id }, body })));
    });

const link = (): Command =>
  new Command("link")
    .description(
      "Make a new link for the payer of a refund that has no address; it is shown in this answer only",
    )
    .argument("<refund>", "id of the refund", idOf)
    .action(async (id: string) => print(describeThing(await act("renewRefundLink", { params: { id } }))));

const cancel = (): Command =>
  new Command("cancel")
    .description("Send nothing: what was to be refunded is where it was")
    .argument("<refund>", "id of the refund", idOf)
    .action(async (id: string) => print(describeThing(await act("cancelRefund", { params: { id } }))));

export const refundsCommand = (): Command =>
  new Command("refunds")
    .description("What goes back to payers")
    .addCommand(
      listCommand({
        description: "List refunds, newest first",
        route: operation(refundReads, "listRefunds"),
        columns: ["id", "created_at", "status", "amount", "order_id"],
        nothing: "Nothing went back to anybody yet.",
      }),
    )
    .addCommand(searchCommand("Find refunds by id or hash", "refund"))
    .addCommand(
      showCommand("A refund, every try of sending it, and every step", operation(refundReads, "getRefund")),
    )
    .addCommand(create())
    .addCommand(link())
    .addCommand(cancel());
