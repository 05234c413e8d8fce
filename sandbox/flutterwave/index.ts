import type { Clock } from "../../src/clock.ts";
import type { Background } from "../background.ts";
import { messagePage, pageHeaders } from "../checkout-page.ts";
import type { PageRequest, WireAnswer, WireRequest } from "../wire-server.ts";
import { Bank } from "./bank.ts";
import { createBankNotices } from "./notices.ts";
import { payPage } from "./pay-page.ts";
import { createBankRoutes } from "./routes.ts";
import type { BankTransfer, FlutterwaveControl, FlutterwaveSettings } from "./types.ts";
import { toText, toUnits } from "./wire.ts";

export interface Flutterwave extends FlutterwaveControl {
  handle(request: WireRequest): WireAnswer;
  page(request: PageRequest): WireAnswer;
}

export interface FlutterwaveWorld {
  /** `FLWSECK_TEST-…`: as their test mode, where a transfer stays pending unless its reference asks for an ending. */
  readonly secretKey: string;
  readonly secretHash: string;
  readonly settings: FlutterwaveSettings;
  readonly background: Background;
  readonly clock: Clock;
  /** The way to the merchant; the platform's own unless given. */
  readonly fetch?: typeof globalThis.fetch;
}

/** Flutterwave v3 with its banks and the merchant's customers. */
export function createFlutterwave(world: FlutterwaveWorld): Flutterwave {
  const { settings, secretKey, background, clock } = world;
  const notices = createBankNotices({ ...world, fetch: world.fetch ?? globalThis.fetch });
  const bank = new Bank(
    { settings, background, clock, isTest: secretKey.startsWith("FLWSECK_TEST-") },
    notices,
  );
  const transferBy = (reference: string): BankTransfer => {
    const found = bank.byReference.get(reference);
    if (found === undefined) throw new Error(`Flutterwave has no transfer "${reference}".`);
    return found;
  };
  const pay: FlutterwaveControl["pay"] = async (txRef, how = {}) => {
    const link = [...bank.links.values()].find((one) => one.txRef === txRef);
    if (link === undefined) throw new Error(`Flutterwave has no payment link for "${txRef}".`);
    const { amount, currency = link.currency, status = "successful", notice = "sent" } = how;
    return bank.charge(link, {
      amount: amount === undefined ? link.amount : toUnits(amount),
      currency,
      status,
      tells: notice === "sent",
    });
  };
  return {
    handle: createBankRoutes(bank, secretKey),
    page({ method, path }) {
      const link = bank.links.get(/^\/pay\/([0-9a-f]{24})$/.exec(path)?.[1] ?? "");
      if (link === undefined)
        return { status: 404, body: messagePage("There is no such payment link."), headers: pageHeaders };
      const paid = bank.charges.find(({ txRef, status }) => txRef === link.txRef && status === "successful");
      if (method !== "POST")
        return { status: 200, body: payPage(link, paid !== undefined), headers: pageHeaders };
      const charge =
        paid ??
        bank.charge(link, {
          amount: link.amount,
          currency: link.currency,
          status: "successful",
          tells: true,
        });
      const back = new URL(link.redirectUrl);
      back.searchParams.set("status", "successful");
      back.searchParams.set("tx_ref", link.txRef);
      back.searchParams.set("transaction_id", String(charge.id));
      return { status: 303, body: "", headers: { ...pageHeaders, location: back.href } };
    },
    configure: (changed) => void Object.assign(settings, changed),
    balance: (currency) => toText(bank.floats.get(currency) ?? 0n),
    fund: (currency, amount) => void bank.floats.set(currency, toUnits(amount)),
    setRate: (currency, perUsd) => void bank.rates.set(currency, perUsd),
    next: (outcome) => void bank.outcomes.push(outcome),
    decide(reference, outcome) {
      bank.finish(transferBy(reference), outcome);
    },
    bounce: (reference) => bank.bounce(transferBy(reference)),
    transfers: () => [...bank.transfers.values()],
    paidBy: (reference) => bank.paidBy(reference),
    pay,
    charges: () => bank.charges,
    notices: notices.records,
    noticeBy: (how) => void (notices.how.next = how),
    resend: (about) => notices.resend(about),
    heal() {
      notices.how.next = "sent";
      bank.outcomes.splice(0);
    },
  };
}

export type { BankNotice, Charge, FlutterwaveControl, TransferOutcome } from "./types.ts";
