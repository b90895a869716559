import type { NotifyMessage } from '../../../shared/model/notify.ts';
import type { ReceiverConfig } from '../../config/notify.ts';

/** An HTTP request that carries a message. */
export type Call = {
  url: URL;
  method: 'POST' | 'PUT' | 'GET';
  headers: Readonly<Record<string, string>>;
  body?: string;
};

/** Makes the request for one kind of receiver. `secret`: its secretFile's content, null if it has none; `at`: now. */
export type Format = (asked: {
  message: NotifyMessage;
  receiver: ReceiverConfig;
  url: URL;
  secret: string | null;
  at: number;
}) => Call;

/** The URL of a path below another URL. */
export const below = (url: URL, path: string): URL => new URL(`${url.href.replace(/\/+$/, '')}${path}`);
