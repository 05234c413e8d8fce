import { stringify } from "lossless-json";
import { Refusal, type WireAnswer, type WireRequest } from "../wire-server.ts";
import { hexOf } from "./address.ts";
import type { Ledger } from "./ledger.ts";
import { addressFrom, blockBody, infoBody, nativeRows, tokenRows, transactionBody } from "./wire.ts";

export interface NodeSettings {
  /** Null: nobody needs one. */
  readonly apiKey: string | null;
  /** Whether it keeps what contracts do inside a transaction; java-tron does not unless told. */
  keepsInternal: boolean;
}

const json = (body: unknown): WireAnswer => ({
  status: 200,
  body: stringify(body) ?? "{}",
  headers: { "content-type": "application/json; charset=utf-8" },
});
/** How the node refuses, with HTTP 200. */
const nodeError = (what: string) => json({ Error: `class java.lang.IllegalArgumentException : ${what}` });

/** The node's HTTP API and TronGrid's lists beside it. */
export function createRoutes(ledger: Ledger, settings: NodeSettings) {
  const field = (request: WireRequest, name: string): unknown =>
    (request.body as Record<string, unknown> | undefined)?.[name];

  function block(request: WireRequest, upTo: number): WireAnswer {
    const asked = field(request, "id_or_num");
    const number = asked === undefined ? upTo : parseInt(String(asked), 10);
    const found = number <= upTo ? ledger.blocks[number] : undefined;
    return json(found === undefined ? {} : blockBody(found));
  }

  function transaction(request: WireRequest, upTo: number, what: "body" | "info"): WireAnswer {
    const id = String(field(request, "value"));
    if (!/^[0-9a-f]{64}$/.test(id)) return nodeError("invalid hash");
    const found = ledger.find(id, upTo);
    if (found === null) return json({});
    return json(
      what === "body"
        ? transactionBody(found.transaction)
        : infoBody(found.transaction, found.block, settings.keepsInternal),
    );
  }

  function account(request: WireRequest, upTo: number): WireAnswer {
    const address = addressFrom(field(request, "address"));
    const balance = ledger.balanceOf(address, null, upTo);
    return json(balance <= 0n ? {} : { address: hexOf(address), balance, create_time: 1 });
  }

  function constantCall(request: WireRequest, upTo: number): WireAnswer {
    const contract = addressFrom(field(request, "contract_address"));
    if (!ledger.tokens.has(contract) || field(request, "function_selector") !== "balanceOf(address)") {
      const message = Buffer.from("Contract validate error : No contract").toString("hex");
      return json({ result: { code: "CONTRACT_VALIDATE_ERROR", message } });
    }
    const address = addressFrom(`41${String(field(request, "parameter")).slice(24)}`);
    const balance = ledger.balanceOf(address, contract, upTo);
    const constant_result = [(balance < 0n ? 0n : balance).toString(16).padStart(64, "0")];
    return json({ result: { result: true }, energy_used: 935, constant_result, transaction: { ret: [{}] } });
  }

  function list(path: string, query: URLSearchParams): WireAnswer {
    const [, , , address = "", , kind] = path.split("/");
    const minimum = parseInt(query.get("min_timestamp") ?? "0", 10);
    const rows = ledger.blocks
      .filter(({ time }) => time >= minimum)
      .flatMap((one) =>
        one.transactions.flatMap((sent): object[] =>
          kind === "trc20"
            ? tokenRows(sent, one, address, ledger.tokens)
            : nativeRows(sent, one, address, settings.keepsInternal),
        ),
      );
    const ordered = query.get("order_by") === "block_timestamp,asc" ? rows : rows.toReversed();
    return page(ordered, query, ledger.head().time);
  }

  return function handle({ method, path, query, headers, ...rest }: WireRequest): WireAnswer {
    if (settings.apiKey !== null && headers["tron-pro-api-key"] !== settings.apiKey)
      throw new Refusal(401, { Error: "ApiKey not exists" });
    const request = { method, path, query, headers, ...rest };
    if (/^\/v1\/accounts\/[^/]+\/transactions(\/trc20)?$/.test(path)) return list(path, query);
    const [, view, call] = /^\/(wallet|walletsolidity)\/(\w+)$/.exec(path) ?? [];
    const upTo = (view === "walletsolidity" ? ledger.solidHead() : ledger.head()).number;
    if (call === "getblock") return block(request, upTo);
    if (call === "gettransactionbyid") return transaction(request, upTo, "body");
    if (call === "gettransactioninfobyid") return transaction(request, upTo, "info");
    if (call === "getaccount") return account(request, upTo);
    if (call === "triggerconstantcontract") return constantCall(request, upTo);
    throw new Refusal(404, { Error: "Not found" });
  };
}

function page(rows: readonly object[], query: URLSearchParams, at: number): WireAnswer {
  const limit = Math.min(parseInt(query.get("limit") ?? "20", 10), 200);
  const fingerprint = query.get("fingerprint");
  const offset = fingerprint === null ? 0 : parseInt(Buffer.from(fingerprint, "base64url").toString(), 10);
  if (Number.isNaN(offset))
    throw new Refusal(400, { success: false, error: "Invalid fingerprint provided", statusCode: 400 });
  const data = rows.slice(offset, offset + limit);
  const next = Buffer.from(String(offset + limit)).toString("base64url");
  const more = offset + limit < rows.length ? { fingerprint: next } : {};
  return json({ data, success: true, meta: { at, ...more, page_size: data.length } });
}
