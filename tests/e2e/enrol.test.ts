import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { EnrolmentView, NewEnrolment, WaitingHost } from '../../shared/model/enrolment.ts';
import type { Host } from '../../shared/model/host.ts';
import { askJson, createEnrollingAgents, type EnrollingAgent, reasons } from '../harness/enrolling.ts';
import { endProgram, logLines, type Program, readLog, startProgram } from '../harness/program.ts';
import { shareSystem } from '../harness/shared-system.ts';
import { whileStopped } from '../harness/stopped.ts';
import type { System } from '../harness/system.ts';

const inSystem = shareSystem(test);
const started = new Set<Program>();
const agents = createEnrollingAgents();
test.after(agents.tidy);
const agentOf = agents.lay;

function start(system: System, agent: EnrollingAgent): Program {
  const program = agents.start(system, agent);
  started.add(program);
  return program;
}

const json = askJson;

async function stopAll(): Promise<void> {
  await Promise.all([...started].map((program) => endProgram(program)));
  started.clear();
}

const online = ({ api }: System, name: string): Promise<Host> =>
  waitFor(
    `${name} online`,
    () => api.host(name),
    (host) => host.online,
  );
const waiting = (system: System) => json<WaitingHost[]>(system, '/api/enrolments/waiting');
const enrolment = (system: System, body: object) => json<NewEnrolment>(system, '/api/enrolments', 'POST', body);

test(
  'ten hosts enrol with one token at the same time; the next is refused, and says why',
  inSystem(async (system) => {
    const { id, token } = await enrolment(system, { tags: ['web'], names: ['web*'], maxUses: 10 });
    const agents = Array.from({ length: 10 }, (_, index) => agentOf(system, `web${index}`, token));
    for (const agent of agents) start(system, agent);
    const hosts = await Promise.all(agents.map(({ name }) => online(system, name)));
    assert.is(new Set(hosts.map(({ id }) => id)).size, 10);
    assert.ok(hosts.every(({ tags }) => tags.join() === 'web'));
    const late = agentOf(system, 'web10', token);
    start(system, late);
    await waitFor('its refusal', () =>
      reasons(late).some((reason) => /the enrolment token is used up/.test(`${reason}`)),
    );
    const uses = (await json<EnrolmentView[]>(system, '/api/enrolments')).find((one) => one.id === id)?.uses;
    assert.is(uses, 10);
    for (const { stateDir } of agents)
      for (const secret of ['host-token', 'state-secret'])
        assert.is(statSync(join(stateDir, secret)).mode & 0o777, 0o600, secret);
    await stopAll();
  }),
);

test(
  'a host waits until a person approves it, and then no longer needs the enrolment token',
  inSystem(async (system) => {
    const { token } = await enrolment(system, { approve: true });
    const agent = agentOf(system, 'shy', token);
    const first = start(system, agent);
    const [one] = await waitFor(
      'a waiting host',
      () => waiting(system),
      ({ length }) => length === 1,
    );
    assert.equal([one?.hostname, one?.platform, one?.reason], ['shy', 'custom', 'approval']);
    const waits = await waitFor('its word', () =>
      logLines(agent.logFile).find(({ msg }) => msg === 'waiting to enrol'),
    );
    assert.is(waits.stateId, one?.stateId, 'a person can compare');
    assert.equal(
      (await system.api.attention()).map(({ kind }) => kind),
      ['enrolment_approval'],
    );
    await json(system, `/api/enrolments/waiting/${one?.id}/approve`, 'POST');
    await online(system, 'shy');
    await endProgram(first);
    rmSync(agent.tokenFile);
    start(system, agent);
    await online(system, 'shy');
    assert.is(logLines(agent.logFile).filter(({ msg }) => String(msg).startsWith('enrolled')).length, 1);
    await stopAll();
  }),
);

test(
  'killed between the answer and the token on its disk, it enrols again as the same host, without another use',
  inSystem(async (system) => {
    const { id, token } = await enrolment(system, { maxUses: 1 });
    const agent = agentOf(system, 'killed', token);
    // The token's file is first written beside it: here it waits for a reader that never comes.
    mkdirSync(agent.stateDir, { recursive: true });
    const hold = join(agent.stateDir, 'host-token.new');
    execFileSync('mkfifo', [hold]);
    const first = start(system, agent);
    const { id: hostId } = await waitFor('that it is registered', () => system.api.host('killed').catch(() => null));
    first.kill('SIGKILL');
    await first.exited;
    rmSync(hold);
    start(system, agent);
    assert.is((await online(system, 'killed')).id, hostId);
    const uses = (await json<EnrolmentView[]>(system, '/api/enrolments')).find((one) => one.id === id)?.uses;
    assert.is(uses, 1);
    await stopAll();
  }),
);

test(
  'a copied disk is in conflict until a person decides; the original, which is online, notices nothing',
  inSystem(async (system) => {
    const { token } = await enrolment(system, {});
    const original = agentOf(system, 'original', token);
    const { pid } = start(system, original);
    const { id } = await online(system, 'original');
    const copy = await whileStopped(pid, () => agentOf(system, 'copy', token, original.stateDir));
    rmSync(join(copy.stateDir, 'host-token'));
    const second = start(system, copy);
    const [one] = await waitFor(
      'the conflict',
      async () => (await waiting(system)).filter(({ reason }) => reason === 'online'),
      ({ length }) => length === 1,
    );
    assert.is(one?.hostId, id);
    await waitFor('its word', () => reasons(copy).some((reason) => /it may be a copy of its disk/.test(`${reason}`)));
    assert.equal(
      (await system.api.attention()).filter(({ hostId }) => hostId === id).map(({ kind }) => kind),
      ['enrolment_conflict'],
    );
    assert.not.ok(
      logLines(original.logFile).some(({ msg }) => msg === 'not connected'),
      'the original goes on',
    );
    await json(system, `/api/enrolments/waiting/${one?.id}/refuse`, 'POST');
    await waitFor('its refusal', () => reasons(copy).some((reason) => /a person refused it/.test(`${reason}`)));
    // With an empty STATE_DIR and its own name it is a host of its own.
    await endProgram(second);
    rmSync(copy.stateDir, { recursive: true });
    start(system, copy);
    assert.is.not((await online(system, 'copy')).id, id);
    await stopAll();
  }),
);

test(
  'a token that arrives after the agent is used; --check says what is missing and enrols nobody',
  inSystem(async (system) => {
    const { token } = await enrolment(system, {});
    const agent = agentOf(system, 'late', token);
    const text = readFileSync(agent.tokenFile);
    const check = async (): Promise<string> => {
      const logFile = join(system.dir, 'check.log');
      rmSync(logFile, { force: true });
      const argv = [process.execPath, join(system.dir, 'agent.js'), '--check'] as const;
      await startProgram({ argv: [...argv], env: agent.env, logFile }).exited;
      return (
        readLog(logFile)
          .split('\n')
          .find((line) => line.includes('coordinator')) ?? ''
      );
    };
    assert.match(await check(), /^ok .*this host has no token yet, and enrols at its agent's start/);
    rmSync(agent.tokenFile);
    assert.match(await check(), /^FAIL .*SWITCHYARD_ENROL_TOKEN_FILE: .* cannot be read \(ENOENT\)/);
    start(system, agent);
    await waitFor('its word', () => reasons(agent).some((reason) => /cannot be read \(ENOENT\)/.test(`${reason}`)));
    assert.is((await system.api.send('/api/hosts/late')).status, 404);
    writeFileSync(agent.tokenFile, text, { mode: 0o600 });
    await online(system, 'late');
    await stopAll();
  }),
);

test.run();
