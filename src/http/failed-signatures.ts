import { isIPv6 } from "node:net";
import { problemKinds } from "./problem-codes.ts";

/** How many failures of one source are answered, and logged, each by itself. */
const failuresAllowed = 20;

/** How many sources are counted at once: a few megabytes at most, however many addresses somebody has. */
const sourcesKept = 10_000;

/** As long as those who are over the limit are told to wait. */
const windowMs = problemKinds.too_many_failed_signatures.retryAfterSeconds * 1_000;

/** Eight groups of an IPv6 address, in hexadecimal without leading zeros. */
function groupsOf(address: string): string[] {
  const plain = new URL(`http://[${address}]`).hostname.slice(1, -1); // a dotted end becomes groups, too
  const [left = [], right = []] = plain.split("::").map((part) => (part === "" ? [] : part.split(":")));
  return [...left, ...Array<string>(8 - left.length - right.length).fill("0"), ...right];
}

/**
 * Who is counted as one: an IPv4 address, or 64 bits of an IPv6 address, which is what one customer of a provider has at least.
 * An IPv4 address that is written as IPv6 is itself.
 */
export function sourceOf(ip: string): string {
  const address = ip.split("%")[0]!; // without the interface that a link-local address came by
  if (!isIPv6(address)) return address.slice(0, 45); // a proxy may forward what is none
  const groups = groupsOf(address);
  if (groups.slice(0, 5).every((group) => group === "0") && groups[5] === "ffff") {
    const bytes = groups.slice(6).flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255]);
    return bytes.join(".");
  }
  return `${groups.slice(0, 4).join(":")}::/64`;
}

export interface FailedSignatures {
  /** Counts one more. `last`: it is the last that is answered as a failure; `over`: those after it, until the window ends. */
  note(ip: string, now: Date): "counted" | "last" | "over";
}

/**
 * Counts notices whose signature failed, by source and minute, in bounded memory. It never says who may be verified: a signature
 * that is right passes whatever else came from there, because behind a proxy that we do not know everybody has one address.
 */
export function countFailedSignatures(): FailedSignatures {
  const sources = new Map<string, { since: number; count: number }>(); // in the order in which their windows began
  return {
    note(ip, now) {
      const source = sourceOf(ip);
      const at = now.getTime();
      const known = sources.get(source);
      if (known !== undefined && at < known.since + windowMs) {
        known.count += 1;
        if (known.count > failuresAllowed) return "over";
        return known.count === failuresAllowed ? "last" : "counted";
      }
      sources.delete(source);
      if (sources.size >= sourcesKept) sources.delete(sources.keys().next().value!);
      sources.set(source, { since: at, count: 1 });
      return "counted";
    },
  };
}
