import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { gitHint, gitWords } from './git-asking.ts';

const SAID: readonly [stderr: string, hint: RegExp | null][] = [
  ["fatal: could not read Username for 'https://example.com': terminal prompts disabled", /credential helper/],
  ["fatal: could not read Password for 'https://me@example.com': terminal prompts disabled", /credential helper/],
  ["fatal: Authentication failed for 'https://example.com/fleet.git/'", /renew them/],
  ['No ED25519 host key is known for example.com\nHost key verification failed.', /ssh-keyscan/],
  ['@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.', /ssh-keygen -R/],
  ['git@example.com: Permission denied (publickey,keyboard-interactive).', /deploy key/],
  ["fatal: detected dubious ownership in repository at '/srv/repo'", /safe\.directory/],
  ["fatal: couldn't find remote ref refs/heads/main", null],
  ['', null],
];

test('an error that a person could have prevented gets advice', () => {
  for (const [stderr, hint] of SAID)
    if (hint) assert.match(gitHint(stderr) ?? '', hint, stderr);
    else assert.is(gitHint(stderr), null, stderr);
});

test('frames and filler of ssh and git are left out', () => {
  const said =
    '@@@@@@@\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n@@@@@@@\nHost key verification failed.\r\n' +
    'fatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.\n';
  assert.equal(gitWords(said), [
    'WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!',
    'Host key verification failed.',
    'fatal: Could not read from remote repository.',
  ]);
  assert.equal(gitWords(''), []);
});

test.run();
