import { Command } from "commander";
import { systemClock } from "../clock.ts";
import { formatUsd } from "../money/index.ts";
import { acceptOrder } from "../orders/index.ts";
import { cliOperator } from "./operator.ts";
import { print } from "./screen.ts";
import { withDatabase } from "./with-database.ts";

const accept = (): Command =>
  new Command("accept")
    .description("Take what was paid of an order as its whole price; the shares stay as they are")
    .argument("<order>", "id of the order")
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

export const ordersCommand = (): Command =>
  new Command("orders").description("What payers are asked to pay").addCommand(accept());
