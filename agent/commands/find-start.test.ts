import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { SeenExit } from '../launch/launcher.ts';
import type { SpoolEntry, Started } from '../spool/spool-entry.ts';
import { type FindStartDeps, findStart } from './find-start.ts';

const STARTED = { bootId: 'b' } as Started;
const EXIT = { exitCode: 1, signal: null } as SeenExit;

type Case = Partial<Omit<FindStartDeps, 'entry' | 'launcher'>> & {
  said?: (Started | 'claimed' | null)[];
  isClaimed?: boolean;
  witness?: 'pending' | null;
};

const kindOf = async ({ said = [null], isClaimed = true, witness = null, ...given }: Case): Promise<string> => {
  const looks = [...said];
  const entry = {
    dir: '/nowhere',
    started: async () => looks.shift() ?? null,
    claim: async () => isClaimed,
  } as unknown as SpoolEntry;
  const launcher = { witness: async () => witness };
  const seen = { adopted: false, acceptedThisBoot: true, isUnseen: false, seenExit: () => null };
  return (await findStart({ entry, launcher, ...seen, ...given })).kind;
};

const cases: [title: string, Case, expected: string][] = [
  ['the wrapper has said that it runs', { said: [STARTED] }, 'started'],
  ['its launch is under way', {}, 'pending'],
  ['the service manager reports its launch as under way', { isUnseen: true, witness: 'pending' }, 'pending'],
  ['the wrapper ended without reporting a start', { seenExit: () => EXIT }, 'not_started'],
  ['a later agent found it unstarted', { adopted: true }, 'not_started'],
  ['an agent claimed it before it died', { said: ['claimed'], adopted: true }, 'not_started'],
  ['it was accepted in an earlier boot', { adopted: true, acceptedThisBoot: false }, 'unknown'],
  [
    'it started while the start was claimed',
    { seenExit: () => EXIT, isClaimed: false, said: [null, STARTED] },
    'started',
  ],
  ['it removed its folder', { seenExit: () => EXIT, isClaimed: false }, 'gone'],
];

for (const [title, given, expected] of cases)
  test(`${title}: ${expected}`, async () => assert.is(await kindOf(given), expected));

test.run();
