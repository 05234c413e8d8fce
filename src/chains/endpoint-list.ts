import { DomainError, ProviderError } from "../errors.ts";
import type { ReadDepositsOptions } from "./receiving.ts";

/** Several endpoints of one chain, asked in order of health: those that failed lately come last. */
export interface EndpointList<Client> {
  /** The first usable answer. @throws {ProviderError} the last one's, when none gave one. */
  first<T>(question: (client: Client) => Promise<T>): Promise<T>;
  /**
   * The answer that so many endpoints give alike.
   * @throws {ProviderError} `endpoints_disagree`, `too_few_endpoints`, or the last one's own.
   */
  agreed<T>(
    question: (client: Client) => Promise<T>,
    sameAs: (answer: T) => string,
    options: ReadDepositsOptions | undefined,
  ): Promise<T>;
}

export function createEndpointList<Client>(chain: string, clients: readonly Client[]): EndpointList<Client> {
  if (clients.length === 0)
    throw new DomainError("no_rpc_url", `${chain} needs at least one endpoint.`, { chain });
  const failures = new Map<Client, number>(clients.map((client) => [client, 0]));
  const byHealth = () => clients.toSorted((a, b) => (failures.get(a) ?? 0) - (failures.get(b) ?? 0));
  const problem = (reason: string) =>
    new ProviderError({ provider: chain, operation: "readDeposits", failure: "retryable", reason });

  async function collect<T>(question: (client: Client) => Promise<T>, enough: (answers: T[]) => boolean) {
    const answers: T[] = [];
    let last: ProviderError | null = null;
    for (const client of byHealth()) {
      try {
        answers.push(await question(client));
        failures.set(client, 0);
        if (enough(answers)) return answers;
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error;
        failures.set(client, (failures.get(client) ?? 0) + 1);
        last = error;
      }
    }
    if (last !== null) throw last;
    return answers;
  }

  return {
    first: async (question) => (await collect(question, () => true))[0]!,
    async agreed(question, sameAs, options) {
      const needed = options?.agreeing ?? 1;
      if (clients.length < needed) throw problem("too_few_endpoints");
      const most = (answers: Parameters<typeof sameAs>[0][]) =>
        answers.find((one) => answers.filter((other) => sameAs(other) === sameAs(one)).length >= needed);
      const found = most(await collect(question, (answers) => most(answers) !== undefined));
      if (found === undefined) throw problem("endpoints_disagree");
      return found;
    },
  };
}
