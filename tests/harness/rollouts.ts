import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { RolloutRequest, RolloutView } from '../../shared/rollout.ts';
import type { Api } from './api.ts';

/** Rollouts over the API, as a person with the admin token makes them and decides on them. */
export type RolloutsApi = {
  start(plan: RolloutRequest): Promise<string>;
  view(id: string): Promise<RolloutView>;
  decide(id: string, word: 'approve' | 'pause' | 'resume' | 'retry' | 'stop', body?: object): Promise<RolloutView>;
  /** The rollout once `isSo` holds; the error names `what` if it never does. */
  until(id: string, what: string, isSo: (seen: RolloutView) => boolean): Promise<RolloutView>;
  /** The rollout once it neither runs nor waits for an approval. */
  settled(id: string): Promise<RolloutView>;
};

export function rolloutsOf({ send }: Pick<Api, 'send'>): RolloutsApi {
  async function request<Body>(path: string, body?: object): Promise<Body> {
    const answer = await send(path, body ? { method: 'POST', body } : {});
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Body;
  }
  const view = (id: string) => request<RolloutView>(`/api/rollouts/${id}`);
  const until: RolloutsApi['until'] = (id, what, isSo) => waitFor(what, () => view(id), isSo);
  return {
    start: async (plan) => (await request<{ id: string }>('/api/rollouts', plan)).id,
    view,
    async decide(id, word, body = {}) {
      await request(`/api/rollouts/${id}/${word}`, body);
      return await view(id);
    },
    until,
    settled: (id) => until(id, 'the end of the rollout', ({ status }) => !GOES_ON.has(status)),
  };
}

const GOES_ON: ReadonlySet<string> = new Set(['AWAITING_APPROVAL', 'RUNNING']);
