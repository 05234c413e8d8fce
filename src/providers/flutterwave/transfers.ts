import { stringify } from "lossless-json";
import { z } from "zod";
import { ProviderError } from "../../errors.ts";
import { divide, parseProviderUnits } from "../../money/index.ts";
import type { BankProvider, BankTransferView } from "../bank-provider.ts";
import { amountSchema } from "../decimal.ts";
import type { HttpRequest } from "../http-client.ts";
import { outcomeOf } from "../submission.ts";
import type { FlutterwaveClient } from "./client.ts";
import { codeOf, get, name, numberOf, orNull, post, requireSame, textOf } from "./request.ts";
import { assetOfCurrency, nextPageOf, toTransfer, transferSchema } from "./wire.ts";

type Transfers = Pick<
  BankProvider,
  "send" | "findByReference" | "fetchTransfer" | "listTransfers" | "floats" | "fee" | "rate"
>;

const rowsSchema = z.array(z.unknown());

const unusable = (request: HttpRequest, reason: string, details: object): ProviderError =>
  new ProviderError(
    { provider: name, operation: request.operation, failure: "retryable", reason },
    { ...details },
  );

/** A row that does not fit makes the answer one that does not fit: it might be the one that is looked for. */
function readRows(request: HttpRequest, rows: z.infer<typeof rowsSchema>): BankTransferView[] {
  return rows.map((row) => {
    const wire = transferSchema.safeParse(row);
    if (wire.success) return toTransfer(wire.data, stringify(row) ?? "");
    throw unusable(request, "malformed_answer", { problem: z.prettifyError(wire.error).slice(0, 500) });
  });
}

const send =
  (client: FlutterwaveClient): Transfers["send"] =>
  (wanted, signal) => {
    const currency = codeOf(wanted.asset);
    const request = post("send", "/transfers", {
      account_bank: wanted.bankCode,
      account_number: wanted.accountNumber,
      amount: numberOf(wanted),
      currency,
      debit_currency: currency,
      narration: wanted.narration,
      reference: wanted.reference,
      beneficiary_name: wanted.holder,
      ...(wanted.branchCode !== null && { destination_branch_code: wanted.branchCode }),
    });
    return outcomeOf(async () => {
      const { data, raw } = await client.ask(request, transferSchema, signal);
      requireSame(request, { reference: [data.reference, wanted.reference] });
      return { value: toTransfer(data, raw), raw };
    });
  };

const findByReference =
  (client: FlutterwaveClient): Transfers["findByReference"] =>
  async (reference, signal) => {
    const request = get("find_by_reference", "/transfers", { reference });
    const { data } = await client.ask(request, rowsSchema, signal);
    const found = readRows(request, data).find((transfer) => transfer.reference === reference);
    // A filter that they do not know they ignore: a page of others proves nothing.
    if (found === undefined && data.length > 0)
      throw unusable(request, "answer_mismatch", { asked: reference, rows: data.length });
    return found ?? null;
  };

const feeSchema = z.array(
  z.object({ currency: z.string(), fee_type: z.enum(["value", "percentage"]), fee: amountSchema }),
);

const fee =
  (client: FlutterwaveClient): Transfers["fee"] =>
  async (money, signal) => {
    const currency = codeOf(money.asset);
    const request = get("fee", "/transfers/fee", { amount: textOf(money), currency, type: "account" });
    const { data } = await client.ask(request, feeSchema, signal);
    const row = data.find((one) => one.currency === currency);
    if (row === undefined) throw unusable(request, "answer_mismatch", { asked: currency });
    if (row.fee_type === "value") return parseProviderUnits(row.fee, money.asset.decimals, "up");
    const percentMicros = parseProviderUnits(row.fee, 6, "up");
    return divide(money.amount * percentMicros, 100_000_000n, "up");
  };

const sideSchema = z.object({ currency: z.string(), amount: amountSchema });

const rate =
  (client: FlutterwaveClient): Transfers["rate"] =>
  async (money, signal) => {
    const currency = codeOf(money.asset);
    const query = { amount: textOf(money), source_currency: "USD", destination_currency: currency };
    const request = get("rate", "/transfers/rates", query);
    const schema = z.object({ source: sideSchema, destination: sideSchema });
    const { data } = await client.ask(request, schema, signal);
    requireSame(request, {
      source: [data.source.currency, "USD"],
      destination: [data.destination.currency, currency],
    });
    // Which way their own `rate` goes is told in two ways: both amounts leave no doubt.
    return {
      usdMicros: parseProviderUnits(data.source.amount, 6, "up"),
      amount: parseProviderUnits(data.destination.amount, money.asset.decimals, "down"),
    };
  };

const floatsSchema = z.array(z.object({ currency: z.string(), available_balance: amountSchema }));

const floats =
  (client: FlutterwaveClient): Transfers["floats"] =>
  async (signal) => {
    const { data } = await client.ask(get("floats", "/balances"), floatsSchema, signal);
    return new Map(
      data.flatMap(({ currency, available_balance: available }) => {
        const asset = assetOfCurrency(currency);
        return asset === null
          ? []
          : [[asset.id, parseProviderUnits(available, asset.decimals, "down")] as const];
      }),
    );
  };

/** Money that leaves the float, and what it costs. */
export const transfersOf = (client: FlutterwaveClient): Transfers => ({
  send: send(client),
  findByReference: findByReference(client),
  fee: fee(client),
  rate: rate(client),
  floats: floats(client),
  fetchTransfer: (externalId, signal) =>
    orNull("not_found", async () => {
      const request = get("fetch_transfer", `/transfers/${encodeURIComponent(externalId)}`);
      const { data, raw } = await client.ask(request, transferSchema, signal);
      requireSame(request, { id: [data.id, externalId] });
      return toTransfer(data, raw);
    }),
  async listTransfers({ since, page }, signal) {
    const query = { page: String(page), from: since.toISOString().slice(0, 10) };
    const request = get("list_transfers", "/transfers", query);
    const { data, meta } = await client.ask(request, rowsSchema, signal);
    return { transfers: readRows(request, data), nextPage: nextPageOf(meta, page, data.length) };
  },
});
