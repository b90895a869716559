import type { FastifyReply, FastifyRequest } from 'fastify';
import { SwitchyardError } from '../../../shared/errors.ts';
import type { Api } from './route.ts';

/**
 * Tells a path that is not there from a method that its path does not take. Collects every route that is added after it;
 * the result answers what no route does.
 */
export function createNotFound(api: Api): (request: FastifyRequest, reply: FastifyReply) => never {
  const methods = new Map<string, Set<string>>();
  api.addHook('onRoute', ({ url, method }) => {
    const known = methods.get(url) ?? new Set();
    for (const one of [method].flat()) known.add(one);
    methods.set(url, known);
  });

  return ({ method, url }, reply) => {
    const [path = ''] = url.split('?');
    for (const [pattern, known] of methods) {
      if (!matches(pattern, path)) continue;
      reply.header('allow', [...known].join(', '));
      throw new SwitchyardError('method_not_allowed', `${path} takes ${[...known].join(', ')}, not ${method}`);
    }
    throw new SwitchyardError('not_found', `There is nothing at ${path}`);
  };
}

/** `:name` stands for one segment of the path. */
function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split('/');
  const given = path.split('/');
  return wanted.length === given.length && wanted.every((part, at) => part === given[at] || part.startsWith(':'));
}
