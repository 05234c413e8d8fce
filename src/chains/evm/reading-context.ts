import type { Asset, AssetRegistry } from "../../money/index.ts";

/** What must be known of a chain to read its transactions. */
export interface ReadingContext {
  readonly chain: string;
  readonly native: Asset;
  readonly registry: AssetRegistry;
}
