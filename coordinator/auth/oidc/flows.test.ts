import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock } from '../../../shared/time/fake-clock.ts';
import { keyFor } from '../seal.ts';
import { createFlows } from './flows.ts';

const clock = createFakeClock();
const flowsOf = (secret = 'a secret') =>
  createFlows({ clock, key: keyFor(secret, 'flows'), path: '/api/oidc', isSecure: true });
const flows = flowsOf();
const ABOUT = { returnTo: 'https://fleet.example.com/', stepUpOf: null };
const begin = () => {
  const { flow, cookie } = flows.begin(ABOUT);
  return { flow, sent: cookie.split(';')[0] ?? '', cookie };
};

test('a flow is taken once, by its state, at any place among other cookies', () => {
  const { flow, sent } = begin();
  assert.is(flows.take(sent, 'another'), null);
  assert.is(flows.take(sent, null), null);
  assert.is(flows.take(undefined, flow.state), null);
  assert.equal(flows.take(`a=b; ${sent}; switchyard_sign_in=x`, flow.state), flow);
  assert.is(flows.take(sent, flow.state), null);
});

test('a flow ends after 10 minutes, even if it was not taken', () => {
  const [used, late] = [begin(), begin()];
  assert.ok(flows.take(used.sent, used.flow.state));
  clock.setWall(clock.now() + 599_999);
  assert.is(flows.take(used.sent, used.flow.state), null);
  clock.setWall(clock.now() + 1);
  assert.is(flows.take(late.sent, late.flow.state), null);
  assert.is(flows.take(used.sent, used.flow.state), null);
});

test('a changed cookie, or one that another coordinator sealed, is not a flow', () => {
  const { flow, sent } = begin();
  assert.is(flows.take(`${sent.slice(0, 60)}${sent[60] === 'A' ? 'B' : 'A'}${sent.slice(61)}`, flow.state), null);
  assert.is(flowsOf('another secret').take(sent, flow.state), null);
  assert.ok(flows.take(sent, flow.state));
});

test("the cookie hides its content, and goes only to the flow's routes", () => {
  const { flow, cookie } = begin();
  for (const kept of [flow.state, flow.nonce, flow.verifier]) assert.not.match(cookie, kept);
  assert.match(cookie, /; Max-Age=600; Path=\/api\/oidc; HttpOnly; SameSite=Lax; Secure$/);
});

test.run();
