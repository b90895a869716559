import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Command } from '../../../shared/model/command.ts';
import type { DispatchRequest } from '../../../shared/model/dispatch.ts';
import type { NewEvent } from '../../../shared/model/event.ts';
import type { Report } from '../../../shared/model/report.ts';
import { createFakeClock } from '../../../shared/time/fake-clock.ts';
import { sampleCommand, sampleReport } from '../../lifecycle/fixtures/sample.ts';
import { rolloutOf } from '../fixtures/scenario.ts';
import { newHostRow } from '../record.ts';
import { createRolloutState } from './rollout-state.ts';
import { type UndoDeps, undo } from './undo.ts';

type HostSaid = { command?: Partial<Command>; more?: Partial<Command>; now?: Partial<Report>; refuses?: string };

const MOVED: Partial<Command> = {
  status: 'SUCCESS',
  evidence: { systemPathBefore: '/nix/store/old', systemPathAfter: '/nix/store/new' },
  before: sampleReport({ generation: 7 }),
  after: sampleReport({ generation: 8 }),
};
const THERE: Partial<Report> = { systemPath: '/nix/store/new', generation: 8 };

/** Undoes a stopped rollout of these hosts. Returns the hosts that go back and the event. */
function undone(hosts: Record<string, HostSaid>) {
  const commands = new Map<string, Command>();
  const rows = Object.entries(hosts).map(([name, { command, more }]) => {
    const made = [command, more].flatMap((known, index) =>
      known ? sampleCommand({ id: `${name}-${index}`, ...MOVED, ...known }) : [],
    );
    for (const one of made) commands.set(one.id, one);
    const turns = made.map(({ id }) => ({ attempt: 0, step: 0, commandId: id, withdrawn: false }));
    return { ...newHostRow(name, name, 0), turns };
  });
  const ends = [...commands.values()].map(({ id, status, code }) => ({ id, status, code, cancelled: null }));
  const state = createRolloutState({ record: rolloutOf(), hosts: rows, commands: ends }, () => true);
  const asked: { request: DispatchRequest; actor: string; isExempt: boolean | undefined }[] = [];
  const events: NewEvent[] = [];
  const deps = {
    clock: createFakeClock(),
    ledger: { event: (event: NewEvent) => void events.push(event) },
    roster: {
      byId: (name: string) => ({ known: { report: sampleReport({ ...THERE, ...hosts[name]?.now }) } }),
    },
    dispatcher: {
      dispatch(request: DispatchRequest, actor: string, isExempt?: boolean) {
        asked.push({ request, actor, isExempt });
        const results = (request.hosts ?? []).map((host) => ({
          host,
          status: hosts[host]?.refuses ? 'BLOCKED' : 'PENDING',
          code: hosts[host]?.refuses ?? null,
        }));
        return { answer: { dispatchId: 'd1', results } };
      },
    },
  } as unknown as UndoDeps;
  undo(deps, state, commands, 'oidc:ann');
  return { asked, event: events[0] };
}

test("a host moved by one command and one generation is rolled back in the person's name", () => {
  const { asked, event } = undone({ web1: { command: {} } });
  assert.equal(
    asked.map(({ request, actor, isExempt }) => [request.op, request.hosts, actor, isExempt]),
    [['rollback', ['web1'], 'oidc:ann', true]],
  );
  assert.equal([event?.actor, event?.message], ['oidc:ann', 'nightly: 1 host goes back (dispatch d1)']);
});

const LEFT: Record<string, HostSaid> = {
  'without proof': { command: { status: 'PARTIAL', code: 'units_failed' } },
  'that runs another system by now': { command: {}, now: { systemPath: '/nix/store/hand' } },
  'whose profile went on': { command: {}, now: { generation: 9 } },
  'that two commands moved': {
    command: {},
    more: { evidence: { systemPathBefore: '/n/new', systemPathAfter: '/n/x' } },
  },
  'that was moved by more than one generation': {
    command: { after: sampleReport({ generation: 9 }) },
    now: { generation: 9 },
  },
  'whose former system is not known': { command: { evidence: { systemPathAfter: '/nix/store/new' } } },
  'that was sent a command and has not accepted it': {
    command: { status: 'PENDING', acceptedAt: null, evidence: null },
  },
  'whose command is lost, and that has another system now': {
    command: { status: 'LOST', evidence: null, before: sampleReport({ systemPath: '/nix/store/old' }), after: null },
  },
  'that a reboot moved to what an earlier step had made': {
    command: {
      op: 'reboot',
      evidence: null,
      before: sampleReport({ systemPath: '/nix/store/old', generation: 8 }),
      after: sampleReport({ systemPath: '/nix/store/new', generation: 8 }),
    },
  },
  'whose next boot leads to what the rollout made': {
    command: {
      op: 'boot',
      evidence: { builtPath: '/nix/store/new' },
      before: sampleReport({ systemPath: '/nix/store/old', profilePath: '/nix/store/old' }),
      after: sampleReport({ systemPath: '/nix/store/old', profilePath: '/nix/store/new' }),
    },
  },
  'whose ignored command goes on': {
    command: { status: 'TIMEOUT', code: 'timeout_ignored', acceptedAt: 1, evidence: null, after: null },
    now: { systemPath: MOVED.before?.systemPath ?? null },
  },
  'that is still under way': { command: { status: 'EXECUTING', acceptedAt: 1, evidence: null } },
};

for (const [name, host] of Object.entries(LEFT))
  test(`a host ${name} is named and left alone`, () => {
    const { asked, event } = undone({ web1: host });
    assert.equal(asked, []);
    assert.match(event?.message ?? '', /0 hosts go back; not web1: /);
  });

test('a host that refuses to go back is named and not counted as going', () => {
  const { event } = undone({ web1: { command: {} }, web2: { command: {}, refuses: 'agent_too_old' } });
  assert.match(event?.message ?? '', /^nightly: 1 host goes back \(dispatch d1\); not web2 \(agent_too_old\): /);
});

test('a host not moved by the rollout is neither rolled back nor named', () => {
  const { asked, event } = undone({
    web1: { command: { status: 'BLOCKED', code: 'already_current', evidence: null } },
    web2: { command: { status: 'ROLLED_BACK', code: 'not_confirmed' } },
  });
  assert.equal([asked.length, event?.message], [0, 'nightly: 0 hosts go back']);
});

test.run();
