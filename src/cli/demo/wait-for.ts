/** The story takes seconds; this ends one that went wrong, on a machine with much else to do as well. */
const patienceMs = 180_000;

/** Asks until the answer is there. @throws when patience ends, saying what was waited for. */
export async function waitFor<T>(what: string, ask: () => Promise<T | null>): Promise<T> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (Date.now() > deadline) throw new Error(`Waited ${patienceMs / 1000} s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}
