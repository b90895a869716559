import type { FastifyError, FastifyReply } from 'fastify';
import { ERRORS, type ErrorCode, SwitchyardError } from '../../../shared/api/errors.ts';
import { problemOf } from '../../../shared/api/problem.ts';

/** Fastify's own refusals, mapped to our codes. */
const FASTIFY_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
};

/** Any error as a refusal; an unforeseen one is an `internal_error`. */
export function refusalOf(error: unknown): SwitchyardError {
  if (error instanceof SwitchyardError) return error;
  const { code = '', statusCode = 500, message } = error as Partial<FastifyError>;
  const known = FASTIFY_CODES[code];
  if (known) return new SwitchyardError(known, ERRORS[known].title);
  if (statusCode >= 400 && statusCode < 500) return new SwitchyardError('invalid_request', message ?? code);
  return new SwitchyardError('internal_error', ERRORS.internal_error.title, { cause: error });
}

export function sendProblem(reply: FastifyReply, refusal: SwitchyardError): FastifyReply {
  if (refusal.code === 'unauthorized') reply.header('www-authenticate', 'Bearer');
  // As bytes: for text Fastify would add a charset, which this media type lacks.
  return reply
    .code(refusal.status)
    .type('application/problem+json')
    .send(Buffer.from(JSON.stringify(problemOf(refusal))));
}
