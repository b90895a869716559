import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { pageTitle } from './page-title.ts';

test('a tab is named after its page: its word, or the name of the one thing that it shows', () => {
  const named = {
    rollout: (id: string) => (id === '1' ? 'nightly' : undefined),
    command: (id: string) => (id === '2' ? 'pull on web1' : undefined),
  };
  assert.equal(
    [
      '/',
      '/attention',
      '/rollouts/new',
      '/hosts/web%2B1',
      '/hosts/50%',
      '/rollouts/1',
      '/rollouts/9',
      '/commands/2',
      '/commands/9',
      '/dispatches/3',
      '/nowhere',
      '/hosts/web1/more',
    ].map((path) => pageTitle(path, named)),
    [
      null,
      'Needs you',
      'New rollout',
      'web+1',
      '50%',
      'nightly',
      'Rollout',
      'pull on web1',
      'Command',
      'Dispatch',
      null,
      null,
    ],
  );
});

test.run();
