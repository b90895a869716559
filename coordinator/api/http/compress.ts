import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { negotiate } from '@fastify/accept-negotiator';
import type { Api } from './route.ts';

/** A content coding for an answer; null if the client accepts none. */
export type Coding = 'br' | 'gzip' | null;

const CODINGS = ['br', 'gzip', 'identity'];

/** The best coding that the client accepts, by its `accept-encoding`. */
export function codingFor(acceptEncoding: string | undefined): Coding {
  const chosen = acceptEncoding === undefined ? null : negotiate(acceptEncoding, CODINGS);
  return chosen === 'br' || chosen === 'gzip' ? chosen : null;
}

/** `thorough`: for content that is compressed once and sent often. */
export type Effort = 'quick' | 'thorough';

const QUALITY = { quick: { brotli: 4, gzip: 4 }, thorough: { brotli: 11, gzip: 9 } } as const;

const brotliAsync = promisify(brotliCompress);
const gzipAsync = promisify(gzip);

export function compress(content: Buffer, coding: NonNullable<Coding>, effort: Effort): Promise<Buffer> {
  const quality = QUALITY[effort];
  if (coding === 'gzip') return gzipAsync(content, { level: quality.gzip });
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: quality.brotli,
    [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
  };
  return brotliAsync(content, { params });
}

/** Below this size the headers outweigh the body. */
const WORTH_BYTES = 1_024;

/** Compresses every text answer on its way out. Leaves alone streams, and answers that already name a coding. */
export function compressAnswers(server: Pick<Api, 'addHook'>): void {
  server.addHook('onSend', async (request, reply, payload) => {
    if (typeof payload !== 'string' || payload.length < WORTH_BYTES || reply.hasHeader('content-encoding'))
      return payload;
    reply.header('vary', 'accept-encoding');
    const coding = codingFor(request.headers['accept-encoding']);
    if (coding === null) return payload;
    const content = await compress(Buffer.from(payload), coding, 'quick');
    reply.headers({ 'content-encoding': coding, 'content-length': content.length });
    return content;
  });
}
