import { defineDesk, unknownItem, type RoomDesk } from "../desk-port/index.ts";
import { DomainError } from "../errors.ts";
import { registry } from "../money/index.ts";
import { walletOverview, type WalletAssetView } from "../transfers/index.ts";
import type { ArrivalDeps } from "./deps.ts";
import { refuseExpected } from "./expected.ts";
import { bookTopUp } from "./top-up.ts";

interface Difference extends WalletAssetView {
  /** Why coins like what the book lacks must not be called the operator's; null: nobody waits for such. */
  readonly expected: DomainError | null;
}

/** What the chain shows beyond the book, of what is known to be gone or to come already. Null: the chain did not say. */
const differenceOf = ({ onChain, inFlight, arriving, booked }: WalletAssetView): bigint | null =>
  onChain === null ? null : onChain + inFlight - arriving - booked;

const nothingToBook = ({ walletId, asset }: WalletAssetView): DomainError =>
  new DomainError(
    "unknown_review_item",
    `Wallet ${walletId} holds no more ${asset} than the book says. Read the recovery desk again.`,
  );

/**
 * Hot wallets whose book and chain differ, as `<wallet id>:<asset id>`. A chain that gives no answer hides only its wallets'
 * differences.
 */
export const walletDifferenceDesk = (deps: ArrivalDeps): RoomDesk => {
  const complete = async (view: WalletAssetView): Promise<Difference> => {
    const amount = differenceOf(view) ?? 0n;
    const { chain, asset } = view;
    const coins = { chain, asset, amount, hash: null, claimantId: null, payeeAddress: null };
    const claim = { secondPerson: null, now: deps.clock.now() };
    const refusal = amount > 0n ? await refuseExpected(deps.db, deps.arrivals, coins, claim) : null;
    // What is waited for too long is offered: whoever takes it is asked for a second person.
    return { ...view, expected: refusal?.code === "second_person_needed" ? null : refusal };
  };
  return defineDesk<Difference>({
    thing: "wallet_difference",
    async find({ signal }) {
      const views = await walletOverview(deps.db, deps.chains, signal);
      return Promise.all(views.filter((view) => (differenceOf(view) ?? 0n) !== 0n).map(complete));
    },
    show(view) {
      const amount = differenceOf(view) ?? 0n;
      return {
        id: `${view.walletId}:${view.asset}`,
        status: amount > 0n ? "more_on_chain" : "less_on_chain",
        reason: view.expected === null ? "book_and_chain_differ" : "expected_elsewhere",
        since: null,
        owner: view.expected === null ? "operator" : "provider",
        deadlineAt: null,
        money: [{ asset: view.asset, amount }],
        usdMicros: null,
        partOf: null,
      };
    },
    async look(id, { signal }) {
      // Also what it never held by the book: that is what a first arrival looks like.
      const named = registry.find(id.slice(id.indexOf(":") + 1));
      const views = await walletOverview(deps.db, deps.chains, signal, named === null ? [] : [named.id]);
      const view = views.find(({ walletId, asset }) => `${walletId}:${asset}` === id);
      if (view === undefined) throw unknownItem("wallet_difference", id);
      return complete(view);
    },
    actions: {
      top_up: {
        needs: "transactionHash",
        // Where the chain says nothing of the balance, it must still say something of the transaction.
        refuse: (view) => ((differenceOf(view) ?? 1n) > 0n ? view.expected : nothingToBook(view)),
        run: ({ chain }, { input, by, signal }) =>
          bookTopUp(deps, { chain, transactionHash: input.transactionHash!, by }, signal),
      },
    },
  });
};
