import { inject } from "vitest";

/** The short form is for every run; the long one by command: `npm run test:long`. */
const forms = {
  short: { seeds: 10, deaths: 200, faults: 100 },
  long: { seeds: 25, deaths: 500, faults: 250 },
} as const;

/** From this seed on `form.seeds` worlds are played that must be clean. */
export const firstSeed = 5;

export const form = forms[inject("form")];
export const isLong = inject("form") === "long";

/** A world has its own limit, in hours of its own time; this one ends only what hangs, on the slowest machine too. */
export const hangsAfterMs = 3_600_000;

/** What the worlds of the short form are: small ones, in which the bugs that the short form plants show within few seeds from the fifth. */
export const smallWorld = {
  payments: 3,
  mood: "hostile",
  chain: "model",
  crashOneIn: 5,
  processes: 2,
} as const;
