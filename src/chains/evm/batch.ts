import { z } from "zod";
import { asksForLess, asksTooOften, RpcRefusal } from "./rpc-refusal.ts";

const errorSchema = z.object({
  code: z.number().catch(0),
  message: z.string().catch(""),
  data: z.unknown().optional(),
});
const itemSchema = z.object({ id: z.number(), result: z.unknown(), error: errorSchema.nullish() });
const failureSchema = z.object({ error: errorSchema });

/**
 * The results of the calls numbered from 1, in their order, whatever the order of the answers. "refused": the node answered
 * the batch as a whole with an error.
 * @throws {RpcRefusal} the node refused one of the calls, or is asked too often, or for too much at once.
 */
export function readBatch(
  answer: unknown,
  count: number,
  endpoint: string,
): readonly unknown[] | "refused" | "garbled" {
  const refusalOf = ({ code, message, data }: z.output<typeof errorSchema>) =>
    new RpcRefusal({ code, message: message.slice(0, 500), data, endpoint });
  const items = z.array(itemSchema).safeParse(answer).data ?? [];
  const byId = new Map(items.map((item) => [item.id, item]));
  const answers = Array.from({ length: count }, (_, at) => byId.get(at + 1) ?? null);
  if (byId.size !== count || items.length !== count || answers.includes(null)) {
    const failure = failureSchema.safeParse(Array.isArray(answer) ? answer[0] : answer).data;
    if (failure === undefined) return "garbled";
    const refusal = refusalOf(failure.error);
    if (asksTooOften(refusal) || asksForLess(refusal)) throw refusal;
    return "refused";
  }
  const error = answers.find((item) => item?.error)?.error;
  if (error) throw refusalOf(error);
  const results = answers.map((item) => item?.result);
  return results.includes(undefined) ? "garbled" : results;
}
