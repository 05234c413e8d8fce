import { z } from "zod";
import type { ReceivingChain } from "../../../chains/receiving.ts";
import type { SendingChain } from "../../../chains/sending.ts";
import { formatUnits, registry } from "../../../money/index.ts";
import { compareWallets, findFaults, type WalletComparison } from "../../../reconciliation/index.ts";
import { defineRoute, type Route } from "../../route.ts";

const walletView = z
  .object({
    chain: z.string(),
    address: z.string(),
    asset: z.string(),
    booked: z.string(),
    on_chain: z.string(),
    not_final: z.string().describe("Sent on chain, booked once final"),
    difference: z.string().describe("Zero where books and chain agree"),
  })
  .meta({ id: "ComparedWallet", description: "One asset of one wallet, booked and on its chain" });

/** @param compared amounts in base units */
export function presentComparison(compared: WalletComparison): z.output<typeof walletView> {
  const decimal = (amount: bigint) => formatUnits(amount, registry.get(compared.asset).decimals);
  return {
    chain: compared.chain,
    address: compared.address,
    asset: compared.asset,
    booked: decimal(compared.booked),
    on_chain: decimal(compared.onChain),
    not_final: decimal(compared.notFinal),
    difference: decimal(compared.difference),
  };
}

const differenceView = z.object({ check: z.string(), id: z.string(), detail: z.string() }).meta({
  id: "Difference",
  description: "A promise of the books that does not hold, or more owed than held",
});

/** The whole state of the books against themselves and against the chains. */
export const reconciliationRoutes = ({
  chains,
  depositChains,
}: {
  readonly chains: ReadonlyMap<string, SendingChain>;
  readonly depositChains: ReadonlyMap<string, ReceivingChain>;
}): readonly Route[] => [
  defineRoute({
    method: "GET",
    path: "/v1/reconciliation",
    operationId: "reconcile",
    scope: "payments:read",
    summary:
      "Check every promise of the books and whether what is owed is there, and compare wallets with their chains",
    success: {
      status: 200,
      body: z
        .object({
          differences: z.array(differenceView),
          wallets: z.array(walletView),
        })
        .meta({
          id: "Reconciliation",
          description: "No difference: every promise of the books holds, and what is owed is there",
        }),
    },
    problems: [],
    async handle(_request, { db }) {
      const wallets = await compareWallets({ db, chains, depositChains }, AbortSignal.timeout(20_000));
      return { differences: await findFaults(db), wallets: wallets.map(presentComparison) };
    },
  }),
];
