import { sql, type Db } from "../database/index.ts";
import { defineDesk, unknownItem, type RoomDesk } from "../desk-port/index.ts";
import { DomainError } from "../errors.ts";
import type { TransferDeps } from "./deps.ts";
import { bookTopUp } from "./open-wallet.job.ts";
import { walletOverview, type WalletAssetView } from "./wallet-overview.ts";
import { resumeWallet } from "./wallet.ts";

interface Stopped {
  readonly id: string;
  readonly status: string;
  readonly reason: string;
  readonly since: Date | null;
}

const stopped = sql`
  select w.id::text, 'paused' as status, w.paused_reason as reason, null::timestamptz as since
  from wallet w where w.paused_reason is not null
  union all
  select w.id::text, 'cannot_sign', s.problem, s.checked_at
  from signer_state s join wallet w on w.chain = s.chain and w.kind = 'hot' where s.problem is not null
    and w.used_at = (select max(used_at) from wallet where chain = s.chain and kind = 'hot')`;

const notPaused = ({ id }: Stopped): DomainError =>
  new DomainError("wallet_not_paused", `Wallet ${id} is not paused: there is nothing to resume.`);

/** Wallets that send nothing: paused, or without a key that opens. */
export const walletDesk = ({ db }: { db: Db }): RoomDesk =>
  defineDesk<Stopped>({
    thing: "wallet",
    find: async () => (await sql<Stopped>`${stopped}`.execute(db)).rows,
    show: (row) => ({
      ...row,
      owner: "operator",
      deadlineAt: null,
      money: [],
      usdMicros: null,
      partOf: null,
    }),
    async look(id) {
      const { rows } = await sql<Stopped>`
        select id::text, case when paused_reason is null then 'open' else 'paused' end as status,
          coalesce(paused_reason, '') as reason, null::timestamptz as since
        from wallet where id::text = ${id}`.execute(db);
      if (rows[0] === undefined) throw unknownItem("wallet", id);
      return rows[0];
    },
    actions: {
      resume: {
        refuse: (row) => (row.status === "paused" ? null : notPaused(row)),
        run: ({ id }) => resumeWallet(db, id),
      },
    },
  });

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
export const walletDifferenceDesk = (deps: Pick<TransferDeps, "db" | "chains" | "clock">): RoomDesk =>
  defineDesk<WalletAssetView>({
    thing: "wallet_difference",
    find: async ({ signal }) =>
      (await walletOverview(deps.db, deps.chains, signal)).filter(
        (view) => (differenceOf(view) ?? 0n) !== 0n,
      ),
    show(view) {
      const amount = differenceOf(view) ?? 0n;
      return {
        id: `${view.walletId}:${view.asset}`,
        status: amount > 0n ? "more_on_chain" : "less_on_chain",
        reason: "book_and_chain_differ",
        since: null,
        owner: "operator",
        deadlineAt: null,
        money: [{ asset: view.asset, amount }],
        usdMicros: null,
        partOf: null,
      };
    },
    async look(id, { signal }) {
      const views = await walletOverview(deps.db, deps.chains, signal);
      const view = views.find(({ walletId, asset }) => `${walletId}:${asset}` === id);
      if (view === undefined) throw unknownItem("wallet_difference", id);
      return view;
    },
    actions: {
      top_up: {
        needs: "transactionHash",
        // Where the chain says nothing of the balance, it must still say something of the transaction.
        refuse: (view) => ((differenceOf(view) ?? 1n) > 0n ? null : nothingToBook(view)),
        run: ({ chain }, { input, signal }) =>
          bookTopUp(deps, { chain, transactionHash: input.transactionHash! }, signal),
      },
    },
  });
