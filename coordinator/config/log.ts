import { type Logger, pino } from 'pino';
import type { LogSink } from '../../shared/programs/log-sink.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The log that parts of the coordinator write to. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

/** Fields that can hold a token, at the top of a line and one or two levels down, as in `req.headers`. */
const SECRETS = ['token', 'adminToken', 'password', 'authorization', 'cookie', 'set-cookie', 'sec-websocket-protocol'];

/** The program's name, in every line. */
export const LOG_NAME = 'switchyard-coordinator';

/** JSON lines. */
export function createLog(level: LogLevel, sink?: LogSink): Logger {
  const paths = SECRETS.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]);
  return pino({ level, base: { name: LOG_NAME }, redact: { paths, censor: '[secret]' } }, sink);
}
