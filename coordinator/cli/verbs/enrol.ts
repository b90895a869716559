import {
  type EnrolmentView,
  enrolmentWords,
  type NewEnrolment,
  WAITING_WORDS,
  type WaitingHost,
} from '../../../shared/model/enrolment.ts';
import { age } from '../../../shared/time/spans.ts';
import { confirmOrLeave } from '../client/confirm.ts';
import type { Context } from '../client/context.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { Failure } from '../grammar/failure.ts';
import { showSetup } from '../show/setup.ts';
import { tableLines } from '../terminal/table.ts';
import type { Verb } from './verb.ts';

export const enrolCreateVerb: Verb = {
  name: 'enrol create',
  summary: 'Make a token with which hosts register themselves, and print it; it is shown only once',
  takes: '',
  words: { least: 0, most: 0 },
  flags: {
    tag: 'Tags of its hosts',
    names: true,
    uses: true,
    expires: true,
    approve: 'Let each host wait until it is approved',
    platform: true,
    json: true,
  },
  examples: [
    'switchyard enrol create --tag web --names "web*" --uses 10 --expires 7d > web.enrol',
    'switchyard enrol create --approve --platform nixos',
  ],
  async run(context) {
    const { client, flags, terminal } = context;
    const { tag, names, uses, expires, approve } = flags;
    const { body } = await client.json<NewEnrolment>('/api/enrolments', {
      method: 'POST',
      body: {
        ...(tag && { tags: tag }),
        ...(names && { names }),
        ...(uses !== undefined && { maxUses: uses }),
        ...(expires !== undefined && { expiresAt: client.now() + expires }),
        ...(approve && { approve }),
      },
    });
    if (flags.json) {
      terminal.out.json(body);
      return EXIT.success;
    }
    terminal.out.line(body.token);
    terminal.err.line(`The token enrols ${enrolmentWords(body)}. It is shown only once.`);
    if (terminal.err.isTerminal || flags.platform) showSetup(context, 'enrolment');
    return EXIT.success;
  },
};

export const enrolListVerb: Verb = {
  name: 'enrol list',
  summary: 'Show the enrolment tokens, what they allow, and how many hosts each has enrolled',
  takes: '',
  words: { least: 0, most: 0 },
  flags: { json: true, utc: true },
  examples: ['switchyard enrol list'],
  async run({ client, flags, terminal, times }) {
    const { body } = await client.json<EnrolmentView[]>('/api/enrolments');
    const { out, err } = terminal;
    if (flags.json) out.json(body);
    else if (body.length === 0) err.line('There is no enrolment token.');
    else {
      const now = client.now();
      const rows = body.map((one) => [
        one.id,
        enrolmentWords(one),
        `${one.uses} enrolled`,
        one.expiresAt === null ? '' : `${one.expiresAt > now ? 'expires' : 'expired'} ${times.full(one.expiresAt)}`,
      ]);
      for (const line of tableLines(rows)) out.line(line);
    }
    return EXIT.success;
  },
};

export const enrolRemoveVerb: Verb = {
  name: 'enrol remove',
  summary: 'Remove enrolment tokens, and the hosts that wait for them; enrolled hosts stay',
  takes: 'ID…',
  words: { least: 1, most: 1000 },
  flags: {},
  examples: ['switchyard enrol remove 0198a3f2-6c1e-7b0a-9f3d-2f6f1c0a9d11'],
  async run({ client, terminal }, ids) {
    for (const id of ids) {
      await client.json(`/api/enrolments/${encodeURIComponent(id)}`, { method: 'DELETE' });
      terminal.err.line(`The enrolment ${id} has stopped working.`);
    }
    return EXIT.success;
  },
};

export const enrolWaitingVerb: Verb = {
  name: 'enrol waiting',
  summary: 'Show the hosts that ask to enrol, and why they wait for a person',
  takes: '',
  words: { least: 0, most: 0 },
  flags: { json: true, utc: true },
  examples: ['switchyard enrol waiting'],
  async run({ client, flags, terminal }) {
    const { body } = await client.json<WaitingHost[]>('/api/enrolments/waiting');
    const { out, err } = terminal;
    if (flags.json) out.json(body);
    else if (body.length === 0) err.line('No host waits.');
    else {
      const now = client.now();
      const rows = body.map(({ hostname, address, platform, stateId, reason, decision, askedAt }) => [
        hostname,
        decision ?? WAITING_WORDS[reason],
        `${platform} at ${address}`,
        `state ${stateId}`,
        `asked ${age(Math.max(0, now - askedAt))} ago`,
      ]);
      for (const line of tableLines(rows)) out.line(line);
    }
    return EXIT.success;
  },
};

export const enrolApproveVerb: Verb = {
  name: 'enrol approve',
  summary: 'Let waiting hosts enrol; in a conflict the known host becomes this agent’s',
  takes: 'HOST…',
  words: { least: 1, most: 1000 },
  flags: { yes: true },
  examples: ['switchyard enrol approve web21'],
  async run(context, words) {
    const meant = await waitingMeant(context, words);
    for (const { hostname, reason } of meant.filter((one) => one.reason !== 'approval'))
      await confirmOrLeave(
        context,
        `${hostname}: ${WAITING_WORDS[reason]}. Give that host to this agent? The token that it has stops working.`,
      );
    return await decide(context, meant, 'approve');
  },
};

export const enrolRefuseVerb: Verb = {
  name: 'enrol refuse',
  summary: 'Turn waiting hosts away',
  takes: 'HOST…',
  words: { least: 1, most: 1000 },
  flags: {},
  examples: ['switchyard enrol refuse web21'],
  run: async (context, words) => decide(context, await waitingMeant(context, words), 'refuse'),
};

async function decide({ client, terminal }: Context, meant: readonly WaitingHost[], word: 'approve' | 'refuse') {
  for (const { id, hostname, stateId } of meant) {
    await client.json(`/api/enrolments/waiting/${id}/${word}`, { method: 'POST' });
    terminal.err.line(`${hostname} (state ${stateId}) is ${word === 'approve' ? 'approved' : 'refused'}.`);
  }
  return EXIT.success;
}

/** By name, id or state; a name that several hosts give themselves matches none. */
async function waitingMeant({ client }: Context, words: readonly string[]): Promise<WaitingHost[]> {
  const { body } = await client.json<WaitingHost[]>('/api/enrolments/waiting');
  return words.map((word) => {
    const found = body.filter((one) => [one.hostname, one.id, one.stateId].includes(word));
    if (found.length > 1)
      throw new Failure(
        `${word} names ${found.length} waiting hosts; give the state of one: ${found.map(({ stateId }) => stateId).join(', ')}`,
        { exit: EXIT.usage },
      );
    const [one] = found;
    if (one) return one;
    const known = body.length === 0 ? 'none waits' : `these wait: ${body.map(({ hostname }) => hostname).join(', ')}`;
    throw new Failure(`no host waits as ${word}; ${known}`, { exit: EXIT.usage });
  });
}
