/**
 * One enrolment token for ten hosts: two booted machines of one disk image, the second from a copy of the first one's disk, and
 * eight agents in processes of this machine. Booting all ten would test nothing more.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Problem } from '../../shared/api/resources.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { EnrolmentView, NewEnrolment, WaitingHost } from '../../shared/model/enrolment.ts';
import { askJson, createEnrollingAgents, reasons } from '../harness/enrolling.ts';
import { endProgram, type Program } from '../harness/program.ts';
import type { System } from '../harness/system.ts';
import { layMachine } from './booted-host.ts';
import type { Machine } from './machine.ts';
import { setScene } from './scene.ts';

const STATE = '/var/lib/switchyard-agent';

const agents = createEnrollingAgents();
const programs: Program[] = [];
test.after(async () => {
  await Promise.all(programs.map((program) => endProgram(program)));
  agents.tidy();
});

let copy: Machine | null = null;
test.after(() => copy?.close());

const hostTest = await setScene({}, async ({ system, addHost }) => {
  const enrolment = await askJson<NewEnrolment>(system, '/api/enrolments', 'POST', {
    names: ['web*'],
    tags: ['web'],
    maxUses: 10,
    approve: true,
    expiresAt: Date.now() + 3_600_000,
  });
  return { enrolment, web1: await addHost('web1', { enrolToken: enrolment.token }) };
});

const waiting = (system: System) => askJson<WaitingHost[]>(system, '/api/enrolments/waiting');
const decide = (system: System, { id }: Pick<WaitingHost, 'id'>, word: string) =>
  askJson(system, `/api/enrolments/waiting/${id}/${word}`, 'POST');
const attention = async (system: System): Promise<string[]> => (await system.api.attention()).map(({ kind }) => kind);
const uses = async (system: System, { id }: NewEnrolment): Promise<number | undefined> =>
  (await askJson<EnrolmentView[]>(system, '/api/enrolments')).find((one) => one.id === id)?.uses;
/** The reason why a host of this name waits. */
const waits = (system: System, name: string, reason: string): Promise<WaitingHost> =>
  waitFor(`${name} to wait`, async () =>
    (await waiting(system)).find((one) => one.hostname === name && one.reason === reason),
  ) as Promise<WaitingHost>;

/** A stranger with the token asks by itself. */
async function ask({ coordinator }: System, token: string, body: object): Promise<{ status: number; code: string }> {
  const response = await fetch(`${coordinator.address}/api/agent/enrol`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ platform: 'custom', stateSecret: 'x'.repeat(43), ...body }),
  });
  return { status: response.status, code: ((await response.json()) as Problem).code };
}

hostTest('a booted host waits in the list, and after its approval keeps a token of its own', async (given) => {
  const { system, enrolment, web1 } = given;
  const one = await waits(system, 'web1', 'approval');
  assert.is(one.stateId, await web1.machine.shell(`cat ${STATE}/state-id`), 'a person can compare');
  assert.equal(await attention(system), ['enrolment_approval']);
  await decide(system, one, 'approve');
  await web1.online();
  assert.equal((await system.api.host('web1')).tags, ['web']);
  assert.is(
    await web1.machine.shell(`stat -c '%a %U' ${STATE}/host-token ${STATE}/state-secret`),
    '600 root\n600 root',
  );
  await web1.machine.shell('rm /etc/switchyard/enrol-token; systemctl restart switchyard-agent');
  await web1.online();
  assert.is(await uses(system, enrolment), 1);
});

hostTest(
  'a stranger with the host’s state id or name gets nothing while the host is off',
  async ({ system, enrolment, web1 }) => {
    const known = (await system.api.host('web1')).id;
    await web1.machine.powerCut();
    await web1.offline();
    const learned = readFileSync(web1.machine.path(`${STATE}/state-id`), 'utf8').trim();
    assert.equal(await ask(system, enrolment.token, { hostname: 'web1', stateId: learned }), {
      status: 409,
      code: 'enrolment_conflict',
    });
    assert.equal(await ask(system, enrolment.token, { hostname: 'web1', stateId: randomUUID() }), {
      status: 409,
      code: 'enrolment_conflict',
    });
    const asked = await waiting(system);
    assert.equal(
      asked.map(({ hostname, hostId, reason }) => [hostname, hostId, reason]),
      [
        ['web1', known, 'other_secret'],
        ['web1', known, 'name_taken'],
      ],
    );
    for (const one of asked) await decide(system, one, 'refuse');
    assert.equal(await ask(system, enrolment.token, { hostname: 'db1', stateId: randomUUID() }), {
      status: 403,
      code: 'enrolment_refused',
    });
    const past = { hostname: 'web9', stateId: randomUUID() };
    const short = await askJson<NewEnrolment>(system, '/api/enrolments', 'POST', { expiresAt: Date.now() + 500 });
    await waitFor('its expiry', () => Date.now() > (short.expiresAt ?? 0));
    assert.equal(await ask(system, short.token, past), { status: 403, code: 'enrolment_refused' });
    await askJson(system, `/api/enrolments/${short.id}`, 'DELETE');
    assert.equal(await ask(system, short.token, past), { status: 401, code: 'unauthorized' });
  },
);

hostTest(
  'two machines with the same disk never both become the host, and the copy can become a host of its own',
  async (given) => {
    const { system, enrolment, web1 } = given;
    const { id } = await system.api.host('web1');
    // A copy of the whole disk, host token included, as a hypervisor makes it.
    copy = layMachine('copy', { disk: web1.machine });
    const [mine, its] = [web1.machine, copy];
    await Promise.all([mine.boot(), its.boot()]);
    await web1.online();
    const agent = (machine: Machine, verb: string) => machine.shell(`systemctl ${verb} switchyard-agent`);
    for (const machine of [its, mine, its]) await agent(machine, 'restart');
    await waitFor(
      'the attention about the copy',
      () => attention(system),
      (kinds) => kinds.includes('duplicate_agent'),
    );

    // Without the token the copy has to enrol, and is in conflict with the host that is online.
    await its.shell(`systemctl stop switchyard-agent; rm ${STATE}/host-token`);
    await agent(mine, 'stop');
    await web1.offline();
    await agent(mine, 'start');
    await web1.online();
    await its.shell(
      `printf '%s\\n' '${enrolment.token}' >/etc/switchyard/enrol-token; systemctl start switchyard-agent`,
    );
    const conflict = await waits(system, 'web1', 'online');
    assert.is(conflict.hostId, id);
    await decide(system, conflict, 'refuse');

    await its.shell(`systemctl stop switchyard-agent; find ${STATE} -mindepth 1 -delete
    sed -i s/=web1$/=web2/ /etc/switchyard/agent.env; systemctl start switchyard-agent`);
    await decide(system, await waits(system, 'web2', 'approval'), 'approve');
    await waitFor('web2 online', async () => (await system.api.host('web2').catch(() => null))?.online === true);
    assert.is.not((await system.api.host('web2')).id, id);
    assert.ok((await system.api.host('web1')).online, 'the original noticed nothing');
    assert.is(await uses(system, enrolment), 2);
  },
);

hostTest(
  'eight more hosts use up the token, and the eleventh is refused however often it asks',
  async ({ system, enrolment }) => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((letter) => `web-${letter}`);
    const more = names.map((name) => agents.lay(system, name, enrolment.token));
    for (const agent of more) programs.push(agents.start(system, agent));
    for (const name of names) await decide(system, await waits(system, name, 'approval'), 'approve');
    for (const name of names)
      await waitFor(`${name} online`, async () => (await system.api.host(name).catch(() => null))?.online === true);
    assert.is(await uses(system, enrolment), 10);
    const late = agents.lay(system, 'web-i', enrolment.token);
    programs.push(agents.start(system, late));
    await waitFor('its refusal', () => reasons(late).some((reason) => /is used up/.test(`${reason}`)));
    assert.is((await system.api.send('/api/hosts/web-i')).status, 404);
  },
);

test.run();
