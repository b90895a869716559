import { type Logger, pino } from 'pino';
import type { LogSink } from '../../shared/programs/log-sink.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The log of the agent's parts. Fields never hold a token or a command's environment. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

/** The program's name, in every line. */
export const LOG_NAME = 'switchyard-agent';

/** JSON lines. */
export const createLog = (level: LogLevel, sink?: LogSink): Log => pino({ level, base: { name: LOG_NAME } }, sink);
