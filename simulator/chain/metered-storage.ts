export interface Log {
  readonly address: string;
  readonly topics: readonly string[];
  readonly data: string;
}

/** Slot accesses of one transaction, priced as EIP-2929, 2200 and 3529 have it. Nothing is written until it is kept. */
export class MeteredStorage {
  readonly writes = new Map<string, bigint>();
  gas = 0n;
  refund = 0n;
  private readonly warm = new Set<string>();
  private readonly original: (slot: string) => bigint;

  /** @param original what a slot holds before the transaction */
  constructor(original: (slot: string) => bigint) {
    this.original = original;
  }

  read(slot: string): bigint {
    this.gas += this.warm.has(slot) ? 100n : 2_100n;
    this.warm.add(slot);
    return this.current(slot);
  }

  write(slot: string, value: bigint): void {
    if (!this.warm.has(slot)) this.gas += 2_100n;
    this.warm.add(slot);
    const original = this.original(slot);
    const current = this.current(slot);
    if (value === current || current !== original) this.gas += 100n;
    else this.gas += original === 0n ? 20_000n : 2_900n;
    if (value !== current && original !== 0n) {
      if (current === 0n) this.refund -= 4_800n;
      if (value === 0n) this.refund += 4_800n;
    }
    if (value !== current && current !== original && value === original)
      this.refund += original === 0n ? 19_900n : 2_800n;
    this.writes.set(slot, value);
  }

  spend(gas: bigint): void {
    this.gas += gas;
  }

  private current(slot: string): bigint {
    return this.writes.get(slot) ?? this.original(slot);
  }
}
