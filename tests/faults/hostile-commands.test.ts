import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { processesOf } from '../harness/census.ts';
import { shareSystem } from '../harness/shared-system.ts';
import { addSubject, type Expected, expectSound } from '../harness/subject.ts';

const inSystem = shareSystem(test);

const DEAF = "trap '' TERM; while :; do sleep 0.1; done";

/** Commands that misbehave and end by themselves, and how each must end. */
const ENDING: Record<string, { script: string; expected: Expected; leftovers?: number }> = {
  'truncates its output': {
    script: 'echo one; echo two >/dev/stderr; : >/dev/stdout; echo three; exit 4',
    expected: { status: 'ERROR', exitCode: 4, output: 'one\ntwo\nthree\n' },
  },
  'closes its output': {
    script: 'echo one; exec >&- 2>&-; exit 4',
    expected: { status: 'ERROR', exitCode: 4, output: 'one\n' },
  },
  'leaves a daemon that keeps the output open': {
    script: 'sleep 301 & (setsid sleep 302 &); echo left; exit 0',
    expected: { status: 'SUCCESS', exitCode: 0, output: 'left\n' },
    leftovers: 2,
  },
  'leaves a daemon that ignores SIGTERM': {
    script: `setsid /bin/sh -c "trap '' TERM; exec sleep 301" & echo left; exit 4`,
    expected: { status: 'ERROR', exitCode: 4, output: 'left\n' },
    leftovers: 1,
  },
  'kills its own shell': {
    script: 'echo one; kill -9 $$; echo two',
    expected: { status: 'ERROR', code: 'exit_nonzero', exitCode: 137 },
  },
  'kills its wrapper': {
    script: 'echo one; kill -9 $PPID; sleep 0.5; echo two',
    expected: { status: 'LOST', code: 'agent_lost_command', exitCode: null, output: 'one\ntwo\n' },
  },
  'kills its wrapper and ends': {
    script: 'echo one; kill -9 $PPID',
    expected: { status: 'LOST', code: 'agent_lost_command', exitCode: null, output: 'one\n' },
  },
  'sends SIGTERM to its whole session and goes on': {
    script: "trap '' TERM; kill -TERM -- -$PPID; echo one; exit 4",
    expected: { status: 'ERROR' },
  },
  'removes its own folder': {
    script: 'rm -rf "$(dirname "$SWITCHYARD_EVIDENCE_DIR")"; exit 4',
    expected: { status: 'ERROR', exitCode: 4 },
  },
};

const nameOf = (what: string): string => what.replaceAll(' ', '-');

test(
  'commands that misbehave and end end by what they did',
  inSystem(async (system) => {
    const ops = Object.fromEntries(Object.entries(ENDING).map(([what, { script }]) => [nameOf(what), script]));
    const subject = await addSubject(system, 'ending', { ops });
    for (const [what, { expected, leftovers }] of Object.entries(ENDING)) {
      const id = await system.dispatch(nameOf(what), 'ending');
      const { evidence } = await expectSound(subject, id, { starts: 1, ...expected });
      assert.is(evidence?.leftovers, leftovers, what);
    }
    assert.is(subject.host.agent.exits.length, 0);
  }),
);

/** Commands that do what they can to survive a kill; each prints `ready` when its processes are there. */
const SURVIVING: Record<string, { script: string; processes: number; signalsNeeded: 'term' | 'kill' }> = {
  'heeds SIGTERM': { script: 'echo ready; sleep 300', processes: 1, signalsNeeded: 'term' },
  'ignores SIGTERM': { script: `echo ready; ${DEAF}`, processes: 1, signalsNeeded: 'kill' },
  forks: {
    script: `(${DEAF}) & (${DEAF}) & (sleep 301 & wait) & echo ready; wait; sleep 302`,
    processes: 5,
    signalsNeeded: 'kill',
  },
  'gives its children to another parent': {
    script: `((${DEAF}) & exit 0); ((sleep 301; :) & exit 0); echo ready; sleep 302`,
    processes: 3,
    signalsNeeded: 'kill',
  },
  'leaves its session': {
    script: `setsid /bin/sh -c "${DEAF}" & setsid setsid sleep 301 & echo ready; sleep 302`,
    processes: 3,
    signalsNeeded: 'kill',
  },
  'stops itself': { script: 'echo ready; kill -STOP $$; sleep 300', processes: 1, signalsNeeded: 'term' },
  'stops itself and ignores SIGTERM': {
    script: `trap '' TERM; echo ready; kill -STOP $$; ${DEAF}`,
    processes: 1,
    signalsNeeded: 'kill',
  },
  'forks 400 that ignore SIGTERM': {
    script: "trap '' TERM; i=0; while [ $i -lt 400 ]; do sleep 300 & i=$((i+1)); done; echo ready; wait",
    processes: 400,
    signalsNeeded: 'kill',
  },
  'goes on forking': {
    script: "trap '' TERM; echo ready; while :; do (sleep 0.3; sleep 0.3) & sleep 0.02; done",
    processes: 2,
    signalsNeeded: 'kill',
  },
  'has a leader that dies first': {
    script: `(${DEAF}) & (${DEAF}) >/dev/null 2>&1 & echo ready; trap 'exit 0' TERM; while :; do sleep 0.1; done`,
    processes: 3,
    signalsNeeded: 'kill',
  },
};

for (const [where, env] of [
  ['', {}],
  [' on a host without ps, or any other program, in PATH', { PATH: '/var/empty' }],
] as const)
  test(
    `a kill ends whatever there is of a command, and says KILLED when nothing is left${where}`,
    inSystem(async (system) => {
      const name = where === '' ? 'surviving' : 'bare';
      const path = 'PATH=/usr/local/bin:/usr/bin:/bin\n';
      const entries = Object.entries(SURVIVING);
      const ops = Object.fromEntries(entries.map(([what, { script }]) => [nameOf(what), `${path}${script}`]));
      const subject = await addSubject(system, name, { ops, env });
      const chosen = where === '' ? entries : entries.filter(([what]) => /parent|session|stops|400/.test(what));
      for (const [what, { processes, signalsNeeded }] of chosen) {
        const id = await system.dispatch(nameOf(what), name);
        await system.command(id, ({ output }) => output.bytes > 0);
        await waitFor(
          `${processes} processes of what ${what}`,
          () => processesOf(`spool/${id}`).length,
          (count) => count >= processes,
        );
        const graceMs = signalsNeeded === 'term' ? 60_000 : 100;
        const killId = await system.dispatch('kill', name, { options: { graceMs } });
        const killed = await system.command(id);
        assert.equal(processesOf(`spool/${id}`), [], `${what}: KILLED is said when nothing is left`);
        await expectSound(subject, id, { status: 'KILLED', code: 'killed', starts: 1 });
        assert.equal(
          killed.history.map(({ to }) => to),
          ['PENDING', 'EXECUTING', 'KILLING', 'KILLED'],
        );
        const { commandId, stage, escalatedAt, confirmedAt } = killed.kill ?? {};
        assert.equal([commandId, stage], [killId, 'dead'], what);
        assert.type(confirmedAt, 'number');
        assert.is(escalatedAt === null, signalsNeeded === 'term', `${what}: SIGKILL`);
        const own = await system.command(killId);
        assert.equal([own.status, own.code, own.targetCommandId], ['SUCCESS', null, id]);
      }
      assert.is(subject.host.agent.exits.length, 0, 'the agent was not hit');
    }),
  );

test(
  'a process that left session, parents and environment is found by the output that it holds open; readers of the output are left alone',
  inSystem(async (system) => {
    const file = join(system.dir, 'hidden');
    const hide = `(env -i setsid /bin/sh -c 'trap "" TERM; echo $$ >${file}; exec sleep 300' &); until [ -s ${file} ]; do sleep 0.02; done`;
    const ops = { stay: `${hide}; echo ready; sleep 300`, leave: `echo ready; ${hide}; exit 3` };
    const subject = await addSubject(system, 'hiding', { ops });
    // A zombie has no command line any more.
    const isAlive = (pid: number) => existsSync(`/proc/${pid}`) && readFileSync(`/proc/${pid}/cmdline`).length > 0;
    const hiddenPid = () => Number(readFileSync(file, 'utf8'));

    const id = await system.dispatch('stay', 'hiding');
    await system.command(id, ({ output }) => output.bytes > 0);
    const person = spawn('tail', ['-f', join(subject.host.stateDir, 'spool', id, 'output')], { stdio: 'ignore' });
    try {
      const killId = await system.dispatch('kill', 'hiding', { options: { graceMs: 100 } });
      const { message } = await system.command(id);
      assert.is(message, 'Killed by SIGKILL; nothing of it is left');
      assert.is(isAlive(hiddenPid()), false);
      assert.is((await system.command(killId)).status, 'SUCCESS');
      assert.is(person.exitCode ?? person.signalCode, null, 'a reader of the output goes on');
    } finally {
      person.kill();
    }
    await expectSound(subject, id, { status: 'KILLED', code: 'killed', starts: 1 });

    rmSync(file);
    const left = await system.dispatch('leave', 'hiding');
    const { evidence } = await expectSound(subject, left, { status: 'ERROR', exitCode: 3, starts: 1 });
    assert.equal([evidence?.leftovers, evidence?.unfound], [1, undefined]);
    assert.is(isAlive(hiddenPid()), false);
  }),
);

test(
  'a kill that comes when the steps are over takes no success from a command, although a daemon keeps its output open',
  inSystem(async (system) => {
    const op = nameOf('leaves a daemon');
    const subject = await addSubject(system, 'over', {
      ops: { [op]: `setsid /bin/sh -c "${DEAF}" & echo ready; exit 0` },
    });
    const id = await system.dispatch(op, 'over');
    // The wrapper has claimed the end and gives the daemon its two seconds.
    await waitFor(
      'the end of the step',
      () => existsSync(join(subject.host.stateDir, 'spool', id, 'over')),
      (isOver) => isOver,
    );
    const killId = await system.dispatch('kill', 'over', { options: { graceMs: 100 } });
    const { evidence } = await expectSound(subject, id, { status: 'SUCCESS', code: null, starts: 1 });
    assert.ok((evidence?.leftovers ?? 0) >= 1);
    const own = await system.command(killId);
    assert.equal([own.status, own.code], ['SUCCESS', 'already_ended']);
    assert.equal(processesOf(`spool/${id}`), []);
  }),
);

test.run();
