import type { Receiver, TestAnswer } from '../../../shared/model/notify.ts';
import { agoInWords } from '../../../shared/time/spans.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { tableLines } from '../terminal/table.ts';
import type { Verb } from './verb.ts';

export const notifyListVerb: Verb = {
  name: 'notify list',
  summary: 'List the receivers of notices, and how the last delivery ended',
  takes: '',
  words: { least: 0, most: 0 },
  flags: { json: true },
  examples: ['switchyard notify list'],
  async run({ client, flags, terminal }) {
    const { body } = await client.json<Receiver[]>('/api/notify');
    const { out, err } = terminal;
    if (flags.json) out.json(body);
    else if (body.length === 0) err.line('There are no receivers of notices: CONFIG has no [[notify]].');
    else for (const line of tableLines(body.map((one) => cellsOf(one, client.now())))) out.line(line);
    return EXIT.success;
  },
};

/** A mail server may take a minute. */
const TEST_MS = 75_000;

export const notifyTestVerb: Verb = {
  name: 'notify test',
  summary: 'Send a test to a receiver, and say whether it took it',
  takes: 'NAME',
  words: { least: 1, most: 1 },
  flags: { json: true },
  examples: ['switchyard notify test ops'],
  async run({ client, flags, terminal }, [name = '']) {
    const { body } = await client.json<TestAnswer>(`/api/notify/${encodeURIComponent(name)}/test`, {
      method: 'POST',
      patienceMs: TEST_MS,
    });
    if (flags.json) terminal.out.json(body);
    else terminal.err.line(body.delivered ? `${name} took the test.` : `${name} did not take the test: ${body.error}`);
    return body.delivered ? EXIT.success : EXIT.badEnd;
  },
};

function cellsOf(
  { name, kind, address, waiting, lastDeliveryAt, lastError, givenUp }: Receiver,
  now: number,
): string[] {
  return [
    name,
    kind,
    address,
    lastDeliveryAt === null ? 'never delivered' : `delivered ${agoInWords(now - lastDeliveryAt)}`,
    waiting > 0 ? `${waiting} waiting` : '',
    givenUp > 0 ? `${givenUp} given up` : '',
    lastError === null ? '' : `failed ${agoInWords(now - lastError.at)}: ${lastError.message}`,
  ];
}
