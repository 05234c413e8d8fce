import { describeError } from "../errors.ts";
import type { CurrencyChange, PaymentProcessor, SwapProvider } from "../providers/port.ts";
import type { Logger } from "../telemetry/index.ts";

type Provider = Pick<PaymentProcessor | SwapProvider, "name" | "currencyChanges">;

/** The adapters keep a list for an hour. */
const everyMs = 30 * 60_000;
const lookTimeoutMs = 30_000;

/** What the providers' lists of currencies name otherwise than we do, as it was found last. */
export interface CurrencyWatch {
  /** Asks all of them now; never throws. */
  look(): Promise<void>;
  /** Looks now and every half hour. @returns stops it. */
  start(): () => Promise<void>;
  /** What was found last at one. */
  found(provider: string): { readonly renamed: boolean; readonly detail: string };
}

const sentenceOf = ({ asset, name, kind, likelyName }: CurrencyChange): string => {
  const what =
    kind === "gone" ? `${asset.id} is no longer listed as ${name}` : `${name} is no longer ${asset.id}`;
  return likelyName === null ? what : `${what}, which is likely ${likelyName} now`;
};

const sayAll = (provider: string, changes: readonly CurrencyChange[]): string =>
  `${provider} names some of our assets otherwise than we do: ${changes.map(sentenceOf).join("; ")}. What we ask in them it refuses, or takes for something else. Look for a newer release of ours; if there is none, report it.`;

/**
 * A provider that renames a currency refuses what we ask by the old name, or takes it for another coin. Its own list says so first: a
 * change is told once in the log, and stands in readiness until it is gone. It stops nothing.
 */
export function watchCurrencies({
  providers,
  log,
}: {
  readonly providers: readonly Provider[];
  readonly log: Logger;
}): CurrencyWatch {
  const found = new Map<string, readonly CurrencyChange[]>();
  const lookAt = async (provider: Provider, signal: AbortSignal): Promise<void> => {
    const { name } = provider;
    const changes = await provider.currencyChanges(signal);
    if (changes === null) return;
    const before = found.get(name) ?? [];
    found.set(name, changes);
    if (changes.length === 0) {
      if (before.length > 0) log.info({ provider: name }, "a provider's list names all our assets again");
    } else if (sayAll(name, changes) !== sayAll(name, before))
      log.warn({ provider: name, changes: changes.map(sentenceOf) }, "a provider renamed currencies");
  };
  const lookAtAll = async (signal: AbortSignal): Promise<void> => {
    await Promise.all(
      providers.map((provider) =>
        lookAt(provider, signal).catch((error: unknown) => {
          if (!signal.aborted)
            log.warn(
              { provider: provider.name, error: describeError(error) },
              "a provider's list of currencies could not be compared",
            );
        }),
      ),
    );
  };
  return {
    look: () => lookAtAll(AbortSignal.timeout(lookTimeoutMs)),
    start() {
      const stopping = new AbortController();
      let running = Promise.resolve();
      const look = (): void => {
        running = running.then(() =>
          lookAtAll(AbortSignal.any([stopping.signal, AbortSignal.timeout(lookTimeoutMs)])),
        );
      };
      look();
      const timer = setInterval(look, everyMs);
      return async () => {
        clearInterval(timer);
        stopping.abort();
        await running;
      };
    },
    found(provider) {
      const changes = found.get(provider);
      if (changes === undefined) return { renamed: false, detail: "its list was not read yet" };
      if (changes.length > 0) return { renamed: true, detail: sayAll(provider, changes) };
      return { renamed: false, detail: "its list names all our assets" };
    },
  };
}
