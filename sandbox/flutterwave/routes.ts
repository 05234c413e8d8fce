import { randomBytes } from "../randomness.ts";
import type { WireAnswer, WireRequest } from "../wire-server.ts";
import type { Bank } from "./bank.ts";
import { accountHolders, banksOf, blacklisted, branchesOf, transferFee } from "./catalogue.ts";
import type { BankTransfer } from "./types.ts";
import { presentCharge, presentTransfer, readAmount, refuse, success, toNumber } from "./wire.ts";

type Fields = Readonly<Record<string, unknown>>;

const textOf = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);
const required = (fields: Fields, name: string): string =>
  textOf(fields[name]) ?? refuse(400, `${name} is required`);
const rowsPerPage = 10;

function bodyOf({ body }: WireRequest): Fields {
  return typeof body === "object" && body !== null ? { ...body } : refuse(400, "Invalid JSON");
}

function createTransfer(bank: Bank, request: WireRequest): WireAnswer {
  const fields = bodyOf(request);
  const [bankCode, accountNumber, currency] = ["account_bank", "account_number", "currency"].map((name) =>
    required(fields, name),
  ) as [string, string, string];
  const amount = readAmount(fields["amount"]) ?? refuse(400, "amount is required");
  const reference = textOf(fields["reference"]) ?? `flw_${randomBytes(8).toString("hex")}`;
  const debitCurrency = textOf(fields["debit_currency"]) ?? currency;
  if (accountNumber === blacklisted) refuse(400, "Payout was made to a blacklisted account number");
  if (!bank.rates.has(currency) || !bank.rates.has(debitCurrency)) refuse(400, "currency is not supported");
  if (currency === "NGN" && !/^\d{10}$/.test(accountNumber))
    refuse(400, "account_number should be 10 digits");
  if (currency === "GHS" && textOf(fields["destination_branch_code"]) === null)
    refuse(400, "destination_branch_code is required");
  if (bank.byReference.has(reference)) refuse(400, "Payout with this ref already exists");
  const transfer = bank.submit({
    reference,
    currency,
    debitCurrency,
    amount,
    bankCode,
    accountNumber,
    narration: textOf(fields["narration"]),
    callbackUrl: textOf(fields["callback_url"]),
  });
  return success("Transfer Queued Successfully", presentTransfer(transfer));
}

/** Allowed on one that failed; another id, and the reference with a suffix. */
function retryTransfer(bank: Bank, transfer: BankTransfer): WireAnswer {
  if (transfer.status !== "FAILED") refuse(400, "Transfer cannot be retried");
  transfer.retries += 1;
  const { currency, debitCurrency, amount, bankCode, accountNumber, narration, callbackUrl } = transfer;
  const reference = `${transfer.reference}_RETRY_${transfer.retries}`;
  return success(
    "Transfer retry attempt queued successfully",
    presentTransfer(
      bank.submit({
        reference,
        currency,
        debitCurrency,
        amount,
        bankCode,
        accountNumber,
        narration,
        callbackUrl,
      }),
    ),
  );
}

function listTransfers(bank: Bank, query: URLSearchParams): WireAnswer {
  const day = (date: Date): string => date.toISOString().slice(0, 10);
  const [reference, status, from, to] = ["reference", "status", "from", "to"].map((name) => query.get(name));
  const found = [...bank.transfers.values()]
    .filter(
      (transfer) =>
        (!reference || transfer.reference === reference) &&
        (!status || transfer.status === status.toUpperCase()) &&
        (!from || day(transfer.createdAt) >= from) &&
        (!to || day(transfer.createdAt) <= to),
    )
    .toReversed();
  const page = Math.max(1, parseInt(query.get("page") ?? "1", 10) || 1);
  const pages = Math.max(1, Math.ceil(found.length / rowsPerPage));
  return success(
    "Transfers fetched",
    found.slice((page - 1) * rowsPerPage, page * rowsPerPage).map(presentTransfer),
    { page_info: { total: found.length, current_page: page, total_pages: pages } },
  );
}

function transferOf(bank: Bank, id: string): BankTransfer {
  return bank.transfers.get(parseInt(id, 10)) ?? refuse(404, "Transfer not found");
}

function resolveAccount(bank: Bank, request: WireRequest): WireAnswer {
  const fields = bodyOf(request);
  const [accountNumber, bankCode] = [required(fields, "account_number"), required(fields, "account_bank")];
  const holder = bankCode === "044" ? accountHolders.get(accountNumber) : undefined;
  if (holder === undefined)
    return refuse(400, "Sorry, that account number is invalid, please check and try again");
  return success("Account details fetched", { account_number: accountNumber, account_name: holder });
}

function rates(bank: Bank, query: URLSearchParams): WireAnswer {
  const amount = readAmount(query.get("amount")) ?? refuse(400, "amount is required");
  const source = query.get("source_currency") ?? "";
  const destination = query.get("destination_currency") ?? "";
  if (!bank.rates.has(source) || !bank.rates.has(destination)) refuse(400, "currency pair is not supported");
  const cost = toNumber(bank.costOf(amount, destination, source));
  return success("Transfer amount fetched", {
    rate: cost / toNumber(amount),
    source: { currency: source, amount: cost },
    destination: { currency: destination, amount: toNumber(amount) },
  });
}

function fee(query: URLSearchParams): WireAnswer {
  const amount = readAmount(query.get("amount")) ?? refuse(400, "amount is required");
  const currency = query.get("currency") ?? "NGN";
  return success("Transfer fee fetched", [
    { currency, fee_type: "value", fee: toNumber(transferFee(currency, amount)) },
  ]);
}

const presentFloat = (currency: string, units: bigint) => ({
  currency,
  available_balance: toNumber(units),
  ledger_balance: toNumber(units),
});

function createLink(bank: Bank, request: WireRequest): WireAnswer {
  const fields = bodyOf(request);
  const [txRef, currency, redirectUrl] = ["tx_ref", "currency", "redirect_url"].map((name) =>
    required(fields, name),
  ) as [string, string, string];
  const amount = readAmount(fields["amount"]) ?? refuse(400, "amount is required");
  const customer = fields["customer"];
  const email =
    typeof customer === "object" && customer !== null
      ? required({ ...customer }, "email")
      : refuse(400, "customer.email is required");
  const token = randomBytes(12).toString("hex");
  bank.links.set(token, { token, txRef, currency, amount, email, redirectUrl });
  return success("Hosted Link", { link: `http://${request.headers.host ?? "127.0.0.1"}/pay/${token}` });
}

function verify(bank: Bank, found: (charge: Bank["charges"][number]) => boolean): WireAnswer {
  const charges = bank.charges.filter(found);
  // Several tries may carry one reference: the one that succeeded is told first.
  const charge = charges.find(({ status }) => status === "successful") ?? charges.at(-1);
  if (charge === undefined) return refuse(400, "No transaction was found for this id");
  return success("Transaction fetched successfully", presentCharge(charge));
}

/** They write ids as text in lists. */
function listCharges(bank: Bank, query: URLSearchParams): WireAnswer {
  const reference = query.get("tx_ref");
  const found = bank.charges.filter(({ txRef }) => reference === null || txRef === reference).toReversed();
  const page = Math.max(1, parseInt(query.get("page") ?? "1", 10) || 1);
  const rows = found
    .slice((page - 1) * rowsPerPage, page * rowsPerPage)
    .map((charge) => ({ ...presentCharge(charge), id: String(charge.id) }));
  const pages = Math.max(1, Math.ceil(found.length / rowsPerPage));
  return success("Transactions fetched", rows, {
    page_info: { total: found.length, current_page: page, total_pages: pages },
  });
}

function refundCharge(bank: Bank, id: string, request: WireRequest): WireAnswer {
  const charge = bank.charges.find((candidate) => String(candidate.id) === id);
  if (charge?.status !== "successful") return refuse(400, "No transaction was found for this id");
  const amount =
    readAmount((request.body as Fields | undefined)?.["amount"]) ?? charge.amount - charge.refunded;
  if (amount <= 0n || charge.refunded + amount > charge.amount) refuse(400, "Refund amount is too high");
  charge.refunded += amount;
  bank.credit(charge.currency, -amount);
  return success("Transaction refund initiated", {
    id: bank.newId(),
    tx_id: charge.id,
    flw_ref: charge.flwRef,
    amount_refunded: toNumber(amount),
    status: "completed",
    destination: "payment_source",
    created_at: charge.createdAt.toISOString(),
  });
}

type Route = (bank: Bank, request: WireRequest, id: string) => WireAnswer;

/** Method and path, whose groups are what the route is given. */
const routes: readonly (readonly [string, RegExp, Route])[] = [
  ["POST", /^\/transfers$/, createTransfer],
  ["GET", /^\/transfers$/, (bank, { query }) => listTransfers(bank, query)],
  ["GET", /^\/transfers\/fee$/, (_, { query }) => fee(query)],
  ["GET", /^\/transfers\/rates$/, (bank, { query }) => rates(bank, query)],
  [
    "GET",
    /^\/transfers\/(\d+)$/,
    (bank, _, id) =>
      success("Transfer fetched", { ...presentTransfer(transferOf(bank, id)), approver: null }),
  ],
  ["POST", /^\/transfers\/(\d+)\/retries$/, (bank, _, id) => retryTransfer(bank, transferOf(bank, id))],
  [
    "GET",
    /^\/banks\/([A-Z]{2})$/,
    (_, __, country) =>
      success("Banks fetched successfully", banksOf[country] ?? refuse(400, "Country is not supported")),
  ],
  [
    "GET",
    /^\/banks\/(\d+)\/branches$/,
    (_, __, id) => success("Bank branches fetched successfully", branchesOf[id] ?? []),
  ],
  ["POST", /^\/accounts\/resolve$/, resolveAccount],
  [
    "GET",
    /^\/balances$/,
    (bank) =>
      success(
        "Wallet balances fetched",
        [...bank.floats].map(([currency, units]) => presentFloat(currency, units)),
      ),
  ],
  [
    "GET",
    /^\/balances\/([A-Z]{3})$/,
    (bank, _, currency) =>
      success(
        "Wallet balance fetched",
        presentFloat(currency, bank.floats.get(currency) ?? refuse(400, "Currency is not supported")),
      ),
  ],
  ["POST", /^\/payments$/, createLink],
  ["GET", /^\/transactions$/, (bank, { query }) => listCharges(bank, query)],
  [
    "GET",
    /^\/transactions\/(\d+)\/verify$/,
    (bank, _, id) => verify(bank, (charge) => String(charge.id) === id),
  ],
  [
    "GET",
    /^\/transactions\/verify_by_reference$/,
    (bank, { query }) => verify(bank, ({ txRef }) => txRef === query.get("tx_ref")),
  ],
  ["POST", /^\/transactions\/(\d+)\/refund$/, (bank, request, id) => refundCharge(bank, id, request)],
];

/** The account's own wire, v3. */
export function createBankRoutes(bank: Bank, secretKey: string): (request: WireRequest) => WireAnswer {
  return (request) => {
    if (request.headers.authorization !== `Bearer ${secretKey}`) refuse(401, "Invalid authorization key");
    for (const [method, path, route] of routes) {
      const found = method === request.method ? path.exec(request.path) : null;
      if (found !== null) return route(bank, request, found[1] ?? "");
    }
    return refuse(404, `Cannot ${request.method} ${request.path}`);
  };
}
