import { Type } from 'typebox';
import { SwitchyardError } from '../../../shared/api/errors.ts';
import { Name, Uuid } from '../../../shared/schema.ts';
import type { Roster } from '../../hosts/roster.ts';
import { type Api, refusals } from '../http/route.ts';

export type AgentSelfRoutesDeps = { roster: Pick<Roster, 'byId'> };

export function agentSelfRoutes(api: Api, { roster }: AgentSelfRoutesDeps): void {
  api.get(
    '/agent/self',
    {
      schema: {
        operationId: 'getAgentSelf',
        summary: "The host whose token this is; disturbs no connection of the host's agent",
        tags: ['agents'],
        response: { 200: Type.Object({ hostId: Uuid, name: Name }), ...refusals('unknown_host') },
      },
    },
    async ({ actor: hostId }) => {
      const host = roster.byId(hostId);
      if (!host) throw new SwitchyardError('unknown_host', 'The host of this token is being removed');
      return { hostId, name: host.name };
    },
  );
}
