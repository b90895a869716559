import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock } from '../../../shared/time/fake-clock.ts';
import type { OidcConfig } from '../../config/oidc.ts';
import { createPresentGrants } from './present-grants.ts';

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
const presentGrants = createPresentGrants(CONFIG, clock);
const ann = { issuer: 'https://id', clientId: 'c', name: null, groups: ['staff'], askedAt: clock.now(), sealed: '' };

test("a person has their groups' grants, as long as CONFIG names the same provider and client", () => {
  assert.equal(presentGrants(ann), [{ role: 'viewer' }]);
  assert.is(presentGrants({ ...ann, groups: ['other'] }), null);
  assert.is(presentGrants({ ...ann, issuer: 'https://id/' }), null);
  assert.is(presentGrants({ ...ann, clientId: 'd' }), null);
  assert.is(createPresentGrants(null, clock)(ann), null);
});

test("the provider's answer counts for 15 minutes", () => {
  clock.setWall(ann.askedAt + 899_999);
  assert.ok(presentGrants(ann));
  clock.setWall(ann.askedAt + 900_000);
  assert.is(presentGrants(ann), null);
});

test.run();
