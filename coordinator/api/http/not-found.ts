import type { FastifyReply, FastifyRequest } from 'fastify';
import { SwitchyardError } from '../../../shared/api/errors.ts';
import type { Api } from './route.ts';

/**
 * Tells an unknown path from a method that its path does not take. Collects every route added after it; the result answers
 * all other requests.
 */
export function createNotFound(api: Api): (request: FastifyRequest, reply: FastifyReply) => FastifyReply {
  const methods = new Map<string, Set<string>>();
  api.addHook('onRoute', ({ url, method }) => {
    const known = methods.get(url) ?? new Set();
    for (const one of [method].flat()) known.add(one);
    methods.set(url, known);
  });

  return ({ method, url, headers }, reply) => {
    const [path = ''] = url.split('?');
    for (const [pattern, known] of methods) {
      if (!matches(pattern, path)) continue;
      reply.header('allow', [...known].join(', '));
      throw new SwitchyardError('method_not_allowed', `${path} takes ${[...known].join(', ')}, not ${method}`);
    }
    if (wantsPage({ method, url, headers }))
      return reply.code(404).type('text/html; charset=utf-8').send(pageFor(path));
    throw new SwitchyardError('not_found', `There is nothing at ${path}`);
  };
}

/** Whether an unknown path is answered with a page: a person's browser followed a link here. */
export const wantsPage = ({ method, url, headers }: Pick<FastifyRequest, 'method' | 'url' | 'headers'>): boolean =>
  method === 'GET' && headers.accept?.includes('text/html') === true && !OF_PROGRAMS.test(url.split('?')[0] ?? '');

/** Paths where nobody expects a page. */
const OF_PROGRAMS = /^\/(api|ws|assets)(\/|$)/;

/** For people who typed an address. The link up is relative, because a proxy may have stripped a path. */
const pageFor = (path: string): string =>
  `<!doctype html><title>Switchyard</title><p>There is no page here. <a href="${'../'.repeat(path.split('/').length - 2) || './'}">See the fleet</a>.`;

/** `:name` stands for one segment of the path. */
function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split('/');
  const given = path.split('/');
  return wanted.length === given.length && wanted.every((part, at) => part === given[at] || part.startsWith(':'));
}
