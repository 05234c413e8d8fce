import type { Clock } from "../src/clock.ts";
import { Refusal, type WireAnswer, type WireRequest } from "./wire-server.ts";

/** A message as somebody reads it in their chat. */
export interface TelegramMessage {
  readonly chatId: string;
  readonly text: string;
  readonly at: Date;
}

/** What became of a chat: nobody there, the bot blocked, or a group with a new id. Every other chat has pressed Start. */
export type ChatState = "gone" | "blocked" | { readonly movedTo: string };

export interface TelegramControl {
  readonly messages: readonly TelegramMessage[];
  setChat(chatId: string, state: ChatState | "there"): void;
}

export interface Telegram extends TelegramControl {
  handle(request: WireRequest): WireAnswer;
}

const longestText = 4_096;

function refuse(code: number, description: string, parameters?: object): never {
  throw new Refusal(code, { ok: false, error_code: code, description, ...(parameters && { parameters }) });
}

/** Telegram's Bot API, as much of it as a bot needs that only writes. */
export function createTelegram({ token, clock }: { token: string; clock: Clock }): Telegram {
  const messages: TelegramMessage[] = [];
  const chats = new Map<string, ChatState>();

  function sendMessage(body: unknown): object {
    const { chat_id: chatId, text } = (body ?? {}) as { chat_id?: string | number; text?: unknown };
    const id = String(chatId ?? "");
    if (!/^-?\d+$/.test(id)) refuse(400, "Bad Request: chat not found");
    if (typeof text !== "string" || text.trim() === "") refuse(400, "Bad Request: message text is empty");
    if (text.length > longestText) refuse(400, "Bad Request: message is too long");
    const state = chats.get(id);
    if (state === "gone") refuse(400, "Bad Request: chat not found");
    if (state === "blocked") refuse(403, "Forbidden: bot was blocked by the user");
    if (state !== undefined)
      refuse(400, "Bad Request: group chat was upgraded to a supergroup chat", {
        migrate_to_chat_id: parseInt(state.movedTo, 10),
      });
    const at = clock.now();
    messages.push({ chatId: id, text, at });
    const date = Math.floor(at.getTime() / 1_000);
    return { message_id: messages.length, date, chat: { id: parseInt(id, 10), type: "private" }, text };
  }

  return {
    messages,
    setChat: (chatId, state) => void (state === "there" ? chats.delete(chatId) : chats.set(chatId, state)),
    handle({ path, body }) {
      const [, given = "", method = ""] = /^\/bot([^/]+)\/(\w+)$/.exec(path) ?? [];
      if (!/^\d+:/.test(given)) refuse(404, "Not Found");
      if (given !== token) refuse(401, "Unauthorized");
      switch (method.toLowerCase()) {
        case "getme": {
          const me = {
            id: parseInt(token, 10),
            is_bot: true,
            first_name: "Sandbox",
            username: "sandbox_bot",
          };
          return { status: 200, body: { ok: true, result: me } };
        }
        case "sendmessage":
          return { status: 200, body: { ok: true, result: sendMessage(body) } };
        default:
          return refuse(404, "Not Found: method not found");
      }
    },
  };
}
