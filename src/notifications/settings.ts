import { z } from "zod";
import type { Db, Tx } from "../database/index.ts";
import { defineSetting, getSetting, type SettingDefinition } from "../settings/index.ts";
import { contactSchema, type Contact } from "./contact.ts";

export const operatorContacts = defineSetting({
  key: "operator_contacts",
  meaning: "Who is told of what needs a person: e-mail addresses and Telegram chats of operators.",
  schema: z.strictObject({ contacts: z.array(contactSchema).max(20) }),
  defaults: { contacts: [] },
});

export const notificationSettings: readonly SettingDefinition[] = [operatorContacts];

export const readOperatorContacts = async (db: Db | Tx): Promise<readonly Contact[]> =>
  (await getSetting(db, operatorContacts)).value.contacts;
