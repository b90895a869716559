import { Type } from 'typebox';
import { SwitchyardError } from '../../../shared/api/errors.ts';
import { version } from '../../../shared/version.ts';
import type { Ledger } from '../../engine/ledger.ts';
import type { Store } from '../../store/port.ts';
import { type Api, refusals } from '../http/route.ts';

export type HealthRoutesDeps = { ledger: Pick<Ledger, 'healthy'>; store: Pick<Store, 'probe'> };

const Ok = Type.Object({ status: Type.Literal('ok') });
const Alive = Type.Object({ ...Ok.properties, version: Type.String() });

export function healthRoutes(api: Api, { ledger, store }: HealthRoutesDeps): void {
  api.get(
    '/healthz',
    {
      schema: {
        operationId: 'getHealth',
        summary: 'The process is there',
        tags: ['health'],
        response: { 200: Alive },
      },
    },
    async () => ({ status: 'ok' as const, version }),
  );
  api.get(
    '/readyz',
    {
      schema: {
        operationId: 'getReadiness',
        summary: 'Whether it can take work and store it',
        tags: ['health'],
        response: { 200: Ok, ...refusals('storage_unavailable') },
      },
    },
    async () => {
      if (!ledger.healthy() && !(await canWrite(store)))
        throw new SwitchyardError('storage_unavailable', 'The store cannot be written; the log says why');
      return { status: 'ok' as const };
    },
  );
}

/** Tries a write each time: without other writes nothing else would show that the store works again. */
async function canWrite(store: Pick<Store, 'probe'>): Promise<boolean> {
  try {
    await store.probe();
    return true;
  } catch {
    return false;
  }
}
