import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock } from '../../../shared/fake-clock.ts';
import type { OidcConfig } from '../../config/oidc.ts';
import { createStanding } from './standing.ts';

const clock = createFakeClock();
const CONFIG: OidcConfig = {
  issuer: 'https://id',
  clientId: 'c',
  clientSecretFile: null,
  scopes: [],
  groupsClaim: 'groups',
  grants: [{ group: 'staff', role: 'viewer' }],
  publicUrl: 'https://fleet',
};
const standing = createStanding(CONFIG, clock);
const ann = { issuer: 'https://id', clientId: 'c', name: null, groups: ['staff'], askedAt: clock.now(), sealed: '' };

test("a person has their groups' grants, as long as CONFIG names the same provider and client", () => {
  assert.equal(standing(ann), [{ role: 'viewer' }]);
  assert.is(standing({ ...ann, groups: ['other'] }), null);
  assert.is(standing({ ...ann, issuer: 'https://id/' }), null);
  assert.is(standing({ ...ann, clientId: 'd' }), null);
  assert.is(createStanding(null, clock)(ann), null);
});

test("the provider's answer counts for 15 minutes", () => {
  clock.setWall(ann.askedAt + 899_999);
  assert.ok(standing(ann));
  clock.setWall(ann.askedAt + 900_000);
  assert.is(standing(ann), null);
});

test.run();
