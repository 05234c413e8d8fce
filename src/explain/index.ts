export {
  explain,
  explainEarning,
  explainPayment,
  type EarningExplanation,
  type Explanation,
  type PaymentExplanation,
} from "./explain-payment.ts";
export { explainConversions, explainPayout, rateText, type PayoutExplanation } from "./explain-payout.ts";
