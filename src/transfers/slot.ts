import type { Slot } from "../chains/sending.ts";
import { InvariantViolation } from "../errors.ts";

/** A slot as JSON has it, which knows no integers of such a size. */
export type StoredSlot =
  | { readonly kind: "number"; readonly number: string }
  | { readonly kind: "window"; readonly reference: string; readonly until: string };

export const toStoredSlot = (slot: Slot): StoredSlot =>
  slot.kind === "number" ? { ...slot, number: String(slot.number) } : { ...slot, until: String(slot.until) };

/**
 * The slot that a signed transfer holds.
 * @throws {InvariantViolation} `slot_missing`: nothing was signed for it.
 */
export function slotOf({ id, slot }: { readonly id: string; readonly slot: StoredSlot | null }): Slot {
  if (slot === null) throw new InvariantViolation("slot_missing", `Transfer ${id} is not signed.`);
  return slot.kind === "number"
    ? { ...slot, number: BigInt(slot.number) }
    : { ...slot, until: BigInt(slot.until) };
}

/** For histories and logs. */
export const describeSlot = (slot: Slot): string =>
  slot.kind === "number" ? `slot ${slot.number}` : `slot ${slot.reference} until ${slot.until}`;
