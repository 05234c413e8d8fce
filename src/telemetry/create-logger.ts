import { pino } from "pino";
import { redact, redactText } from "./redact.ts";

export type Logger = pino.Logger;

export interface LoggerOptions {
  readonly level: string;
  /** Where lines go; standard output if absent. Written at once, so that a dying process keeps its last words. */
  readonly destination?: pino.DestinationStream;
}

/** A logger of JSON lines with ISO time. Secrets are masked in fields, child bindings, errors and messages. */
export function createLogger({ level, destination }: LoggerOptions): Logger {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => redact(fields) as Record<string, unknown>,
      },
      // The formatter above has already turned errors into plain objects.
      serializers: { err: (error: unknown) => redact(error), error: (error: unknown) => redact(error) },
      hooks: {
        logMethod(args, method) {
          const clean = args.map((arg) => (typeof arg === "string" ? redactText(arg) : arg)) as typeof args;
          method.apply(this, clean);
        },
      },
    },
    destination ?? pino.destination({ dest: 1, sync: true }),
  );
  return withCleanChildren(logger);
}

/** pino formats the fields of a line but not the bindings of a child: they are masked here, on the way in. */
function withCleanChildren(logger: Logger): Logger {
  const child = logger.child.bind(logger);
  const cleanChild = (bindings: pino.Bindings, options?: pino.ChildLoggerOptions): Logger =>
    withCleanChildren(child(redact(bindings) as pino.Bindings, options));
  return Object.assign(logger, { child: cleanChild });
}

/** A logger that says nothing. */
export const silentLogger: Logger = pino({ level: "silent" });
