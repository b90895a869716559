/**
 * Real Nix, with its profiles and generations. The generation stands in for home-manager's: its `activate` handles the profile
 * like the real one, and reports its arguments and what it took for the previous generation.
 */
import { mkdirSync, readdirSync, readlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createHomeManager } from '../../agent/platforms/home-manager.ts';
import { eachNixFleet } from '../fixtures/each-nix-fleet.ts';

const HEAD = `#!/bin/sh
set -eu
generation=$(dirname "$(readlink -f "$0")")
profile=$(cat "$generation/dir")/profiles/system
before=$(readlink -e "$profile") || before=none
echo "activate $*"
echo "before $before"
`;

const SETS_PROFILE = 'nix-env --profile "$profile" --set "$generation"\n';

/** Before 25.11: takes no arguments and sets the profile, unless it leads there already. */
const OLD = { activate: `${HEAD}[ "$before" = "$generation" ] || ${SETS_PROFILE}` };

/** Since 25.11 its caller may take over setting the profile. */
const NEW = { activate: `${HEAD}[ "$*" = "--driver-version 1" ] || ${SETS_PROFILE}`, 'gen-version': '1\n' };

const { given, nixTest } = eachNixFleet({ hosts: ['ada'], bundle: () => '' });

/** Ends as the real one does, with a root for what is active. */
function rooted() {
  const roots = join(given.host.dir, '.local/state/home-manager/gcroots');
  mkdirSync(roots, { recursive: true });
  return { activate: `${OLD.activate}ln -sfn "$generation" ${roots}/current-home\n` };
}

function scene() {
  const { profile, dir, env } = given.fleet.host('ada');
  const repo = { dir: join(dir, 'repo'), url: given.fleet.repoUrl, branch: 'main' };
  const platform = createHomeManager(given.host.settings({ repo, profile, hostname: 'ada' }));
  const linkOf = (generation: number) => readlinkSync(`${profile}-${generation}-link`);
  const run = async (op: string, code = 0) => {
    const end = await given.host.run(platform, op, { env });
    assert.is(end.code, code, end.output);
    const told = (word: string) => new RegExp(`^${word} (.*)$`, 'm').exec(end.output)?.[1];
    return { ...end, args: told('activate'), before: told('before') };
  };
  return {
    platform,
    linkOf,
    run,
    /** Pushes the files with another text, so that they make another generation, and switches to it. */
    switchTo(files: Readonly<Record<string, string>>, text: string, code = 0) {
      given.fleet.commitSystem('ada', { ...files, motd: text });
      return run('pull-switch', code);
    },
    generations: () =>
      readdirSync(dirname(profile))
        .map((name) => new RegExp(`^${basename(profile)}-(\\d+)-link$`).exec(name)?.[1])
        .filter((number) => number !== undefined)
        .map(Number)
        .sort((a, b) => a - b),
  };
}

nixTest('a home is activated while the profile still leads to the one before, which is set then', async () => {
  const { platform, switchTo, linkOf, generations } = scene();
  const first = await switchTo(NEW, 'one');
  assert.equal(first.phases.slice(-3), ['build', 'activate', 'profile']);
  assert.equal([first.args, first.before], ['--driver-version 1', 'none']);
  const second = await switchTo(NEW, 'two');
  assert.equal([second.args, second.before], ['--driver-version 1', linkOf(1)]);
  assert.equal(generations(), [1, 2]);
  assert.is((await platform.facts()).systemPath, second.evidence.builtPath);
});

nixTest('a rollback of home-manager 25.11 or newer makes no generation', async () => {
  const { platform, switchTo, run, linkOf, generations } = scene();
  for (const text of ['one', 'two', 'three']) await switchTo(NEW, text);
  for (const [to, from] of [
    [2, 3],
    [1, 2],
  ] as const) {
    const { args, before } = await run('rollback');
    assert.equal([args, before], ['--driver-version 1', linkOf(from)]);
    const { generation, systemPath } = await platform.facts();
    assert.equal([generation, systemPath], [to, linkOf(to)]);
  }
  assert.equal(generations(), [1, 2, 3]);
});

nixTest('an older activation is given no arguments; what it makes in a rollback is left, and not active', async () => {
  const { platform, switchTo, run, linkOf, generations } = scene();
  const { args } = await switchTo(OLD, 'one');
  assert.is(args, '');
  await switchTo(OLD, 'two');
  assert.equal(generations(), [1, 2], 'set twice to the same path it is one generation');
  const back = await run('rollback');
  assert.equal([back.args, back.before], ['', linkOf(2)]);
  assert.equal(generations(), [1, 2, 3]);
  const { generation, systemPath } = await platform.facts();
  assert.equal([generation, systemPath], [1, linkOf(1)]);
});

nixTest(
  'an older activation that fails once it has set the profile is rolled back to the home that is active',
  async () => {
    const { platform, switchTo, run, linkOf } = scene();
    const whole = rooted();
    for (const text of ['one', 'two']) await switchTo(whole, text);
    const failed = await switchTo({ activate: `${OLD.activate}exit 1\n` }, 'three', 1);
    assert.equal(failed.evidence.profile, { generation: 3, path: linkOf(3) });
    assert.is(failed.evidence.systemPathAfter, linkOf(2));
    const { evidence, before } = await run('rollback');
    assert.equal(evidence.rollback, { generation: 2, path: linkOf(2), wasActive: true, profileBefore: 3 });
    assert.is(before, linkOf(3));
    assert.is((await platform.facts()).generation, 2);
  },
);

nixTest(
  'a generation that a failed activation left in the profile is passed over, also once a later home runs',
  async () => {
    const { switchTo, run, linkOf } = scene();
    for (const text of ['one', 'two']) await switchTo(rooted(), text);
    await switchTo({ activate: `${OLD.activate}exit 1\n` }, 'three', 1);
    await switchTo(rooted(), 'four');
    const { evidence, output } = await run('rollback');
    assert.equal([evidence.rollback?.generation, evidence.systemPathAfter], [2, linkOf(2)]);
    assert.match(output, 'generation 3 is passed over: it never ran');
  },
);

test.run();
