import { meaningOf, type RefusalMeaning, type RefusalText } from "./refusal-table.ts";

/** A node answered with a JSON-RPC error. What that means depends on the request, so the asker decides. */
export class RpcRefusal extends Error implements RefusalText {
  readonly code: number;
  readonly endpoint: string;
  readonly data?: unknown;

  constructor(refusal: RefusalText & { endpoint: string }) {
    super(refusal.message);
    this.name = "RpcRefusal";
    this.code = refusal.code;
    this.endpoint = refusal.endpoint;
    this.data = refusal.data;
  }
}

const toQuestions: ReadonlySet<RefusalMeaning> = new Set(["too_often", "too_much", "method_missing"]);
const toCalls: ReadonlySet<RefusalMeaning> = new Set(["would_fail"]);

export const refusesMethod = (refusal: RefusalText): boolean =>
  meaningOf(refusal, toQuestions) === "method_missing";
export const asksTooOften = (refusal: RefusalText): boolean =>
  meaningOf(refusal, toQuestions) === "too_often";
export const asksForLess = (refusal: RefusalText): boolean => meaningOf(refusal, toQuestions) === "too_much";
export const failsByItself = (refusal: RefusalText): boolean => meaningOf(refusal, toCalls) !== null;
