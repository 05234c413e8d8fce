import { createHash, randomBytes } from "node:crypto";

/** What a secret link is made of: 256 random bits. */
export const newToken = (): string => randomBytes(32).toString("base64url");

/** What is kept of it: nobody can guess so many bits back from a plain hash. */
export const hashToken = (token: string): Buffer => createHash("sha256").update(token).digest();
