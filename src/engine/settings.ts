import { arrivalSettings } from "../arrivals/index.ts";
import { bankingSettings } from "../banking/index.ts";
import { conversionSettings } from "../conversions/index.ts";
import { depositSettings } from "../deposits/index.ts";
import { notificationSettings } from "../notifications/index.ts";
import { orderSettings } from "../orders/index.ts";
import { operatorSettings } from "../operators/index.ts";
import { payoutSettings } from "../payouts/index.ts";
import { payoutPolicy } from "../policy/index.ts";
import { refundSettings } from "../refunds/index.ts";
import { settingRegistry } from "../settings/index.ts";
import { swapSettings } from "../swaps/index.ts";
import { transferSettings } from "../transfers/index.ts";

/** Every setting of every room. */
export const settings = settingRegistry([
  ...conversionSettings,
  ...orderSettings,
  ...depositSettings,
  ...payoutSettings,
  payoutPolicy,
  ...refundSettings,
  ...swapSettings,
  ...bankingSettings,
  ...transferSettings,
  ...operatorSettings,
  ...arrivalSettings,
  ...notificationSettings,
]);
