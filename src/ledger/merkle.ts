import { createHash } from "node:crypto";

/** What a block's hash covers besides the leaves, which its root stands for. */
export interface BlockHead {
  readonly height: number;
  readonly previousHash: Buffer;
  readonly merkleRoot: Buffer;
  readonly entryCount: number;
  readonly sealedAt: Date;
  readonly scanFromSeq: number;
}

// Each kind of hash starts with a byte of its own, or an inner node could be passed off as an entry.
const leafPrefix = Buffer.from([0]);
const nodePrefix = Buffer.from([1]);
const blockPrefix = Buffer.from([2]);

const sha256 = (...parts: readonly (Buffer | string)[]): Buffer => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** What stands before the first block. */
export const beforeFirstBlock: Buffer = Buffer.alloc(32);

export const leafHash = (text: string): Buffer => sha256(leafPrefix, text);

/** The root over leaves in order. An odd node goes up as it is, so that no leaf counts twice. */
export function merkleRoot(leaves: readonly Buffer[]): Buffer {
  let level = leaves;
  while (level.length > 1) {
    const above: Buffer[] = [];
    for (let at = 0; at < level.length; at += 2) {
      const left = level[at]!;
      const right = level[at + 1];
      above.push(right ? sha256(nodePrefix, left, right) : left);
    }
    level = above;
  }
  if (!level[0]) throw new RangeError("a Merkle root needs a leaf");
  return level[0];
}

export function blockHash(head: BlockHead): Buffer {
  return sha256(
    blockPrefix,
    JSON.stringify([
      head.height,
      head.previousHash.toString("hex"),
      head.merkleRoot.toString("hex"),
      head.entryCount,
      head.sealedAt.toISOString(),
      head.scanFromSeq,
    ]),
  );
}
