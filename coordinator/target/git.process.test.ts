import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { systemClock } from '../../shared/time/clock.ts';
import { createFakeClock } from '../../shared/time/fake-clock.ts';
import { createGitScene, type GitScene, withEnvironment } from '../fixtures/git-scene.ts';
import { createGit } from './git.ts';

const never = new AbortController().signal;

let scene: GitScene;
test.before(() => {
  scene = createGitScene();
});
test.after(() => scene.close());

/** A remote over HTTP that demands a password. */
async function lockedRemote() {
  const server = createServer((_, response) => {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="fleet"' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}/fleet.git`, close: () => void server.close() };
}

/** The program that an asking git would start; it reports its start, and never ends. */
function askpass(): { program: string; wasAsked(): boolean } {
  const folder = scene.folder();
  const program = join(folder, 'ask');
  writeFileSync(program, `#!/bin/sh\n: > ${folder}/asked\nexec sleep 600\n`, { mode: 0o755 });
  return { program, wasAsked: () => existsSync(join(folder, 'asked')) };
}

test('an answer of git that came while this process was stopped counts', async () => {
  const clock = createFakeClock();
  const answer = createGit({ clock })(['version'], { deadlineMs: 20_000, signal: never });
  clock.stall(60_000);
  clock.advance(0);
  assert.is((await answer).kind, 'done');
});

test('a remote that wants a password is given up at once, with what to do, whatever askpass there is', async () => {
  const remote = await lockedRemote();
  const { program, wasAsked } = askpass();
  const ask = () =>
    createGit({ clock: createFakeClock() })(['ls-remote', remote.url], { deadlineMs: 1, signal: never });
  const asking: Record<string, string>[] = [
    { SSH_ASKPASS: program, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: ':0' },
    { GIT_ASKPASS: program },
    { HOME: scene.home(`[core]\naskPass = ${program}\n`) },
  ];
  try {
    for (const env of asking) {
      const end = await withEnvironment(env, ask);
      assert.ok(end.kind === 'failed');
      assert.match(end.detail, 'could not read Username');
      assert.match(end.detail, 'set up a git credential helper');
      assert.not(wasAsked());
    }
  } finally {
    remote.close();
  }
});

test('an error of ssh that needs a person comes with advice', async () => {
  const said = { 'Host key verification failed.': 'ssh-keyscan', 'Permission denied (publickey).': 'deploy key' };
  for (const [words, hint] of Object.entries(said)) {
    const git = createGit({ clock: createFakeClock() });
    const ask = () => git(['ls-remote', 'git@host.invalid:fleet.git'], { deadlineMs: 1, signal: never });
    const env = { GIT_SSH_COMMAND: `echo '${words}' >&2; exit 255; :` };
    const end = await withEnvironment(env, ask);
    assert.ok(end.kind === 'failed');
    assert.match(end.detail, words);
    assert.match(end.detail, hint);
  }
});

test('a process that ssh leaves behind with its output open is not awaited', async () => {
  const repo = scene.repository();
  const commit = repo.push('one');
  const stayed = join(scene.folder(), 'stayed');
  const leave = `sh -c 'echo $$ > ${stayed}; exec sleep 600' </dev/null >/dev/null & until [ -s ${stayed} ]; do :; done`;
  const git = createGit({ clock: systemClock });
  const ask = () => git(['ls-remote', 'git@host.invalid:fleet.git'], { deadlineMs: 50_000, signal: never });
  // Told which ssh it is, git does not start it to find out.
  const env = { GIT_SSH_VARIANT: 'ssh', GIT_SSH_COMMAND: `${leave}; git-upload-pack ${repo.remote}; :` };
  const began = systemClock.monotonic();
  const end = await withEnvironment(env, ask);
  try {
    assert.ok(end.kind === 'done');
    assert.match(Buffer.from(end.stdout).toString(), commit);
    assert.ok(systemClock.monotonic() - began < 40_000);
  } finally {
    process.kill(Number(readFileSync(stayed, 'utf8')), 'SIGKILL');
  }
});

test.run();
