/** The ways by which people are told something. A published word is never renamed. */
export const noticeChannels = ["email", "telegram"] as const;
export type NoticeChannel = (typeof noticeChannels)[number];

/** What is told to one person. */
export interface OutgoingNotice {
  /** The same at every try, so that whoever gets it twice can tell. */
  readonly id: string;
  /** An e-mail address, or the id of a chat. */
  readonly address: string;
  /** One line without control characters. */
  readonly title: string;
  /** Lines of plain text; with the title at most 4,000 characters. */
  readonly body: string;
}

/** What became of a try. Only "refused" promises that nobody was told. */
export type NoticeOutcome =
  /** Taken for delivery. `reference`: what the other side calls it. */
  | { readonly kind: "sent"; readonly reference: string | null }
  /** `again`: a later try may do better, not before `afterMs` where they say so. */
  | {
      readonly kind: "refused";
      readonly reason: string;
      readonly again: boolean;
      readonly afterMs: number | null;
    }
  /** It may have been told. */
  | { readonly kind: "unknown"; readonly reason: string };

export interface Notifier {
  readonly channel: NoticeChannel;
  /** Tells it once. It does not throw, gives up within half a minute, and its reasons hold neither address nor key. */
  send(notice: OutgoingNotice): Promise<NoticeOutcome>;
  /** Asks the other side whether it would take notices from us. @throws {ProviderError} */
  checkAccess(signal: AbortSignal): Promise<string>;
}
