import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { Type } from 'typebox';
import { SwitchyardError } from '../../../shared/api/errors.ts';
import { ARRIVAL_WORDS, OutputIndexView, OutputMatchesView } from '../../../shared/api/resources.ts';
import { ARRIVALS } from '../../../shared/model/output-arrival.ts';
import { Count } from '../../../shared/schema.ts';
import type { Ledger } from '../../engine/ledger.ts';
import type { HoldingOf } from '../../hosts/output-holding.ts';
import type { OutputIndexer } from '../../output/index.ts';
import { ERRORS, type SearchOutput } from '../../output/search.ts';
import { type Api, IdParams, named, pageLimit, refusals } from '../http/route.ts';
import { recordOf } from './commands.ts';
import { type FollowOutputDeps, followOutput } from './follow-output.ts';

export type OutputRoutesDeps = Omit<FollowOutputDeps, 'arrival'> & {
  ledger: Pick<Ledger, 'committed'>;
  holdingOf: HoldingOf;
  indexer: Pick<OutputIndexer, 'index'>;
  search: SearchOutput;
};

const Bytes = Type.Unsafe<Readable>({
  description: 'The bytes as the command wrote them. The headers describe the moment when the answer began',
  headers: {
    'x-output-bytes': { type: 'integer', description: 'Bytes held in all' },
    'x-output-total': { type: 'integer', description: 'Bytes known to exist' },
    'x-output-arrival': { type: 'string', enum: [...ARRIVALS], description: ARRIVAL_WORDS },
  },
  content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
});

const MATCHES = 50;
const LONGEST_QUERY = 200;

export function outputRoutes(api: Api, deps: OutputRoutesDeps): void {
  const { ledger, holdingOf, reader, indexer, search } = deps;

  api.get(
    '/commands/:id/output',
    {
      // A HEAD would read a followed output to its end and answer nothing.
      exposeHeadRoute: false,
      schema: {
        operationId: 'getOutput',
        summary:
          'Output from `offset` on; with `follow` as it comes, until the command has ended and all of it is held or cannot come',
        tags: ['output'],
        params: IdParams,
        querystring: Type.Object(
          { offset: Type.Optional(Count), limit: Type.Optional(Count), follow: Type.Optional(Type.Boolean()) },
          { additionalProperties: false },
        ),
        response: { 200: Bytes, ...refusals('invalid_request', 'unknown_command') },
      },
    },
    async ({ params: { id }, query: { offset = 0, limit = Number.MAX_SAFE_INTEGER, follow } }, reply) => {
      const record = await recordOf(ledger, id);
      const { hostId } = record.command;
      const { bytes, total, arrival } = await holdingOf(record);
      reply.type('application/octet-stream');
      reply.headers({ 'x-output-bytes': bytes, 'x-output-total': total, 'x-output-arrival': arrival });
      reply.header('content-disposition', `attachment; filename="${id}.log"`);
      if (follow) {
        const gone = new AbortController();
        reply.raw.once('close', () => gone.abort());
        const arrivalNow = async () => {
          const now = await ledger.committed(id);
          return now && (await holdingOf(now)).arrival;
        };
        const pieces = followOutput(
          { ...deps, arrival: arrivalNow },
          { id, hostId, offset, limit, signal: gone.signal },
        );
        return bytesOf(headFirst(reply.raw, pieces));
      }
      const length = Math.max(0, Math.min(bytes - offset, limit));
      reply.header('content-length', length);
      return bytesOf(reader.read(id, offset, length));
    },
  );

  api.get(
    '/commands/:id/output/search',
    {
      schema: {
        operationId: 'searchOutput',
        summary: 'Every place where the output holds `q`, ignoring case; or every line that says what failed',
        tags: ['output'],
        params: IdParams,
        querystring: Type.Object(
          {
            q: Type.Optional(Type.String({ minLength: 1, maxLength: LONGEST_QUERY })),
            errors: Type.Optional(Type.Boolean({ description: 'In place of `q`: every line that says what failed' })),
            from: Type.Optional(Type.Integer({ ...Count, description: 'The byte to search from' })),
            limit: pageLimit(MATCHES),
          },
          { additionalProperties: false },
        ),
        response: {
          200: named('OutputMatches', OutputMatchesView),
          ...refusals('invalid_request', 'unknown_command'),
        },
      },
    },
    async ({ params: { id }, query: { q, errors, from = 0, limit = MATCHES } }) => {
      if ((q === undefined) !== (errors === true))
        throw new SwitchyardError('invalid_request', 'A search takes either q or errors=true');
      // Read first: later bytes may be searched too, but the reported ones certainly are.
      const holding = await holdingOf(await recordOf(ledger, id));
      return { ...(await search(id, q ?? ERRORS, from, limit)), ...holding };
    },
  );

  api.get(
    '/commands/:id/output/index',
    {
      schema: {
        operationId: 'getOutputIndex',
        summary: 'From offset to line and time, sparsely',
        tags: ['output'],
        params: IdParams,
        response: { 200: named('OutputIndex', OutputIndexView), ...refusals('unknown_command') },
      },
    },
    async ({ params: { id } }): Promise<OutputIndexView> => {
      const { total, arrival } = await holdingOf(await recordOf(ledger, id));
      const { bytes, lines, marks } = await indexer.index(id);
      return { bytes, total: Math.max(bytes, total), arrival, lines, marks: [...marks] };
    },
  );
}

/** Sends the headers before the first byte, which may take long to come. */
async function* headFirst(response: ServerResponse, pieces: AsyncGenerator<Uint8Array, void>) {
  response.flushHeaders();
  yield* pieces;
}

const bytesOf = (pieces: AsyncGenerator<Uint8Array, void>): Readable => Readable.from(pieces, { objectMode: false });
