import { describe, expect, test } from "vitest";
import { DomainError } from "../errors.ts";
import type { BankProvider, SendToBank } from "./bank-provider.ts";
import {
  describeCircuit,
  describeReadFaults,
  describeWriteFaults,
  told,
  useServer,
  type Subject,
} from "./contract.ts";
import type { Reply } from "./programmable-server.ts";

export interface BankFixtures {
  readonly send: SendToBank;
  /** A transfer as they tell it, with some fields given as JSON text. */
  readonly transfer: {
    readonly externalId: string;
    readonly body: (fields: Record<string, string>) => string;
  };
  readonly list: (rows: readonly Record<string, string>[]) => string;
  readonly statusField: string;
  readonly amountField: string;
  readonly notFound: Reply;
  readonly referenceTaken: Reply;
  readonly notice: { readonly header: string; readonly secret: string };
}

const never = new AbortController().signal;

/** What every bank provider must do. */
export function describeBankProvider(
  name: string,
  subject: Subject<BankProvider>,
  fixtures: BankFixtures,
): void {
  describe(`${name} keeps the contract of a bank provider`, () => {
    const server = useServer();
    const { send, transfer, list, notice } = fixtures;
    const made = () => subject.make(server.current().url);
    describeReadFaults(subject, {
      findByReference: (bank, signal) => bank.findByReference(send.reference, signal),
      fetchTransfer: (bank, signal) => bank.fetchTransfer(transfer.externalId, signal),
      floats: (bank, signal) => bank.floats(signal),
      holderOf: (bank, signal) => bank.holderOf(send, signal),
    });
    describeWriteFaults(subject, "send", (bank, signal) => bank.send(send, signal));
    describeCircuit(
      subject,
      (bank, signal) => bank.findByReference(send.reference, signal),
      (bank, signal) => bank.send(send, signal),
    );

    const fetched = async (fields: Record<string, string>) => {
      server.current().answer({ body: transfer.body(fields) });
      const found = await made().fetchTransfer(transfer.externalId, never);
      expect(found).not.toBeNull();
      return found!;
    };

    test("an unseen status keeps its word and is neither success nor failure", async () => {
      expect(await fetched({ [fixtures.statusField]: '"QUANTUM"' })).toMatchObject({
        status: "unrecognised",
        rawStatus: "QUANTUM",
      });
    });

    test.each([
      ["1500", 1_500_000n],
      ["26.875", 26_875n],
      ["90071992547409.917", 90_071_992_547_409_917n],
    ])("an amount of %s survives to the last unit", async (text, units) =>
      expect((await fetched({ [fixtures.amountField]: text })).amount).toBe(units),
    );

    test("one it never heard of is null, by id and by reference", async () => {
      server.current().answer(fixtures.notFound);
      expect(await made().fetchTransfer(transfer.externalId, never)).toBeNull();
      server.current().answer({ body: list([]) });
      expect(await made().findByReference(send.reference, never)).toBeNull();
    });

    test("a list that holds other references only is no proof that ours is not there", async () => {
      server.current().answer({ body: list([{ reference: '"somebody-elses"' }]) });
      await expect(made().findByReference(send.reference, never)).rejects.toMatchObject({
        reason: "answer_mismatch",
      });
    });

    test("a reference that is taken says so, and is looked up", async () => {
      server.current().answer(fixtures.referenceTaken);
      expect(told(await made().send(send, never))).toBe("rejected reference_taken");
    });

    test("an answer about another reference is unknown", async () => {
      server.current().answer({ body: transfer.body({ reference: '"somebody-elses"' }) });
      expect(told(await made().send(send, never))).toBe("unknown answer_mismatch");
    });

    test("a notice is believed with our secret only", () => {
      const bank = subject.make("http://localhost");
      const { header, secret } = notice;
      expect(bank.verifyNotice({ [header]: secret })).toBe(true);
      for (const value of [undefined, "", secret.slice(1), `${secret} `, secret.toUpperCase(), [secret]])
        expect(bank.verifyNotice({ [header]: value })).toBe(false);
    });

    test.each(["", "null", "[]", "{}", "<html>", '{"event":', "[".repeat(100_000)])(
      "the notice %s is malformed, never a crash",
      (raw) => {
        const bank = subject.make("http://localhost");
        expect(() => bank.parseNotice(Buffer.from(raw))).toThrow(DomainError);
      },
    );
  });
}
