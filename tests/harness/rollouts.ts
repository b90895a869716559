import type { ListPage } from '../../shared/api/resources.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { Rollout, RolloutRequest, RolloutView } from '../../shared/model/rollout.ts';
import type { Api } from './api.ts';

type DecisionWord = 'approve' | 'pause' | 'resume' | 'retry' | 'stop';

/** Rollouts over the API, as a person with the admin token makes them and decides on them. */
export type RolloutsApi = {
  /** `key`: its Idempotency-Key. */
  start(plan: RolloutRequest, key?: string): Promise<string>;
  view(id: string): Promise<RolloutView>;
  /** The newest one, without its hosts' standings. */
  newest(): Promise<Rollout | null>;
  /** This rollout, likewise. Throws unless it is the newest. */
  summary(id: string): Promise<Rollout>;
  /** The answer to the decision. */
  decided(id: string, word: DecisionWord, body?: object): Promise<Rollout>;
  /** The rollout after the decision. */
  decide(id: string, word: DecisionWord, body?: object): Promise<RolloutView>;
  /** The rollout once `isSo` holds; the error names `what` if it never does. */
  until(id: string, what: string, isSo: (seen: RolloutView) => boolean): Promise<RolloutView>;
  /** The rollout once it neither runs nor waits for an approval. */
  settled(id: string): Promise<RolloutView>;
};

export function rolloutsOf({ send }: Pick<Api, 'send'>): RolloutsApi {
  async function request<Body>(path: string, body?: object, headers: Record<string, string> = {}): Promise<Body> {
    const answer = await send(path, body ? { method: 'POST', body, headers } : {});
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Body;
  }
  const view = (id: string) => request<RolloutView>(`/api/rollouts/${id}`);
  const until: RolloutsApi['until'] = (id, what, isSo) => waitFor(what, () => view(id), isSo);
  const newest = async () => (await request<ListPage<Rollout>>('/api/rollouts?limit=1')).items[0] ?? null;
  const decided: RolloutsApi['decided'] = (id, word, body = {}) => request(`/api/rollouts/${id}/${word}`, body);
  return {
    start: async (plan, key) =>
      (await request<{ id: string }>('/api/rollouts', plan, key === undefined ? {} : { 'idempotency-key': key })).id,
    view,
    newest,
    async summary(id) {
      const found = await newest();
      if (found?.id !== id) throw new Error(`the newest rollout is ${found?.id}, not ${id}`);
      return found;
    },
    decided,
    async decide(id, word, body = {}) {
      await decided(id, word, body);
      return await view(id);
    },
    until,
    settled: (id) => until(id, 'the end of the rollout', ({ status }) => !GOES_ON.has(status)),
  };
}

const GOES_ON: ReadonlySet<string> = new Set(['AWAITING_APPROVAL', 'RUNNING']);
