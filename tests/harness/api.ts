import type { CommandView, DispatchView, HostToken, ListPage } from '../../shared/api/resources.ts';
import type { AttentionItem } from '../../shared/model/attention.ts';
import type { DispatchAnswer, DispatchRequest } from '../../shared/model/dispatch.ts';
import type { Event } from '../../shared/model/event.ts';
import type { Host } from '../../shared/model/host.ts';
import type { Target } from '../../shared/model/target.ts';

type Request = { method?: string; body?: unknown; headers?: Record<string, string> };

/**
 * The coordinator's HTTP API as a person with the admin token uses it. Answers other than 2xx reject, with their body. With several
 * coordinators it asks the next if one is away or stands by.
 */
export function createApi({ address, others = [], token }: { address: string; others?: string[]; token: string }) {
  let present = address;
  let rest = others;

  async function send(path: string, request: Request = {}): Promise<Response> {
    for (let left = rest.length; ; left -= 1) {
      const answer = await sendTo(present, path, request).catch((error: unknown) => {
        if (left === 0) throw error;
        return null;
      });
      if (answer && (answer.status !== 503 || left === 0)) return answer;
      rest = [...rest, present];
      present = rest.shift() ?? present;
    }
  }

  async function sendTo(to: string, path: string, { method = 'GET', body, headers }: Request): Promise<Response> {
    return await fetch(`${to}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(others.length > 0 && { signal: AbortSignal.timeout(5_000) }),
    });
  }

  async function ok(path: string, request: Request = {}): Promise<Response> {
    const response = await send(path, request);
    if (response.ok) return response;
    throw new Error(`${request.method ?? 'GET'} ${path}: ${response.status} ${await response.text()}`);
  }

  const json = async <Body>(path: string, request?: Request): Promise<Body> =>
    (await (await ok(path, request)).json()) as Body;

  return {
    /** Any request, whatever the answer. */
    send,
    addHost: (name: string) => json<HostToken>('/api/hosts', { method: 'POST', body: { name } }),
    host: (host: string) => json<Host>(`/api/hosts/${host}`),
    command: (id: string) => json<CommandView>(`/api/commands/${id}`),
    commands: async (query = '') => (await json<ListPage<CommandView>>(`/api/commands${query}`)).items,
    dispatched: (dispatchId: string) => json<DispatchView>(`/api/dispatches/${dispatchId}`),
    events: async (query = '') => (await json<ListPage<Event, number>>(`/api/events${query}`)).items,
    attention: () => json<AttentionItem[]>('/api/attention'),
    target: () => json<Target>('/api/target'),
    refreshTarget: () => json<Target>('/api/target/refresh', { method: 'POST' }),
    output: async (id: string) => Buffer.from(await (await ok(`/api/commands/${id}/output`)).arrayBuffer()),
    /** The output as it comes, until the command ends. */
    async follow(id: string): Promise<AsyncIterable<Uint8Array>> {
      const { body } = await ok(`/api/commands/${id}/output?follow=true`);
      if (!body) throw new Error('an answer without a body');
      return body;
    },
    /** An answer that nothing was accepted is an answer too. */
    async dispatch(body: DispatchRequest, headers: Record<string, string> = {}) {
      const response = await send('/api/dispatch', { method: 'POST', body, headers });
      return { status: response.status, answer: (await response.json()) as DispatchAnswer };
    },
  };
}

export type Api = ReturnType<typeof createApi>;
