/** How many letters must be changed, added, left out or swapped with their neighbour to make one word of the other. */
function distance(one: string, other: string): number {
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1];
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      const cost = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (same ? 0 : 1));
      next.push(swapped ? Math.min(cost, before[j - 2]! + 1) : cost);
    }
    [before, row] = [row, next];
  }
  return row[other.length]!;
}

const plain = (word: string): string => word.toLowerCase().replace(/[^a-z0-9]/g, "");

/**
 * The word that somebody probably meant, or null where none is close. Letter case, `_`, `-` and `:` count for nothing; a
 * word that begins or ends like the one given is near too, as `polygon:USDC` is to `polygon-pos:USDC`.
 */
export function nearest(given: string, words: readonly string[]): string | null {
  const asked = plain(given.slice(0, 100));
  if (asked === "") return null;
  const ranked = words
    .map((word) => ({ word, away: distance(asked, plain(word)), shared: shares(asked, plain(word)) }))
    .filter(({ word, away, shared }) => shared || away <= Math.max(1, Math.floor(plain(word).length / 3)))
    .toSorted((a, b) => a.away - b.away);
  return ranked[0]?.word ?? null;
}

/** Whether the shorter word is in the longer one, and is no mere letter or two of it. */
function shares(one: string, other: string): boolean {
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  return short.length >= 3 && long.includes(short);
}
