import type { Rollout, RolloutGate, RolloutView } from '../../../shared/model/rollout.ts';
import type { Context } from '../client/context.ts';
import { newestOf } from '../client/newest.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { gateLines, rolloutLine, rolloutLines } from '../show/rollout.ts';
import { watchRollout } from '../watch/rollout.ts';
import type { Verb } from './verb.ts';

const LIMIT = 20;

export const rolloutListVerb: Verb = {
  name: 'rollout list',
  summary: 'List rollouts, newest first',
  takes: '',
  words: { least: 0, most: 0 },
  flags: { limit: `At most this many; ${LIMIT} by default`, json: true, utc: true },
  examples: ['switchyard rollout list'],
  async run({ client, flags, terminal }) {
    const page = await newestOf<Rollout>(client, '/api/rollouts', flags.limit ?? LIMIT);
    if (flags.json) terminal.out.json(page);
    else if (page.items.length === 0) terminal.err.line('No rollouts yet.');
    else for (const rollout of page.items) terminal.out.line(`${rollout.id}  ${rolloutLine(rollout, client.now())}`);
    return EXIT.success;
  },
};

export const rolloutShowVerb: Verb = {
  name: 'rollout show',
  summary: "Show a rollout: each host's standing, and what its gate sees",
  takes: 'ROLLOUT',
  words: { least: 1, most: 1 },
  flags: { json: true, utc: true },
  async run({ client, flags, terminal }, [id = '']) {
    const path = `/api/rollouts/${encodeURIComponent(id)}`;
    const { body } = await client.json<RolloutView>(path);
    const { out } = terminal;
    if (flags.json) {
      out.json(body);
      return EXIT.success;
    }
    for (const line of rolloutLines(body, out.paint)) out.line(line);
    const { body: gate } = await client.json<RolloutGate>(`${path}/gate`);
    for (const line of gateLines(gate, out.paint)) out.line(line);
    return EXIT.success;
  },
};

export const rolloutWatchVerb: Verb = {
  name: 'rollout watch',
  summary: 'Follow a rollout until it ends, or waits for you',
  takes: 'ROLLOUT',
  words: { least: 1, most: 1 },
  flags: { json: 'Print the rollout, then each change of it, one per line', utc: true },
  examples: ['switchyard rollout watch 0198a3f2-…'],
  run: (context, [id = '']) => watchRollout(context, id),
};

const decisionVerb = (
  word: string,
  summary: string,
  flags: Verb['flags'],
  bodyOf: (context: Context) => object,
): Verb => ({
  name: `rollout ${word}`,
  summary,
  takes: 'ROLLOUT',
  words: { least: 1, most: 1 },
  flags: { ...flags, json: true },
  async run(context, [id = '']) {
    const { client, flags: given, terminal } = context;
    const body = bodyOf(context);
    const { body: rollout } = await client.json<Rollout>(`/api/rollouts/${encodeURIComponent(id)}/${word}`, {
      method: 'POST',
      ...(Object.keys(body).length > 0 && { body }),
    });
    if (given.json) terminal.out.json(rollout);
    else terminal.err.line(rolloutLine(rollout, client.now()));
    return EXIT.success;
  },
});

export const rolloutDecisionVerbs: readonly Verb[] = [
  decisionVerb('approve', 'Let a rollout begin, or its wave that waits', {}, () => ({})),
  decisionVerb('pause', 'Start no further host; running ones go on', {}, () => ({})),
  decisionVerb(
    'resume',
    'Go on; the reason of its pause no longer counts: failures so far, the broken gate, or a wave without proof',
    { skipFailed: true },
    ({ flags }) => (flags.skipFailed ? { skipFailed: true } : {}),
  ),
  decisionVerb('retry', 'Give the failed and deferred hosts of the present wave another turn', {}, () => ({})),
  decisionVerb('stop', 'End a rollout', { undo: true }, ({ flags }) => (flags.undo ? { undo: 'proven' } : {})),
];
