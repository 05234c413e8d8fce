import type { Intake } from "../../../intake/index.ts";
import { defineWebhook, type WebhookRoute } from "../../route.ts";

/** A processor's event: verified, stored, answered; everything else happens afterwards. */
export const processorWebhook = (intake: Intake, processor: string): WebhookRoute =>
  defineWebhook({
    path: `/webhooks/${processor}`,
    summary: `Events of ${processor}`,
    problems: [
      "invalid_signature",
      "too_many_failed_signatures",
      "payload_too_large",
      "unsupported_media_type",
    ],
    async handle({ raw, headers }) {
      const { duplicate, probe } = await intake.receive(processor, raw, headers);
      return { received: true, duplicate, ...(probe && { probe }) };
    },
  });
