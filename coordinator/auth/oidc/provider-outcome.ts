import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client';
import { Unanswered } from '../../../shared/network/request.ts';
import { plainLine } from '../../../shared/text/plain-line.ts';

/** The outcome of a request to the identity provider. `words`: one line. */
export type ProviderOutcome<Value> =
  | { kind: 'answered'; value: Value }
  /** It is out of reach or fails: the same request may succeed later. */
  | { kind: 'away'; words: string }
  /** It refused, or its answer can't be believed. */
  | { kind: 'refused'; words: string };

const WORDS_CHARS = 300;
/** Codes of `ClientError` for an answer that comes from no provider, such as a proxy's page. */
const NO_ANSWER: readonly string[] = [
  'OAUTH_TIMEOUT',
  'OAUTH_ABORT',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
];

/** Runs it and returns as a value what it throws: no answer of a provider ends more than this request. */
export async function outcomeOf<Value>(run: () => Promise<Value>): Promise<ProviderOutcome<Value>> {
  try {
    return { kind: 'answered', value: await run() };
  } catch (error) {
    const { kind, words } = faultOf(error);
    return { kind, words: plainLine(words, WORDS_CHARS) };
  }
}

export const refused = (words: string): { kind: 'refused'; words: string } => ({ kind: 'refused', words });

function faultOf(error: unknown): { kind: 'away' | 'refused'; words: string } {
  const unanswered = causes(error).find((cause) => cause instanceof Unanswered);
  if (unanswered) return { kind: 'away', words: unanswered.message };
  if (error instanceof ResponseBodyError || error instanceof AuthorizationResponseError) {
    const isAway =
      /^(server_error|temporarily_unavailable)$/.test(error.error) || ('status' in error && error.status >= 500);
    const words = `the provider says ${error.error}${error.error_description ? `: ${error.error_description}` : ''}`;
    return { kind: isAway ? 'away' : 'refused', words };
  }
  if (error instanceof WWWAuthenticateChallengeError)
    return { kind: 'refused', words: `the provider refuses the access token (HTTP ${error.status})` };
  const isAway = error instanceof ClientError && NO_ANSWER.includes(error.code ?? '');
  const words = causes(error).at(-1)?.message ?? String(error);
  return { kind: isAway ? 'away' : 'refused', words };
}

function causes(error: unknown): Error[] {
  const found: Error[] = [];
  for (let one = error; one instanceof Error && found.length < 10; one = one.cause) found.push(one);
  return found;
}
