import { Command } from "commander";
import { systemClock } from "../clock.ts";
import { orderReads } from "../http/index.ts";
import { formatUsd } from "../money/index.ts";
import { acceptOrder, cancelOrder } from "../orders/index.ts";
import { idOf } from "./arguments.ts";
import { cliOperator } from "./operator.ts";
import { listCommand, operation, searchCommand, showCommand } from "./reading.ts";
import { print } from "./screen.ts";
import { withDatabase } from "./with-database.ts";

const accept = (): Command =>
  new Command("accept")
    .description("Take what was paid of an order as its whole price; the shares stay as they are")
    .argument("<order>", "id of the order", idOf)
    .action((orderId: string) =>
      withDatabase(async ({ db }) => {
        const cause = { kind: "operator", ref: cliOperator() } as const;
        const { paidUsdMicros, priceUsdMicros } = await acceptOrder(
          { db, clock: systemClock },
          { orderId, cause },
        );
        print(`The order is paid: ${formatUsd(paidUsdMicros)} of ${formatUsd(priceUsdMicros)} USD.`);
      }),
    );

const cancel = (): Command =>
  new Command("cancel")
    .description("Withdraw an order of which nothing was paid; what comes all the same is a late payment")
    .argument("<order>", "id of the order", idOf)
    .action((orderId: string) =>
      withDatabase(async ({ db }) => {
        const cause = { kind: "operator", ref: cliOperator() } as const;
        await cancelOrder({ db, clock: systemClock }, { orderId, cause });
        print("The order is cancelled.");
      }),
    );

export const ordersCommand = (): Command =>
  new Command("orders")
    .description("What payers are asked to pay")
    .addCommand(
      listCommand({
        description: "List orders, newest first",
        route: operation(orderReads, "listOrders"),
        columns: ["id", "created_at", "status", "price_usd", "paid_usd", "external_id"],
        nothing: "Nothing was ordered.",
      }),
    )
    .addCommand(searchCommand("Find orders by id, hash, address or external id", "order"))
    .addCommand(
      showCommand("An order, its shares and what it costs on each chain", operation(orderReads, "getOrder")),
    )
    .addCommand(accept())
    .addCommand(cancel());
