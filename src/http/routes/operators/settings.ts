import { z } from "zod";
import { changeSettingAsAllowed, limitSettings, openSecondPerson } from "../../../operators/index.ts";
import {
  getSetting,
  listSettingVersions,
  type Setting,
  type SettingRegistry,
} from "../../../settings/index.ts";
import { listRoute } from "../../list-route.ts";
import { defineRoute, type Route } from "../../route.ts";
import { presentTime, timestampView } from "../../schemas.ts";

/** The name of a setting's value in the document: PlatformFeeValue. */
const valueName = (key: string): string =>
  `${key.replace(/(?:^|_)(.)/g, (_, letter: string) => letter.toUpperCase())}Value`;
const refTo = (key: string) => ({ $ref: `#/components/schemas/${valueName(key)}` });

/**
 * The values are described by the settings' own schemas and judged by their room alone: its refusals name the setting, and a
 * value from before one of today's bounds is shown as it holds.
 */
const valueOf = (...keys: readonly string[]) =>
  z.unknown().meta(keys.length === 1 ? refTo(keys[0]!) : { anyOf: keys.map(refTo) });

const versionView = z
  .object({
    version: z.int().describe("0: the default, never changed"),
    changed_by: z.string().nullable().describe("null: nobody changed it"),
    changed_at: timestampView.nullable().describe("null: nobody changed it"),
  })
  .meta({ id: "SettingVersion", description: "Who put a value in force, and when" });

/** What the API says of a setting, each key with a value of its own shape. */
const viewOf = ({ keys }: SettingRegistry) =>
  versionView
    .and(z.union(keys.map((key) => z.object({ key: z.literal(key), value: valueOf(key) }))))
    .meta({ id: "Setting", description: "Something that changes at run time, as it stands or stood" });

export const presentSetting = ({
  key,
  value,
  version,
  changedBy,
  changedAt,
}: Setting): z.output<ReturnType<typeof viewOf>> => ({
  key,
  value,
  version,
  changed_by: changedBy,
  changed_at: changedAt === null ? null : presentTime(changedAt),
});

const paramsOf = ({ keys }: SettingRegistry) =>
  // An unknown one is answered 404, with the nearest that there is.
  z.object({
    key: z
      .string()
      .max(100)
      .meta({ enum: [...keys] }),
  });

const getRoute = (settings: SettingRegistry): Route =>
  defineRoute({
    method: "GET",
    path: "/v1/settings/:key",
    operationId: "getSetting",
    scope: "settings:read",
    summary: "Read a setting as it stands",
    params: paramsOf(settings),
    success: { status: 200, body: viewOf(settings) },
    problems: ["unknown_setting"],
    handle: async ({ params: { key } }, { db }) => presentSetting(await getSetting(db, settings.get(key))),
  });

const changeRoute = (settings: SettingRegistry): Route =>
  defineRoute({
    method: "PUT",
    path: "/v1/settings/:key",
    operationId: "changeSetting",
    scope: "settings:write",
    scopeByPath: {
      scopes: ["settings:write", "limits:write"],
      of: ({ key = "" }) => (limitSettings.has(key) ? "limits:write" : "settings:write"),
    },
    summary:
      "Change a setting; it holds at once, without a restart, or when as many people agree as the policy asks for",
    params: paramsOf(settings),
    body: z
      .strictObject({
        value: valueOf(...settings.keys).describe("The whole new value, of the shape that the key has"),
        expected_version: z
          .int()
          .min(0)
          .optional()
          .describe("Refuse if somebody changed it since this version"),
      })
      .meta({ id: "ChangeSetting" }),
    success: { status: 200, body: viewOf(settings) },
    problems: [
      "unknown_setting",
      "invalid_setting",
      "no_wallet_for_asset",
      "setting_changed_meanwhile",
      "second_person_needed",
    ],
    async handle({ params: { key }, body, principal }, { db, clock, log }) {
      const { value, expected_version: expectedVersion } = body;
      const change = {
        setting: settings.get(key),
        value,
        changedBy: principal.ref,
        now: clock.now(),
        expectedVersion,
      };
      return presentSetting(
        await changeSettingAsAllowed({ db, secondPerson: openSecondPerson({ db, log }) }, change),
      );
    },
  });

const historyRoute = (settings: SettingRegistry): Route =>
  listRoute({
    path: "/v1/settings/:key/history",
    operationId: "listSettingVersions",
    scope: "settings:read",
    summary: "List the versions of a setting, newest first",
    params: paramsOf(settings),
    problems: ["unknown_setting"],
    filters: {},
    key: z.int(),
    item: viewOf(settings),
    read: (db, { before, limit, params: { key = "" } }) =>
      listSettingVersions(db, settings.get(key), { before, limit }),
    keyOf: ({ version }: Setting) => version,
    present: presentSetting,
  });

export function settingRoutes(settings: SettingRegistry): readonly Route[] {
  // Named for the document, which refers to them.
  for (const { key, schema, meaning } of settings.all)
    schema.meta({ id: valueName(key), description: meaning });
  return [getRoute(settings), changeRoute(settings), historyRoute(settings)];
}
