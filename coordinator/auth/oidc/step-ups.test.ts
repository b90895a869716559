import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock } from '../../../shared/time/fake-clock.ts';
import { keyFor } from '../seal.ts';
import { createStepUps } from './step-ups.ts';

const PUBLIC_URL = 'https://fleet.example.com';
const sealedIn = (url: string): string => new URL(url).searchParams.get('session') ?? '';

test('a link says for which session it is and who asked for it, for 10 minutes, and only to the coordinator that made it', () => {
  const clock = createFakeClock(0);
  const stepUpsOf = (adminToken: string) =>
    createStepUps({ clock, key: keyFor(adminToken, 'oidc step-up'), publicUrl: PUBLIC_URL });
  const stepUps = stepUpsOf('one');
  const { url, expiresInMs } = stepUps.linkFor({ id: 'session-1' }, '192.0.2.9');
  assert.ok(url.startsWith(`${PUBLIC_URL}/api/oidc/step-up?session=`));
  assert.not.match(url, /session-1|192/);
  const sealed = sealedIn(url);
  assert.equal(stepUps.read(sealed), { id: 'session-1', address: '192.0.2.9' });
  assert.is(stepUpsOf('a new admin token').read(sealed), null);
  assert.is(stepUps.read(`${sealed.slice(0, -2)}AA`), null);
  assert.is(stepUps.read(''), null);
  clock.advance(expiresInMs);
  assert.is(stepUps.read(sealed), null);
});

test.run();
