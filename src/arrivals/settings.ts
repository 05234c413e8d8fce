import { z } from "zod";
import type { Db, Tx } from "../database/index.ts";
import { defineSetting, getSetting, type SettingDefinition } from "../settings/index.ts";

const hourMs = 3_600_000;

export const arrivalWindow = defineSetting({
  key: "arrival_window",
  meaning:
    "For how many hours coins that a processor or swap provider owes us are kept for it: an operator's word and the search for surplus do not claim coins like them. After that, two persons may.",
  schema: z.strictObject({ expected_hours: z.int().min(1).max(720) }),
  defaults: { expected_hours: 72 },
});

export const arrivalSettings: readonly SettingDefinition[] = [arrivalWindow];

export const readExpectedForMs = async (db: Db | Tx): Promise<number> =>
  (await getSetting(db, arrivalWindow)).value.expected_hours * hourMs;
