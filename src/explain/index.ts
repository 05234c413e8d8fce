export {
  explain,
  type ConversionExplanation,
  type Explanation,
  type OrderExplanation,
} from "./explain-any.ts";
export {
  explainEarning,
  explainPayment,
  type EarningExplanation,
  type ExplainedEarning,
  type PaymentExplanation,
} from "./explain-payment.ts";
export {
  explainConversions,
  explainPayout,
  rateText,
  toAmount,
  type Amount,
  type PayoutExplanation,
} from "./explain-payout.ts";
export { whyUnpaid, type UnpaidReason } from "./why-unpaid.ts";
