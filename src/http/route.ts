import type { z } from "zod";
import type { Clock } from "../clock.ts";
import type { Db } from "../database/index.ts";
import type { KeyMode, Scope } from "../operators/index.ts";
import type { Logger } from "../telemetry/index.ts";
import type { PublicCode } from "./problem-codes.ts";

/** Who asks. `ref` is what histories say of it: "api_key:<id>". */
export interface Principal {
  readonly id: string;
  readonly name: string;
  readonly ref: string;
  readonly scopes: readonly Scope[];
  readonly mode: KeyMode;
  /** Of a payee's own key: whose; null: an operator's. */
  readonly payeeId: string | null;
}

/** What every handler is given; its room comes by closure. */
export interface RouteContext {
  readonly db: Db;
  readonly clock: Clock;
  /** Names the request in every line. */
  readonly log: Logger;
  /** `x-request-id` as it came in, or ours. Follows the money from here on. */
  readonly correlationId: string;
}

export interface RouteRequest<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly principal: Principal;
  /** As sent by the caller; always there where the route says `idempotent: true`. */
  readonly idempotencyKey: string | null;
}

type Schema = z.ZodType;

/** What a room hands out need not be changeable to be shown. */
type Shown<Value> = Value extends readonly (infer Item)[]
  ? readonly Shown<Item>[]
  : Value extends object
    ? { readonly [Name in keyof Value]: Shown<Value[Name]> }
    : Value;
type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface OtherForm<Body> {
  readonly type: "text/csv" | "text/html";
  write(body: Shown<Body>): string;
}

/** One operation of the API. What the schemas do not name, the handler does not see and the caller does not get. */
export interface RouteSpec<
  Params extends Schema,
  Query extends Schema,
  Body extends Schema,
  Success extends Schema,
> {
  readonly method: Method;
  readonly path: `/v1/${string}`;
  readonly scope: Scope;
  /** Where what it does hangs on its path: the scopes of that effect, of which one is enough, and all that there are. */
  readonly scopeByPath?: {
    readonly scopes: readonly Scope[];
    of(params: Readonly<Record<string, string>>): Scope | readonly Scope[];
  };
  /** What generated clients call it: createOrder. Never renamed. */
  readonly operationId: string;
  /** What /docs lists it under, where that is not its path. */
  readonly tag?: string;
  readonly summary: string;
  readonly description?: string;
  /** Answers as ever, for those who know it by this path. */
  readonly deprecated?: boolean;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  readonly success: { readonly status: number; readonly body: Success };
  /** Other forms of the same answer, for whoever asks for one of them by its type in `Accept`. */
  readonly also?: readonly OtherForm<z.output<Success>>[];
  /** The codes of its own refusals; those of every request (401, 403, …) are understood. */
  readonly problems: readonly PublicCode[];
  /** `true`: a POST without Idempotency-Key is refused. Left out, one is honoured where it is sent. */
  readonly idempotent?: boolean;
  /** What a replay answers instead, where the first answer shows something that must not be stored. */
  storedAnswer?(body: z.output<Success>): z.output<Success>;
  handle(
    request: RouteRequest<z.output<Params>, z.output<Query>, z.output<Body>>,
    context: RouteContext,
  ): Promise<Shown<z.output<Success>>>;
}

export type Route = RouteSpec<Schema, Schema, Schema, Schema>;

/** Checks an operation's types and forgets them, so that all operations fit in one array. */
export function defineRoute<
  Success extends Schema,
  Params extends Schema = z.ZodUndefined,
  Query extends Schema = z.ZodUndefined,
  Body extends Schema = z.ZodUndefined,
>(spec: RouteSpec<Params, Query, Body, Success>): Route {
  return spec as unknown as Route;
}

/**
 * An inbound event. The handler gets the bytes as they came: nothing was parsed, and it answers for the signature.
 * It is kept free of hooks, since the processor's patience and our intake rate hang on it.
 */
export interface WebhookRoute {
  readonly path: `/webhooks/${string}`;
  readonly summary: string;
  readonly problems: readonly PublicCode[];
  handle(
    request: {
      readonly raw: Buffer;
      readonly headers: Readonly<Record<string, string | string[] | undefined>>;
      readonly params: Readonly<Record<string, string>>;
    },
    context: RouteContext,
  ): Promise<object>;
}

export const defineWebhook = (route: WebhookRoute): WebhookRoute => route;
