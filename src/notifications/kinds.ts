import { registry, type Money } from "../money/index.ts";
import { amountOf, placeOf, type Words } from "./words.ts";

/** Who is told: one payee, by their contact, or everybody in the setting `operator_contacts`. */
type Audience = "payee" | "operators";

interface Kind<To extends Audience, Facts> {
  readonly to: To;
  readonly words: (facts: Facts) => Words;
  /** What stays of its text once it is sent, where that says something that nobody may read afterwards. */
  readonly kept?: string;
}

const toPayee = <Facts>(words: (facts: Facts) => Words, kept?: string): Kind<"payee", Facts> => ({
  to: "payee",
  words,
  ...(kept !== undefined && { kept }),
});
const toOperators = <Facts>(words: (facts: Facts) => Words): Kind<"operators", Facts> => ({
  to: "operators",
  words,
});

interface Place {
  readonly asset: string;
  readonly address: string;
}

interface Destination extends Place {
  readonly memo: string | null;
}

/** "USDT, to 0x… on ethereum, memo 7". */
const paidAt = ({ asset, address, memo }: Destination): string =>
  `${registry.find(asset)?.symbol ?? asset}, to ${placeOf({ asset, address })}${memo === null ? "" : `, memo ${memo}`}`;

/** What the recovery desk shows of a thing. */
interface DeskFacts {
  readonly thing: string;
  readonly id: string;
  readonly reason: string;
  readonly money: readonly Money[];
}

const atStake = (money: readonly Money[]): string | null =>
  money.length === 0 ? null : `At stake: ${money.map(amountOf).join(", ")}`;

const notYou = "If you did not expect this, tell us at once.";

/** Everything that is told, by its published word: to whom, and in which words. */
export const noticeKinds = {
  payout_paid: toPayee((f: { id: string; paid: Money; to: Place; hash: string | null }) => ({
    title: `You were paid ${amountOf(f.paid)}`,
    lines: [
      `${amountOf(f.paid)} was sent to ${placeOf(f.to)}.`,
      f.hash && `Transaction: ${f.hash}`,
      `Payout: ${f.id}`,
    ],
  })),
  payout_approved: toPayee((f: { id: string; amount: Money; to: Place }) => ({
    title: `Your payout of ${amountOf(f.amount)} was approved`,
    lines: [`It goes to ${placeOf(f.to)}; you are told when it is there.`, `Payout: ${f.id}`],
  })),
  payout_rejected: toPayee((f: { id: string; amount: Money; reason: string }) => ({
    title: `Your payout of ${amountOf(f.amount)} was not approved`,
    lines: [`Reason: ${f.reason}`, "The balance stays yours.", `Payout: ${f.id}`],
  })),
  payout_failed: toOperators((f: { id: string; payeeId: string; held: Money; outcome: string }) => ({
    title: `A payout of ${amountOf(f.held)} failed: ${f.outcome}`,
    lines: [
      "Nothing of it left us, and the balance is the payee's again.",
      `Payout: ${f.id}`,
      `Payee: ${f.payeeId}`,
      `What it was made of: spillway explain ${f.id}`,
    ],
  })),
  contact_changed: toPayee((f: { name: string }) => ({
    title: "How we reach you was changed",
    lines: [`What concerns ${f.name} is told elsewhere from now on.`, notYou],
  })),
  destination_code: toPayee(
    (f: { name: string; to: Destination; code: string; until: string }) => ({
      title: `Confirm where ${f.name} is to be paid`,
      lines: [
        `Somebody asked that ${f.name} be paid in ${paidAt(f.to)}.`,
        `Code: ${f.code}`,
        `It confirms exactly this, until ${f.until}. Whoever you give it to can put the change in force.`,
        "If you did not ask for this, give the code to nobody and tell us at once.",
      ],
    }),
    "A code was told here. It is not kept.",
  ),
  destination_changed: toPayee(
    (f: { name: string; from: Destination; to: Destination; heldUntil: string | null }) => ({
      title: `Where ${f.name} is paid was changed`,
      lines: [
        `Before: ${paidAt(f.from)}`,
        `Now: ${paidAt(f.to)}`,
        "What had not left is not sent to the former address; the balance stays yours.",
        f.heldUntil && `Nothing is sent to the new one before ${f.heldUntil}.`,
        notYou,
      ],
    }),
  ),
  refund_sent: toOperators((f: { id: string; sent: Money; to: string }) => ({
    title: `A refund of ${amountOf(f.sent)} was sent`,
    lines: [`To ${placeOf({ asset: f.sent.asset, address: f.to })}; it is final.`, `Refund: ${f.id}`],
  })),
  needs_person: toOperators((f: DeskFacts) => ({
    title: `${f.thing.replaceAll("_", " ")} needs a person: ${f.reason}`,
    lines: [atStake(f.money), `${f.thing} ${f.id}`, "What may be done: spillway review list"],
  })),
  approval_needed: toOperators((f: DeskFacts) => ({
    title: `Approval needed: ${f.reason}`,
    lines: [atStake(f.money), `${f.thing} ${f.id}`, "Approve or reject it: spillway approvals list"],
  })),
};

type Kinds = typeof noticeKinds;
export type NoticeKind = keyof Kinds;
export type KindTo<To extends Audience> = {
  [K in NoticeKind]: Kinds[K]["to"] extends To ? K : never;
}[NoticeKind];
export type FactsOf<K extends NoticeKind> = Parameters<Kinds[K]["words"]>[0];

/** What a kind says of these facts. */
export const wordsOf = <K extends NoticeKind>(kind: K, facts: FactsOf<K>): Words =>
  (noticeKinds[kind].words as (facts: FactsOf<K>) => Words)(facts);

/** What is set in a notice's row when nobody is to be told of it any more. */
export const keptOf = (kind: string): { body?: string } => {
  const { kept } = (noticeKinds[kind as NoticeKind] as { kept?: string } | undefined) ?? {};
  return kept === undefined ? {} : { body: kept };
};
