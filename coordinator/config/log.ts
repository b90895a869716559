import { type DestinationStream, type Logger, pino } from 'pino';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What the parts of the coordinator may log through. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

/** Fields that can hold a token, at the top of a line and one or two levels down, as in `req.headers`. */
const SECRETS = ['token', 'adminToken', 'password', 'authorization', 'cookie', 'set-cookie', 'sec-websocket-protocol'];

/** JSON lines on stdout, written at once: what was logged before a crash is there after it. */
export function createLog(level: LogLevel, destination?: DestinationStream): Logger {
  const paths = SECRETS.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]);
  return pino({ level, base: { name: 'switchyard-coordinator' }, redact: { paths, censor: '[secret]' } }, destination);
}
