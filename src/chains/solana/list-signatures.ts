import { ProviderError } from "../../errors.ts";
import { signaturesSchema, type ListedSignature } from "./answers.ts";
import type { SolanaNode } from "./node.ts";

/** How far one account has been listed. The one before lets the next answer begin with a signature we know. */
export interface Mark {
  readonly last: string;
  readonly beforeLast: string | null;
}

const pageSize = 1000;

/**
 * The account's transactions after the mark, oldest first, failed ones too. Nodes list newest first, may cut a page short, and
 * answer a signature they do not know with an empty page; so every page must begin with the last of the page before (a single
 * row cannot overlap), and the last page must reach the mark.
 * @throws {ProviderError} `position_unknown`, `page_does_not_continue`: the list may have a gap, so none of it is used.
 */
export async function listAfter(
  node: SolanaNode,
  account: string,
  mark: Mark | null,
  signal: AbortSignal,
): Promise<ListedSignature[]> {
  const refuse = (reason: string) =>
    new ProviderError(
      { provider: "solana", operation: "getSignaturesForAddress", failure: "retryable", reason },
      { account, mark: mark?.last ?? null },
    );
  const newestFirst: ListedSignature[] = [];
  const seen = new Set<string>();
  for (;;) {
    const known = newestFirst.length > 1 ? newestFirst.at(-1)!.signature : null;
    const before = newestFirst.at(known === null ? -1 : -2)?.signature;
    const page = await readPage(node, account, { before, until: mark?.beforeLast ?? undefined }, signal);
    if (known !== null && page[0]?.signature !== known) throw refuse("page_does_not_continue");
    const further = known === null ? page : page.slice(1);
    for (const row of further) {
      if (row.signature === mark?.last) return newestFirst.toReversed();
      if (seen.has(row.signature)) throw refuse("page_does_not_continue");
      seen.add(row.signature);
      newestFirst.push(row);
    }
    if (further.length > 0) continue;
    if (mark !== null) throw refuse("position_unknown");
    return newestFirst.toReversed();
  }
}

const readPage = (
  node: SolanaNode,
  account: string,
  range: { readonly before: string | undefined; readonly until: string | undefined },
  signal: AbortSignal,
) =>
  node.call(
    {
      method: "getSignaturesForAddress",
      params: [account, { limit: pageSize, commitment: "confirmed", ...range }],
      answer: signaturesSchema,
    },
    signal,
  );
