import type { NotifyMessage } from '../../../shared/notify.ts';
import type { ReceiverConfig } from '../../config/notify.ts';

/** One HTTP request that tells a message. */
export type Call = {
  url: URL;
  method: 'POST' | 'PUT' | 'GET';
  headers: Readonly<Record<string, string>>;
  body?: string;
};

/** Makes the request of one kind of receiver. `secret`: the content of its secretFile, null without one; `at`: now. */
export type Format = (asked: {
  message: NotifyMessage;
  receiver: ReceiverConfig;
  url: URL;
  secret: string | null;
  at: number;
}) => Call;

/** A URL below another one. */
export const below = (url: URL, path: string): URL => new URL(`${url.href.replace(/\/+$/, '')}${path}`);
