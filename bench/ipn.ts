import { createHmac, randomUUID } from "node:crypto";

/** A notice as the processor sends it, keys sorted as it signs them; no two are alike. */
export function createIpnSigner(secret: string): () => { body: string; signature: string } {
  const order = randomUUID();
  let paymentId = 5_000_000_000;
  return () => {
    paymentId += 1;
    const body =
      `{"actually_paid":0.0131,"actually_paid_at_fiat":0,"fee":{"currency":"eth","depositFee":0.000131,"serviceFee":0,` +
      `"withdrawalFee":0},"invoice_id":4522625843,"order_description":"bench","order_id":"${order}","outcome_amount":0.012969,` +
      `"outcome_currency":"eth","parent_payment_id":null,"pay_address":"0x1111111254EEB25477B68fb85Ed929f73A960582",` +
      `"pay_amount":0.0131,"pay_currency":"eth","payin_extra_id":null,"payment_extra_ids":null,"payment_id":${paymentId},` +
      `"payment_status":"finished","price_amount":40,"price_currency":"usd","purchase_id":"${paymentId}","updated_at":1767225600000}`;
    return { body, signature: createHmac("sha512", secret).update(body).digest("hex") };
  };
}
