import { problemKinds } from "../src/http/index.ts";
import type { Finding } from "./checks.ts";
import type { Answer, Merchant, Method } from "./merchant.ts";

/** One request that somebody makes, whatever comes of it. */
export interface Act {
  readonly method: Method;
  readonly path: string;
  readonly body: object;
  /** A payee with their own key; a person of the operator's unless given. */
  readonly by?: Merchant;
  /** How often at the same moment, each as a request of its own; once unless given. */
  readonly times?: number;
}

export interface Item {
  readonly thing: string;
  readonly id: string;
  readonly reason: string;
  readonly actions: readonly string[];
  readonly version: string;
}

/** Reads what somebody who acts must know first. */
export interface Reader {
  get(path: string): Promise<unknown>;
  list<T>(path: string): Promise<readonly T[]>;
  idsOf(path: string): Promise<readonly string[]>;
  /** One of them, or now and then one that is not there. */
  anyOf(ids: readonly string[], otherwise?: string): string;
}

export const nobody = "00000000-0000-4000-8000-000000000000";
export const somebody = `0x${"12".repeat(20)}`;

/** An answer that no caller can do anything with: neither done nor refused by a published code. */
export function unusable({ method, path }: Act, { status, body }: Answer): Finding | null {
  const refused = status >= 400 && status !== 500 && Object.hasOwn(problemKinds, String(body["code"] ?? ""));
  if (status < 300 || refused) return null;
  return { check: "refused_without_code", detail: `${method} ${path}: ${status} ${JSON.stringify(body)}` };
}
