import { z } from "zod";

const decimalPattern = /^-?(\d{1,40})(?:\.\d{1,80})?(?:[eE]([+-]?\d{1,3}))?$/;

/** Beyond this many digits before the point no asset's base units would fit a column. */
const mostWholeDigits = 40;

function isBookable(text: string): boolean {
  const [, whole, exponent = "0"] = decimalPattern.exec(text) ?? [];
  return whole !== undefined && whole.length + parseInt(exponent, 10) <= mostWholeDigits;
}

/** A provider's decimal, number or string on the wire: its own text, exponent form included. May be negative. */
export const decimalSchema = z.string().refine(isBookable, "not a decimal we can book");

/** A decimal that is not below zero. */
export const amountSchema = decimalSchema.refine((text) => !text.startsWith("-"), "below zero");

/** Whether a decimal is above zero, judged by its digits. */
export const isPositive = (text: string): boolean =>
  !text.startsWith("-") && /[1-9]/.test(text.replace(/[eE].*$/, ""));
