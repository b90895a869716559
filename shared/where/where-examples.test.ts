import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { HostState } from '../looks/host-look.ts';
import type { Compartments } from '../model/host.ts';
import type { CheckStatus } from '../model/report.ts';
import type { PlatformName } from '../ops/op-definition.ts';
import { parseWhere } from './where.ts';
import { type HostFeatures, matchesWhere } from './where-match.ts';

const PAGE = readFileSync(new URL('../../docs/where.md', import.meta.url), 'utf8');

const rows = PAGE.split('## Twenty examples')[1]
  ?.split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );

const words = (cell = ''): string[] => cell.split(', ').filter(Boolean);

const fleet = (rows ?? [])
  .filter((cells) => cells.length === 8 && !/^(host|-+)$/.test(cells[0] ?? ''))
  .map(([name = '', tags, platform, arch, version, online, state, system]) => {
    const unknown = { status: 'unknown', message: '', since: null } as const;
    const compartments: Compartments = {
      agent: unknown,
      git: unknown,
      lock: unknown,
      tests: unknown,
      system: { ...unknown, status: system as CheckStatus },
    };
    const host: HostFeatures = {
      name,
      tags: words(tags),
      platform: (platform || null) as PlatformName | null,
      compartments,
      report: null,
      os: arch ? { name: '', version: '', arch } : null,
      agentVersion: version || null,
      online: online === 'true',
    };
    return { host, state: state as HostState };
  });

const examples = (rows ?? []).filter(([where]) => where?.startsWith('`'));

test('the page has a fleet of five hosts and twenty examples', () => {
  assert.equal([fleet.length, examples.length], [5, 20]);
});

for (const [cell = '', fits] of examples)
  test(`docs/where.md: ${cell}`, () => {
    const parsed = parseWhere(cell.slice(1, -1));
    if ('fault' in parsed) throw new Error(parsed.fault.message);
    const found = fleet
      .filter(({ host, state }) => matchesWhere(parsed.where, host, state))
      .map(({ host }) => host.name);
    assert.equal(found, words(fits));
  });

test.run();
