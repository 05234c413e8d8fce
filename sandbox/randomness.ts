import { randomBytes as systemBytes } from "node:crypto";

let source: (size: number) => Buffer = systemBytes;

/** What the sandbox invents ids, hashes and tokens from. */
export const randomBytes = (size: number): Buffer => source(size);

/** From now on the sandbox of this process invents from here: a world that is run again is the same world. */
export function useRandomBytes(given: (size: number) => Buffer): void {
  source = given;
}
