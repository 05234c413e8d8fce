import { z } from "zod";
import { noticeChannels, type NoticeChannel } from "../providers/notifier.ts";

/** How one person is told. It is personal: it is in no log and in no error. */
export interface Contact {
  readonly channel: NoticeChannel;
  /** An e-mail address with its domain in lower case; the id of a Telegram chat as decimal text. */
  readonly address: string;
}

const email = z.email("must be one e-mail address, such as dora@example.org").max(254);
const chatId = /^-?[1-9]\d{0,15}$/;

/** A contact as it is given, brought into its one form. */
export const contactSchema = z
  .strictObject({
    channel: z.enum(noticeChannels),
    address: z
      .string()
      .trim()
      .min(1)
      .max(254)
      .describe("An e-mail address; for telegram the id of a chat with the bot, a number"),
  })
  .check((context) => {
    const { channel, address } = context.value;
    const refuse = (message: string) =>
      context.issues.push({ code: "custom", input: channel, path: ["address"], message });
    if (channel === "telegram" && !chatId.test(address))
      refuse("must be the id of a Telegram chat, a number such as 123456789; the bot's own messages show it");
    if (channel === "email" && !email.safeParse(address).success)
      refuse("must be one e-mail address, such as dora@example.org");
  })
  .transform(({ channel, address }): Contact => {
    const at = address.lastIndexOf("@");
    return channel === "telegram"
      ? { channel, address }
      : { channel, address: `${address.slice(0, at)}${address.slice(at).toLowerCase()}` };
  });
