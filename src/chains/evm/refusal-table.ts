/**
 * What an EVM node may mean by a JSON-RPC error. Which of them can be meant depends on the question, so whoever asks names those
 * that make sense as an answer to it.
 */
export type RefusalMeaning =
  /** The node does not offer the method, or not to us: asking again soon is in vain. */
  | "method_missing"
  /** It would answer, only not so many questions in so short a time. */
  | "too_often"
  /** It would answer about less: providers cap the blocks of one question, or what they find, or the time it takes. */
  | "too_much"
  /** The call fails by itself, whichever node runs it. */
  | "would_fail"
  /** The node speaks of its own trouble and says nothing about what it was given. */
  | "node_trouble"
  /** The rest is about a broadcast. */
  | "already_known"
  | "nonce_used"
  | "nonce_gap"
  | "wrong_chain"
  | "underpriced"
  | "insufficient_funds"
  | "gas_limit";

/** What a refusal is recognised by. */
export interface RefusalText {
  readonly code: number;
  readonly message: string;
  /** Whatever came beside it in the error's `data`. */
  readonly data?: unknown;
}

/** Codes with one meaning, whatever is said with them. */
const plainCodes: ReadonlyMap<number, RefusalMeaning> = new Map([
  [-32601, "method_missing"],
  [429, "too_often"], // Alchemy
  [-32016, "too_often"], // Base's own nodes
  [-32090, "too_often"], // Polygon's own nodes
  [-32614, "too_much"], // QuickNode
  [-32062, "too_much"], // Ankr
  [-32047, "too_much"], // Cloudflare
  [35, "too_much"], // dRPC
  [30, "too_much"], // dRPC, when its own time is over
  [3, "would_fail"], // Geth and all who follow it: the call reverted
  // Geth's codes for what is wrong with a transaction.
  [-38010, "nonce_used"],
  [-38011, "nonce_gap"],
  [-38012, "underpriced"],
  [-38013, "gas_limit"],
  [-38014, "insufficient_funds"],
  [-38015, "gas_limit"],
]);

/** Infura tells its limits apart by what it puts beside the one code that it has for them. */
const shapes: readonly (readonly [readonly string[], RefusalMeaning])[] = [
  [["rate"], "too_often"],
  [["from", "to"], "too_much"],
];

/** Most telling first: of two that fit the earlier one is meant. */
const words: readonly (readonly [RegExp, RefusalMeaning])[] = [
  // Geth, anvil, Erigon and Reth; Nethermind's names, which it spells as one word; Besu; OpenEthereum.
  [
    /already ?known|known transaction|already (?:imported|in (?:the )?pool)|already[_ ]?exists|(?:tx|transaction) with (?:the )?same hash/i,
    "already_known",
  ],
  [
    /nonce (?:is )?too low|old ?nonce|nonce_too_low|nonce has already been used|nonce below (?:current|account)/i,
    "nonce_used",
  ],
  [
    /nonce (?:is )?too high|nonce[_ ]?gap|gapped[- ]nonce|nonce too (?:distant|far)|nonce_too_high|lower nonce invalid/i,
    "nonce_gap",
  ],
  [
    /invalid chain ?id|wrong chain|chain ?id mismatch|incompatible eip-?155|invalid ?sender|replay-protected/i,
    "wrong_chain",
  ],
  [/insufficient ?(?:funds|balance)|cost exceeds account balance/i, "insufficient_funds"],
  [
    /intrinsic gas|gas[_ ]?limit[_ ]?exceeded|exceeds (?:the )?block gas limit|gas limit too (?:high|low)|out of ?gas|\bgas (?:is )?too low|gas required exceeds/i,
    "gas_limit",
  ],
  [
    /under ?priced|replacement ?not ?allowed|could not replace|less than block base fee|(?:fee|price|tip)(?: cap| per gas)? (?:is )?(?:less|below|too low)|(?:fee|price|tip) ?(?:cap ?)?too ?low|below (?:the )?(?:configured )?minimum/i,
    "underpriced",
  ],
  [
    /revert|opcode|evm error|vm exception|out of ?gas|insufficient (?:funds|balance)|gas required exceeds/i,
    "would_fail",
  ],
  [
    /\brate\b|ratelimit|too many requests|per second|\/second|request (?:limit|count)|\bdaily\b|\bmonthly\b|\bquota\b|compute units|usage limit|throttl/i,
    "too_often",
  ],
  [
    /returned more than|more than \d+ (?:results|logs)|\branges?\b.*(?:too|exceed|larger|bigger|greater|limit|over|maximum|max\b|up to|not supported)|(?:exceeds?|maximum|max|limited to)\b.*\brange|up to an? \S+ block|block limit|too (?:many|large|wide|big)|response size|exceeds? max|limit exceeded|time ?out|timed out|narrow (?:your|the) filter/i,
    "too_much",
  ],
  [
    /method\b.*(?:not (?:found|available|supported|allowed|enabled|whitelisted)|does not exist|disabled)|unsupported method|not available on .*(?:tier|plan)/i,
    "method_missing",
  ],
  [
    /limit exceeded|time ?out|timed out|internal|unavailable|temporarily|try again|pool (?:is full|overflow)|sync(?:ing|hroni[sz]ing)/i,
    "node_trouble",
  ],
];

/** Codes of several meanings, for where the words say nothing: of those that the question allows. */
const vagueCodes: readonly (readonly [number, RefusalMeaning])[] = [
  [-32005, "too_much"], // "limit exceeded" of any kind
  [-32005, "node_trouble"],
  [-32602, "too_much"], // "invalid params" of a range
  [-32701, "too_much"], // public nodes of Allnodes
  [-32004, "method_missing"],
  [-32001, "nonce_used"], // Besu's
  [-32004, "insufficient_funds"],
  [-32009, "underpriced"],
];

const longestData = 500;

/**
 * By a plain code first, by the error's structure second, by its words third; what a code mostly means comes last.
 * @param possible what can be meant as an answer to this question.
 * @returns null: none of them.
 */
export function meaningOf(
  { code, message, data }: RefusalText,
  possible: ReadonlySet<RefusalMeaning>,
): RefusalMeaning | null {
  const plain = plainCodes.get(code);
  if (plain !== undefined && possible.has(plain)) return plain;
  const isObject = typeof data === "object" && data !== null;
  for (const [keys, meaning] of shapes)
    if (isObject && possible.has(meaning) && keys.every((key) => key in data)) return meaning;
  // Some say "invalid params", and why only beside it.
  const text = data === undefined ? message : `${message} ${JSON.stringify(data)?.slice(0, longestData)}`;
  for (const [phrase, meaning] of words) if (possible.has(meaning) && phrase.test(text)) return meaning;
  return vagueCodes.find(([one, meaning]) => one === code && possible.has(meaning))?.[1] ?? null;
}
