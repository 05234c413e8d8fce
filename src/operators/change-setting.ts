import type { Db } from "../database/index.ts";
import type { SecondPerson } from "../desk-port/index.ts";
import {
  changeSetting,
  newestVersionOf,
  parseSetting,
  type Setting,
  type SettingDefinition,
} from "../settings/index.ts";

/**
 * These say how much may leave, in which coin payees are owed, how much may lie with others and how long one person waits for
 * another: whoever tunes the rest does not lift them, and the policy says who must agree.
 */
export const limitSettings: ReadonlySet<string> = new Set([
  "transfer_limits",
  "swap_exposure",
  "second_person",
  "payout_policy",
]);

const needsAgreement = (key: string): boolean => limitSettings.has(key) || key === "settlement_asset";

/**
 * Puts a new version of a setting in force, once as many people want it as the policy asks for. What they agree to is that value in
 * the place of that version: changed meanwhile, it is asked for anew.
 * @throws {DomainError} `second_person_needed`, and what `changeSetting` throws
 */
export async function changeSettingAsAllowed(
  { db, secondPerson }: { readonly db: Db; readonly secondPerson: SecondPerson },
  change: {
    readonly setting: SettingDefinition;
    readonly value: unknown;
    readonly changedBy: string;
    readonly now: Date;
    readonly expectedVersion?: number | undefined;
  },
): Promise<Setting> {
  const { setting, changedBy: by, now } = change;
  const { key } = setting;
  if (!needsAgreement(key)) return changeSetting(db, change);
  // What would be refused is asked of nobody.
  const value: unknown = parseSetting(setting, change.value);
  await setting.refuse?.(db, value);
  const expectedVersion = change.expectedVersion ?? (await newestVersionOf(db, key));
  const input = { value: JSON.stringify(value), version: expectedVersion };
  return secondPerson.asTwo({ decision: `setting.${key}`, subject: key, input, by, now }, (tx) =>
    changeSetting(tx, { ...change, value, expectedVersion }),
  );
}
