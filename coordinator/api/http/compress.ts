import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { negotiate } from '@fastify/accept-negotiator';
import type { Api } from './route.ts';

/** How an answer is written in fewer bytes; null where the client takes none of it. */
export type Coding = 'br' | 'gzip' | null;

const CODINGS = ['br', 'gzip', 'identity'];

/** The best that a client takes, by its `accept-encoding`. */
export function codingFor(acceptEncoding: string | undefined): Coding {
  const chosen = acceptEncoding === undefined ? null : negotiate(acceptEncoding, CODINGS);
  return chosen === 'br' || chosen === 'gzip' ? chosen : null;
}

/** `thorough`: for what is compressed once and sent often. */
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

/** Below this the head of an answer is most of it. */
const WORTH_BYTES = 1_024;

/** Every answer of text is compressed on its way out; one that says how it is coded is left alone, and so is a stream. */
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
