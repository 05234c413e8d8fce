/** Part of a key's name, in lower case without dashes and underscores, that makes its value a secret. */
const secretWords = [
  "password", "passphrase", "secret", "apikey", "authorization", "xnowpaymentssig", "xchangenowapikey", "privatekey",
  "mnemonic", "seedphrase", "cookie", "accesstoken", "bearertoken",
]; // prettier-ignore
/** Whole names of the same kind. `raw` holds signed bytes or a stranger's whole answer. */
const secretNames = new Set(["raw", "sig", "signature", "token", "databaseurl", "smtpurl", "contact"]);

export const redacted = "[redacted]";
const maxDepth = 8;

export function isSecretKey(key: string): boolean {
  const name = key.toLowerCase().replace(/[-_]/g, "");
  return secretNames.has(name) || secretWords.some((word) => name.includes(word));
}

/** Text without the secrets it may carry: the password in a URL, a bearer token, a key in a query string. */
export function redactText(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)[^\s/@]+@/gi, `$1${redacted}@`)
    .replace(/(\/bot\d+:)[\w-]+/g, `$1${redacted}`)
    .replace(/\b(bearer\s+)[^\s"',;]+/gi, `$1${redacted}`)
    .replace(/([?&](?:api[-_]?key|token|secret|password|x_cg_[a-z]+_api_key)=)[^&\s"']+/gi, `$1${redacted}`);
}

function redactError(error: Error, depth: number): Record<string, unknown> {
  const own = Object.fromEntries(Object.entries(error).filter(([key]) => key !== "cause"));
  return {
    type: error.name,
    message: redactText(error.message),
    stack: error.stack === undefined ? undefined : redactText(error.stack),
    ...(redactAt(own, depth + 1) as object),
    ...(error.cause === undefined ? {} : { cause: redactAt(error.cause, depth + 1) }),
  };
}

function redactAt(value: unknown, depth: number): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  if (depth > maxDepth) return "[too deep]";
  if (value instanceof Error) return redactError(value, depth);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.map((item) => redactAt(item, depth + 1));
  if (value instanceof Map || value instanceof Set) return redactAt([...value], depth);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      isSecretKey(key) ? redacted : redactAt(item, depth + 1),
    ]),
  );
}

/** A copy fit for a log: values under secret keys are masked at any depth, errors keep their causes, bytes their length. */
export const redact = (value: unknown): unknown => redactAt(value, 0);
