import type { Clock } from "../../src/clock.ts";
import type { Background } from "../background.ts";
import { randomBytes } from "../randomness.ts";
import { divide, parseProviderUnits } from "../../src/money/index.ts";
import { accountHolders, startingRates, transferFee } from "./catalogue.ts";
import type { BankNotices } from "./notices.ts";
import type { BankTransfer, Charge, FlutterwaveSettings, HostedLink, TransferOutcome } from "./types.ts";
import { presentCharge, presentTransfer, toText, toUnits } from "./wire.ts";

export interface BankWorld {
  readonly settings: FlutterwaveSettings;
  readonly background: Background;
  readonly clock: Clock;
  /** With a test key transfers stay pending unless their reference asks for an ending. */
  readonly isTest: boolean;
}

/** Their mock endings, which a reference asks for by its last letters. */
function mockOf(reference: string): { fails: boolean; minutes: number } | null {
  const found = /_PMCK(_ST_F)?(?:DU_(\d{1,3}))?$/.exec(reference);
  return found && { fails: found[1] !== undefined, minutes: parseInt(found[2] ?? "10", 10) };
}

/** The account at the bank: its float, what it sends and what customers pay into it. */
export class Bank {
  readonly floats = new Map<string, bigint>(Object.keys(startingRates).map((currency) => [currency, 0n]));
  readonly rates = new Map<string, string>(Object.entries(startingRates));
  readonly transfers = new Map<number, BankTransfer>();
  readonly byReference = new Map<string, BankTransfer>();
  readonly links = new Map<string, HostedLink>();
  readonly charges: Charge[] = [];
  /** What becomes of the next transfers, in their order. */
  readonly outcomes: TransferOutcome[] = [];
  private readonly world: BankWorld;
  private readonly notices: BankNotices;
  private lastId: number;

  constructor(world: BankWorld, notices: BankNotices) {
    this.world = world;
    this.notices = notices;
    // Ids of a new world never meet those of the world before it.
    this.lastId = 100_000_000 + randomBytes(3).readUIntBE(0, 3);
    this.floats.set("USD", 0n);
    this.rates.set("USD", "1");
  }

  newId(): number {
    return (this.lastId += 1);
  }

  /** What so much of one currency costs in another, rounded up to the thousandth. */
  costOf(amount: bigint, currency: string, debitCurrency: string): bigint {
    return divide(amount * this.rateOf(debitCurrency), this.rateOf(currency), "up");
  }

  private rateOf(currency: string): bigint {
    const perUsd = this.rates.get(currency);
    if (perUsd === undefined) throw new Error(`Flutterwave has no rate of ${currency}.`);
    return parseProviderUnits(perUsd, 9, "down");
  }

  submit(
    wanted: Omit<
      BankTransfer,
      | "id"
      | "createdAt"
      | "status"
      | "said"
      | "outcome"
      | "retries"
      | "bounced"
      | "debited"
      | "fee"
      | "fullName"
    >,
  ): BankTransfer {
    const outcome = this.outcomes.shift() ?? { kind: "succeed" };
    const transfer: BankTransfer = {
      ...wanted,
      amount: outcome.kind === "other_amount" ? toUnits(outcome.amount) : wanted.amount,
      accountNumber: outcome.kind === "other_account" ? outcome.accountNumber : wanted.accountNumber,
      id: this.newId(),
      fee: transferFee(wanted.currency, wanted.amount),
      fullName: accountHolders.get(wanted.accountNumber) ?? "N/A",
      createdAt: this.world.clock.now(),
      status: "NEW",
      said: "",
      outcome,
      debited: 0n,
      retries: 0,
      bounced: false,
    };
    this.transfers.set(transfer.id, transfer);
    this.byReference.set(transfer.reference, transfer);
    void this.world.background.start(() => this.walk(transfer));
    return transfer;
  }

  private async walk(transfer: BankTransfer): Promise<void> {
    const { background, settings, isTest } = this.world;
    await background.sleep(settings.stepMs);
    transfer.status = "PENDING";
    const mock = mockOf(transfer.reference);
    if (isTest && mock === null) return;
    await background.sleep(mock === null ? settings.stepMs : mock.minutes * 60_000);
    this.finish(transfer, mock?.fails ? { kind: "fail" } : transfer.outcome);
  }

  /** Ends one that has not ended. The float pays at this moment: a queued transfer can still fail for want of it. */
  finish(transfer: BankTransfer, outcome: TransferOutcome): void {
    if (transfer.status === "SUCCESSFUL" || transfer.status === "FAILED") return;
    transfer.outcome = outcome;
    if (outcome.kind === "stuck") return;
    const { debitCurrency, currency } = transfer;
    const due = this.costOf(transfer.amount + transfer.fee, currency, debitCurrency);
    const float = this.floats.get(debitCurrency) ?? 0n;
    if (outcome.kind === "fail")
      this.fail(transfer, outcome.said ?? "DISBURSE FAILED: Transfer failed. Please contact support");
    else if (float < due) this.fail(transfer, "DISBURSE FAILED: Insufficient funds in customer wallet");
    else {
      this.floats.set(debitCurrency, float - due);
      transfer.debited = due;
      transfer.status = "SUCCESSFUL";
      transfer.said = "Transaction was successful";
      this.tell(transfer);
    }
  }

  private fail(transfer: BankTransfer, said: string): void {
    transfer.status = "FAILED";
    transfer.said = said;
    this.tell(transfer);
  }

  /** "transfer.completed" for failures too. */
  private tell(transfer: BankTransfer): void {
    const { full_name: fullname, ...told } = presentTransfer(transfer);
    this.notices.send("transfer.completed", transfer.id, {
      event: "transfer.completed",
      "event.type": "Transfer",
      data: { ...told, fullname, approver: null },
    });
  }

  /** The receiving bank sends it back: a credit of its own; the transfer goes on saying that it succeeded. */
  bounce(transfer: BankTransfer): void {
    if (transfer.status !== "SUCCESSFUL" || transfer.bounced)
      throw new Error(`The transfer ${transfer.reference} cannot come back: it is ${transfer.status}.`);
    transfer.bounced = true;
    const back = this.costOf(transfer.amount, transfer.currency, transfer.debitCurrency);
    transfer.debited -= back;
    this.credit(transfer.debitCurrency, back);
  }

  credit(currency: string, amount: bigint): void {
    this.floats.set(currency, (this.floats.get(currency) ?? 0n) + amount);
  }

  charge(
    link: HostedLink,
    how: { amount: bigint; currency: string; status: Charge["status"]; tells: boolean },
  ): Charge {
    const id = this.newId();
    const charge: Charge = {
      id,
      txRef: link.txRef,
      flwRef: `FLW-MOCK-${randomBytes(8).toString("hex")}`,
      currency: how.currency,
      amount: how.amount,
      appFee: (how.amount * BigInt(this.world.settings.chargeFeeBps) + 9_999n) / 10_000n,
      status: how.status,
      paymentType: "card",
      email: link.email,
      createdAt: this.world.clock.now(),
      refunded: 0n,
    };
    this.charges.push(charge);
    if (charge.status === "successful") this.credit(charge.currency, charge.amount - charge.appFee);
    if (how.tells)
      this.notices.send("charge.completed", id, {
        event: "charge.completed",
        "event.type": "CARD_TRANSACTION",
        data: presentCharge(charge),
      });
    return charge;
  }

  paidBy(reference: string): string {
    return toText(this.byReference.get(reference)?.debited ?? 0n);
  }
}
