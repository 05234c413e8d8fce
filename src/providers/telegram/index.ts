import { z } from "zod";
import type { Clock } from "../../clock.ts";
import { ProviderError } from "../../errors.ts";
import type { CircuitBreaker } from "../circuit-breaker.ts";
import {
  createHttpClient,
  parseJsonOrNull,
  requireSecret,
  type HttpRequest,
  type HttpResponse,
} from "../http-client.ts";
import type { NoticeOutcome, Notifier } from "../notifier.ts";

export interface TelegramOptions {
  readonly baseUrl: string;
  /** "<id of the bot>:<secret>". It is part of every address that is asked. */
  readonly token: string;
  readonly clock: Clock;
  readonly timeoutMs?: number;
  readonly fetch?: typeof globalThis.fetch;
  readonly circuit?: CircuitBreaker;
}

const digits = z.string().regex(/^-?\d{1,20}$/); // numbers arrive as their decimal text
const sentSchema = z.object({ ok: z.literal(true), result: z.object({ message_id: digits }) });
const meSchema = z.object({ ok: z.literal(true), result: z.object({ username: z.string() }) });
const refusalSchema = z.object({
  ok: z.literal(false),
  description: z.string().catch(""),
  parameters: z
    .object({ retry_after: digits.optional(), migrate_to_chat_id: digits.optional() })
    .catch({})
    .default({}),
});

/** By what their description begins with: they give no codes of their own. */
const reasons: readonly (readonly [RegExp, string])[] = [
  [/^bad request: chat not found/i, "chat_not_found"],
  [/^forbidden: bot was blocked/i, "blocked_by_recipient"],
  [/^forbidden: user is deactivated/i, "recipient_gone"],
  [/^forbidden: bot can't initiate/i, "bot_not_started"],
  [/^forbidden: bot was kicked/i, "bot_removed_from_chat"],
];

const maximumText = 4_096;

/** What an answer without success says. */
function refusalOf({ status, text, retryAfterMs }: HttpResponse): NoticeOutcome {
  if (status >= 500 || status < 400) return { kind: "unknown", reason: `http_${status}` };
  const said = refusalSchema.safeParse(parseJsonOrNull(text)).data;
  const { retry_after: seconds, migrate_to_chat_id: moved } = said?.parameters ?? {};
  if (status === 429) {
    const afterMs = seconds === undefined ? retryAfterMs : parseInt(seconds, 10) * 1_000;
    return { kind: "refused", reason: "rate_limited", again: true, afterMs };
  }
  // A token that is wrong or was revoked is the operator's to mend, and then everything is told after all.
  if (status === 401 || status === 404)
    return { kind: "refused", reason: "unauthorized", again: true, afterMs: null };
  const known = reasons.find(([beginning]) => beginning.test(said?.description ?? ""))?.[1];
  const reason = moved === undefined ? (known ?? `http_${status}`) : "chat_moved";
  return { kind: "refused", reason, again: false, afterMs: null };
}

/** Telegram's Bot API: a bot writes to whoever pressed Start, and to groups that it is in. */
export function createTelegram(options: TelegramOptions): Notifier {
  const token = requireSecret("TELEGRAM_BOT_TOKEN", options.token);
  const http = createHttpClient({
    provider: "telegram",
    baseUrl: `${options.baseUrl.replace(/\/+$/, "")}/bot${token}`,
    headers: {},
    secrets: [token, token.split(":")[1] ?? ""],
    clock: options.clock,
    timeoutMs: options.timeoutMs,
    fetch: options.fetch,
    circuit: options.circuit,
  });
  return {
    channel: "telegram",
    async send({ address, title, body }) {
      const request: HttpRequest = {
        operation: "send_message",
        method: "POST",
        path: "/sendMessage",
        body: JSON.stringify({
          chat_id: address,
          text: `${title}\n\n${body}`.slice(0, maximumText),
          link_preview_options: { is_disabled: true },
        }),
      };
      try {
        const response = await http.send(request, new AbortController().signal);
        if (response.status < 200 || response.status > 299) return refusalOf(response);
        const { result } = http.read(sentSchema, request, response);
        return { kind: "sent", reference: result.message_id };
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error;
        if (error.failure === "unknown") return { kind: "unknown", reason: error.reason };
        const { retryAfterMs } = error.details as { readonly retryAfterMs?: number };
        return { kind: "refused", reason: error.reason, again: true, afterMs: retryAfterMs ?? null };
      }
    },
    async checkAccess(signal) {
      const request: HttpRequest = { operation: "get_me", method: "GET", path: "/getMe" };
      const response = await http.send(request, signal);
      const known = response.status === 404 ? { reason: "unauthorized" } : {};
      if (response.status !== 200) throw http.refusal(request, response, known);
      return `@${http.read(meSchema, request, response).result.username}`;
    },
  };
}
