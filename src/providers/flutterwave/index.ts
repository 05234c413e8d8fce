import { createHash, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { Clock } from "../../clock.ts";
import { DomainError } from "../../errors.ts";
import { currencyOf, fiatChain } from "../../money/index.ts";
import type { BankProvider } from "../bank-provider.ts";
import type { CircuitBreaker } from "../circuit-breaker.ts";
import { accountsOf } from "./accounts.ts";
import { createFlutterwaveClient } from "./client.ts";
import { paymentsOf } from "./payments.ts";
import { get, name } from "./request.ts";
import { transfersOf } from "./transfers.ts";
import { readNotice } from "./wire.ts";

const noticeHeader = "verif-hash";

export interface FlutterwaveOptions {
  readonly baseUrl: string;
  readonly secretKey: string;
  readonly secretHash: string;
  readonly clock: Clock;
  readonly timeoutMs?: number;
  readonly fetch?: typeof globalThis.fetch;
  readonly circuit?: CircuitBreaker;
}

/** Of one length, so that comparing takes one time. */
const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/**
 * Flutterwave v3: transfers to banks out of a float there, and hosted payments into it. Their only idempotency key is the
 * reference: after an unknown outcome it is looked up, and an answer that it is taken already means the same.
 * @throws {DomainError} `invalid_configuration` an empty key or secret hash, or a base URL that is none.
 */
export function createFlutterwave(options: FlutterwaveOptions): BankProvider {
  const secretHash = options.secretHash.trim();
  if (secretHash === "")
    throw new DomainError(
      "invalid_configuration",
      "The Flutterwave secret hash is empty: everybody could send notices. Set it and start again.",
    );
  const client = createFlutterwaveClient(options, options);
  const hidden = digest(secretHash);
  return {
    name,
    serves: (asset) => asset.chain === fiatChain && currencyOf(asset.symbol) !== null,
    ...accountsOf(client),
    ...transfersOf(client),
    ...paymentsOf(client),
    verifyNotice({ [noticeHeader]: given }) {
      return typeof given === "string" && timingSafeEqual(digest(given), hidden);
    },
    parseNotice(raw) {
      try {
        return readNotice(raw.toString("utf8"));
      } catch (error) {
        throw new DomainError("malformed_event", "The notice is not one Flutterwave sends.", {}, error);
      }
    },
    async checkHealth(signal) {
      await client.ask(get("check_health", "/balances/NGN"), z.unknown(), signal);
    },
  };
}
