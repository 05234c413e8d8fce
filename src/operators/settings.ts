import { z } from "zod";
import { defineSetting, type SettingDefinition } from "../settings/index.ts";

export const secondPerson = defineSetting({
  key: "second_person",
  meaning: "How many hours the second of two persons has to confirm what the first asked for.",
  schema: z.strictObject({ hours: z.int().min(1).max(168) }),
  defaults: { hours: 24 },
});

export const operatorSettings: readonly SettingDefinition[] = [secondPerson];
