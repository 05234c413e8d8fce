import { actOnReview } from "../desk/index.ts";
import { changeSettingAsAllowed } from "../operators/index.ts";
import type { ApplyChange } from "../policy/index.ts";
import type { Assembly } from "./assemble.ts";
import { settings } from "./settings.ts";

/** Actions of the recovery desk that people agree to in the queue: the thing that they are of, and what it is called there. */
const deskActions: ReadonlyMap<string, readonly [thing: string, action: string]> = new Map([
  ["swap.write_off", ["swap", "write_off"]],
  ["payout.pay_again", ["payout", "pay_again"]],
]);

/**
 * Does what people agreed to in the queue, in the name of whoever asked for it. What hangs on more than its terms say, such as whose
 * an arrival is, they send again themselves: it finds that people agreed.
 */
export const applyChange =
  (parts: Assembly): ApplyChange =>
  async ({ change, of, terms, by }, signal) => {
    if (change.startsWith("setting.")) {
      const { value, version: expectedVersion } = terms;
      await changeSettingAsAllowed(parts, {
        setting: settings.get(of),
        value: JSON.parse(String(value)),
        expectedVersion: Number(expectedVersion),
        changedBy: by,
        now: parts.clock.now(),
      });
    }
    const [thing, action] = deskActions.get(change) ?? [];
    if (thing !== undefined)
      await actOnReview(parts, { thing, id: of, action: action!, input: {}, by }, signal);
  };
