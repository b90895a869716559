import { SwitchyardError } from '../../../shared/api/errors.ts';
import type { Api } from '../http/route.ts';

/**
 * Requests for a WebSocket without the upgrade: a proxy on the way removed it. They get a status of their own, so that agents and
 * command lines can tell people that the proxy is at fault.
 */
export function socketRoutes(server: Api, paths: readonly string[]): void {
  for (const path of paths)
    server.get(path, { schema: { hide: true } }, async (_request, reply) => {
      reply.header('upgrade', 'websocket');
      throw new SwitchyardError('upgrade_required', `${path} is a WebSocket: a proxy on the way must pass upgrades on`);
    });
}
