import { InvalidArgumentError } from "commander";
import { registry } from "../money/index.ts";
import { nearest } from "../nearest.ts";

/** The id of a thing, as lists show it. */
export function idOf(text: string): string {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text))
    throw new InvalidArgumentError("An id looks like 019e6f3a-1c00-7a10-8b5e-2f6d8c1e4a01; copy it whole.");
  return text.toLowerCase();
}

/** The name of a chain, as assets have it before their colon. */
export function chainOf(text: string): string {
  const { chains } = registry;
  if (chains.includes(text)) return text;
  const near = nearest(text, chains);
  throw new InvalidArgumentError(
    near === null ? `The chains are ${chains.join(", ")}.` : `Did you mean ${near}?`,
  );
}
