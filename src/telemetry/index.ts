export { createLogger, silentLogger, type Logger, type LoggerOptions } from "./create-logger.ts";
export { createMetrics, gaugeValue, type Metrics } from "./create-metrics.ts";
export { redact, redactText } from "./redact.ts";
