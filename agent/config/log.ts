import { type Logger, pino } from 'pino';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What the parts of the agent may log through. Fields never hold a token or a command's environment. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

/** JSON lines on stdout, written at once: what was logged before a crash is there after it. */
export const createLog = (level: LogLevel): Log => pino({ level, base: { name: 'switchyard-agent' } });
