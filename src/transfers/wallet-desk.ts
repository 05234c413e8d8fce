import { sql, type Db } from "../database/index.ts";
import { defineDesk, unknownItem, type RoomDesk } from "../desk-port/index.ts";
import { DomainError } from "../errors.ts";
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
