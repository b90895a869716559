import { agentBundle } from '../../scripts/built-programs.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { Quarantined, Rollout, RolloutRequest, RolloutView } from '../../shared/model/rollout.ts';
import { screen } from './screen.ts';
import type { Stage } from './stage.ts';

/** The hosts of each wave: the commit is good for the first, and bad for one of the second. */
const WAVES = [['web1'], ['web3', 'web4'], ['web2', 'db1']] as const;
const BROKEN = 'web4';
const BEHIND = WAVES[2];

const SCRIPT = 'echo "warning: the following units failed: nginx.service" >&2; exit 4';

const PLAN: RolloutRequest = {
  name: 'new nginx',
  steps: [{ op: 'pull-switch' }],
  hosts: WAVES.flat(),
  waves: WAVES.map((hosts, at) => ({ hosts: [...hosts], soakMs: at === 0 ? 1_000 : 0 })),
};

/** Plays the rollout; resolves to the number of facts that are not as they should be. */
export async function playRollout({ api, fleet }: Stage): Promise<number> {
  await fleet.bumpAgent(agentBundle);
  const commit = fleet.commitActivation(BROKEN, SCRIPT);
  screen.text(
    `pushed ${commit.slice(0, 12)}: a new agent for all hosts, but nginx of ${BROKEN} does not start with it`,
  );
  await api.refreshTarget();
  const json = async <Body>(path: string, body?: object): Promise<Body> =>
    (await (await api.send(path, body && { method: 'POST', body })).json()) as Body;

  const { id } = await json<Rollout>('/api/rollouts', PLAN);
  screen.text(`› rollout of pull-switch in waves: ${WAVES.map((hosts) => hosts.join(', ')).join(' | ')}`);
  let shown = new Map<string, string>();
  const view = await waitFor(
    'the rollout',
    async () => {
      const now = await json<RolloutView>(`/api/rollouts/${id}`);
      shown = showNews(now, shown);
      return now;
    },
    ({ status, counts }) => status !== 'RUNNING' && counts.running === 0,
  );
  const [quarantined] = await json<Quarantined[]>('/api/quarantine');
  const ranBehind = await Promise.all(
    BEHIND.map(async (host) => (await api.commands(`?host=${host}&op=pull-switch&limit=1`))[0]?.createdAt ?? 0),
  );

  return [
    told(view.status === 'PAUSED', `it is ${view.status}: ${view.reason?.message}`),
    told(quarantined?.commit === commit, `the commit is ${quarantined ? '' : 'not '}quarantined`),
    told(
      ranBehind.every((at) => at < view.createdAt),
      `nothing ran on ${BEHIND.join(' and ')}: ${view.counts.waiting} hosts still wait`,
    ),
  ].filter((isTrue) => !isTrue).length;
}

function told(isTrue: boolean, words: string): boolean {
  screen.state(isTrue ? 'ok' : 'error', words);
  return isTrue;
}

/** A line for each host whose standing has changed, and the present standings. */
function showNews({ hosts, waves }: RolloutView, before: ReadonlyMap<string, string>): Map<string, string> {
  for (const { host, standing, wave, code } of hosts) {
    if (standing === 'waiting' || standing === 'running' || before.get(host) === standing) continue;
    const look = standing === 'proven' ? 'ok' : 'error';
    screen.state(
      look,
      `${host.padEnd(4)} ${standing.padEnd(7)} ${waves[wave]?.name}${code === null ? '' : `  ${code}`}`,
    );
  }
  return new Map(hosts.map(({ host, standing }) => [host, standing]));
}
