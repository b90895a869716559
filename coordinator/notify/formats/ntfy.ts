import type { Format } from './call.ts';
import { levelOf, linesOf } from './message.ts';

/** ntfy turns a message of more than 4,096 bytes into an attachment. */
const BYTES = 4_000;
const PRIORITIES = { error: '4', warn: '3', info: '2' } as const;

/** A post to an ntfy topic: text as the body, the rest as ASCII headers. */
export const ntfy: Format = ({ message, url, secret }) => {
  const link = message.notices.length === 1 ? message.notices[0]?.link : message.coordinator;
  return {
    url,
    method: 'POST',
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      title: encodedWord(message.title),
      priority: PRIORITIES[levelOf(message)],
      ...(link && { click: link }),
      ...(secret !== null && { authorization: `Bearer ${secret}` }),
    },
    body: cut(
      linesOf(message)
        .map(({ text }) => text)
        .join('\n'),
    ),
  };
};

/** Encodes by RFC 2047, which ntfy reads in headers. */
const encodedWord = (text: string): string =>
  /^[ -~]*$/.test(text) ? text : `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`;

function cut(text: string): string {
  const bytes = Buffer.from(text);
  return bytes.length <= BYTES ? text : `${new TextDecoder().decode(bytes.subarray(0, BYTES)).replace(/\uFFFD$/, '')}…`;
}
