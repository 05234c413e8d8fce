interface Version {
  readonly height: number;
  value: bigint;
}

/** Whole numbers by name, and what each was at every height. What was never written is zero. */
export class VersionedStore {
  private readonly values = new Map<string, Version[]>();
  /** Every version in the order it was made, so that the newest can be undone first. */
  private readonly journal: { readonly name: string; readonly height: number }[] = [];

  /** @param height the newest value if absent */
  read(name: string, height?: number): bigint {
    const versions = this.values.get(name);
    const version =
      height === undefined ? versions?.at(-1) : versions?.findLast((entry) => entry.height <= height);
    return version?.value ?? 0n;
  }

  /** @param height never below that of an earlier write */
  write(name: string, value: bigint, height: number): void {
    const versions = this.values.get(name) ?? [];
    const newest = versions.at(-1);
    if (newest?.height === height) {
      newest.value = value;
      return;
    }
    versions.push({ height, value });
    this.values.set(name, versions);
    this.journal.push({ name, height });
  }

  /** Forgets what was written above the height. */
  rewind(height: number): void {
    for (let last = this.journal.at(-1); last && last.height > height; last = this.journal.at(-1)) {
      this.values.get(last.name)?.pop();
      this.journal.pop();
    }
  }

  copy(): VersionedStore {
    const copy = new VersionedStore();
    for (const { name, height } of this.journal) copy.write(name, this.read(name, height), height);
    return copy;
  }
}
