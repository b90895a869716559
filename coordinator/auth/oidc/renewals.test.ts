import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock } from '../../../shared/time/fake-clock.ts';
import { createLog } from '../../config/log.ts';
import type { SignIn } from '../../store/records.ts';
import { keyFor, seal } from '../seal.ts';
import type { Keys } from './keys.ts';
import { createRenewals } from './renewals.ts';

const KEYS: Keys = { refreshToken: 'r', accessToken: null, idToken: null };

/** A signed-in person, and how often the provider was asked about them. */
function createScene() {
  const clock = createFakeClock();
  const key = keyFor('a cookie', 'tests');
  const known = { issuer: 'https://id', clientId: 'c', name: null, groups: ['staff'] };
  let signIn: SignIn = {
    id: 's',
    actor: 'oidc:ann',
    address: '127.0.0.1',
    openedAt: clock.now(),
    expiresAt: Number.MAX_SAFE_INTEGER,
    person: { ...known, askedAt: clock.now(), sealed: seal(key, JSON.stringify(KEYS)) },
  };
  const scene = { clock, asked: 0, isAway: false, settle: () => new Promise(setImmediate), close: () => {} };
  const renewals = createRenewals({
    clock,
    log: createLog('silent'),
    presentGrants: () => [{ role: 'viewer' }],
    revoke: () => {},
    provider: {
      async again() {
        scene.asked += 1;
        if (scene.isAway) return { kind: 'away', words: 'it is down' };
        const person = { subject: 'ann', name: null, groups: ['staff'] };
        return { kind: 'answered', value: { person, keys: KEYS, provedAt: null } };
      },
      revoke: async () => {},
    },
    signIns: {
      find: () => signIn,
      end: async () => {},
      async setPerson(_, person) {
        signIn = { ...signIn, person };
      },
      whenOver: () => () => {},
    },
  });
  renewals.shown(signIn, () => key);
  scene.close = renewals.close;
  return scene;
}

test('a person is asked about after 10 minutes', async () => {
  const scene = createScene();
  scene.clock.advance(595_000);
  assert.is(scene.asked, 0);
  scene.clock.advance(5_000);
  assert.is(scene.asked, 1);
  await scene.settle();
  scene.clock.advance(595_000);
  assert.is(scene.asked, 1);
  scene.close();
});

test('a clock that is set back postpones no question', async () => {
  const scene = createScene();
  scene.isAway = true;
  scene.clock.advance(600_000);
  await scene.settle();
  assert.is(scene.asked, 1);
  scene.isAway = false;
  scene.clock.setWall(scene.clock.now() - 3_600_000);
  scene.clock.advance(30_000);
  await scene.settle();
  assert.is(scene.asked, 2);
  scene.clock.setWall(scene.clock.now() - 3_600_000);
  scene.clock.advance(5_000);
  await scene.settle();
  assert.is(scene.asked, 3);
  scene.close();
});

test.run();
