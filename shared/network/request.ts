import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { Readable } from 'node:stream';
import { errorWords, statusWords } from './fault-words.ts';
import { roadTo } from './road.ts';

export type HttpRequest = {
  method?: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
  signal?: AbortSignal;
  /** Called once the connection stands, just before the request leaves. */
  onConnected?: () => void;
  /** Resolves names; a proxy resolves them itself. */
  lookup?: LookupFunction;
};

/** A request without an answer; its message says why. */
export class Unanswered extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Unanswered';
  }
}

const WITHOUT_BODY: readonly number[] = [204, 205, 304];

/**
 * One HTTP request, over the proxy that the environment names for `url`, if any. `fetch` supports proxies only from Node 24.5 on,
 * and none for WebSockets. Resolves with any answer, redirects included; rejects with `Unanswered`, or with the signal's reason.
 */
export function request(
  url: URL,
  { method = 'GET', headers = {}, body, signal, onConnected, lookup }: HttpRequest = {},
): Promise<Response> {
  const road = roadTo(url);
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const sent = send(url, {
      method,
      headers: { ...headers, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) },
      // No connection is reused: it may be cut at the moment of the next request.
      agent: road.agent ?? false,
      ...(signal && { signal }),
      ...(lookup && { lookup }),
    });
    sent.on('socket', (socket) => {
      if (!onConnected) return;
      if (url.protocol === 'https:') socket.once('secureConnect', onConnected);
      else if (socket.connecting) socket.once('connect', onConnected);
      else onConnected();
    });
    sent.on('error', (cause) =>
      reject(signal?.aborted ? signal.reason : new Unanswered(errorWords(cause, { url, road }), { cause })),
    );
    sent.on('response', (answer) => {
      const { statusCode: status = 0, headers: given } = answer;
      if (road.refusal() !== null) {
        answer.destroy();
        reject(new Unanswered(statusWords(status, { url, road, wants: 'answer' })));
        return;
      }
      const entries = Object.entries(given).flatMap(([name, value]): [string, string][] =>
        [value ?? []].flat().map((one) => [name, one]),
      );
      const content = WITHOUT_BODY.includes(status) ? null : (Readable.toWeb(answer) as ReadableStream<Uint8Array>);
      if (content === null) answer.resume();
      resolve(new Response(content, { status, headers: entries }));
    });
    sent.end(body);
  });
}
