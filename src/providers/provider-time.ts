/** Nobody in this trade says anything of before, and nothing that is said of after can be waited for. */
const earliest = Date.UTC(2009, 0, 3);
const latest = Date.UTC(2100, 0, 1);

/** A time that a provider names. Null: not a time, or one so far off that neither a calendar nor a database could use it. */
export const believableTime = (date: Date): Date | null =>
  date.getTime() >= earliest && date.getTime() < latest ? date : null;
