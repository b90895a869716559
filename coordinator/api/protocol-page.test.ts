import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ERRORS } from '../../shared/api/errors.ts';
import { CommandView, DispatchView, OpView, OutputIndexView, OutputMatchesView } from '../../shared/api/resources.ts';
import { FEED_REQUESTS, FeedFrame } from '../../shared/feed/frames.ts';
import { AttentionItem } from '../../shared/model/attention.ts';
import { STATUSES } from '../../shared/model/command.ts';
import { DispatchAnswer, DispatchRequest, DispatchSummary } from '../../shared/model/dispatch.ts';
import { EnrolBody, EnrolmentRequest, EnrolWaits, NewEnrolment, WaitingHost } from '../../shared/model/enrolment.ts';
import { Event } from '../../shared/model/event.ts';
import { ApiTokenRequest, NewApiToken, SessionView, WhoAmI } from '../../shared/model/grant.ts';
import { EVENT_WORDS, NotifyMessage, Receiver, TestAnswer } from '../../shared/model/notify.ts';
import { PolicyView } from '../../shared/model/policy.ts';
import { Quarantined, RolloutGate, RolloutRequest, RolloutView } from '../../shared/model/rollout.ts';
import { Target } from '../../shared/model/target.ts';
import { WindowView } from '../../shared/model/window.ts';
import { OPS } from '../../shared/ops/ops.ts';
import { AGENT_FRAMES, COORDINATOR_FRAMES } from '../../shared/wire/protocol.ts';
import { ROUTES } from '../auth/permissions.ts';

// docs/protocol.md is the contract: names, fields and codes. This test checks that each is there, not that its description is true.

const PAGE = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');

const isNamed = (word: string): boolean => new RegExp(`(?<![\\w-])${word}(?![\\w-])`).test(PAGE);

/** As much of a JSON schema as holds further ones. */
type Parts = { properties?: Record<string, object>; anyOf?: object[]; allOf?: object[]; items?: object };

/** Paths of the fields whose names the page lacks. */
function unnamed(schema: object, path: string): string[] {
  const { properties = {}, anyOf, allOf, items } = schema as Parts;
  const parts = [anyOf, allOf, items].flat().filter((part) => part !== undefined);
  const fields = Object.entries(properties);
  return [
    ...fields.filter(([name]) => !isNamed(name)).map(([name]) => `${path}.${name}`),
    ...fields.flatMap(([name, field]) => unnamed(field, `${path}.${name}`)),
    ...parts.flatMap((part) => unnamed(part, path)),
  ];
}

const SCHEMAS: Readonly<Record<string, object>> = {
  ...AGENT_FRAMES,
  ...COORDINATOR_FRAMES,
  ...FEED_REQUESTS,
  FeedFrame,
  AttentionItem,
  CommandView,
  DispatchRequest,
  DispatchAnswer,
  DispatchSummary,
  DispatchView,
  Event,
  OpView,
  OutputIndexView,
  OutputMatchesView,
  Target,
  RolloutRequest,
  RolloutView,
  RolloutGate,
  Quarantined,
  PolicyView,
  WindowView,
  EnrolBody,
  EnrolmentRequest,
  EnrolWaits,
  NewEnrolment,
  WaitingHost,
  ApiTokenRequest,
  NewApiToken,
  SessionView,
  WhoAmI,
  NotifyMessage,
  Receiver,
  TestAnswer,
};

test('each field of a frame, a request or an answer is in the protocol', () => {
  assert.equal(
    Object.entries(SCHEMAS).flatMap(([name, schema]) => unnamed(schema, name)),
    [],
  );
});

test('each frame, status, op and route is in the protocol', () => {
  const names = [
    ...Object.keys(AGENT_FRAMES),
    ...Object.keys(COORDINATOR_FRAMES),
    ...STATUSES,
    ...EVENT_WORDS,
    ...OPS.map(({ id }) => id),
  ];
  assert.equal(
    names.filter((name) => !isNamed(name)),
    [],
    'docs/protocol.md names each',
  );
  assert.equal(
    Object.keys(ROUTES).filter((route) => !new RegExp(`\`${route}[\`? ]`).test(PAGE)),
    [],
  );
});

test('each code of a refusal stands in the row of its HTTP status', () => {
  const rowOf = (status: number) => PAGE.split('\n').find((line) => line.startsWith(`| ${status} |`)) ?? '';
  const faults = Object.entries(ERRORS).filter(([code, { status }]) => !rowOf(status).includes(`\`${code}\``));
  assert.equal(
    faults.map(([code]) => code),
    [],
  );
});

test.run();
