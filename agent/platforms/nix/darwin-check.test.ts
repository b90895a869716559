import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock } from '../../../shared/time/fake-clock.ts';
import { checkDarwin } from './darwin-check.ts';

let system = '';
test.before.each(() => {
  system = mkdtempSync(join(tmpdir(), 'switchyard-darwin-'));
});
test.after.each(() => rmSync(system, { recursive: true, force: true }));

async function check() {
  const said: string[] = [];
  const run = async () => ({ code: 0, stdout: '' });
  const io = { clock: createFakeClock(), evidenceDir: system, run, say: (line: string) => void said.push(line) };
  return { code: await checkDarwin([system], io), said: said.join('\n') };
}

test('a system without activate-user can be activated', async () => {
  assert.equal(await check(), { code: 0, said: '' });
});

test('a system with the empty activate-user of newer nix-darwins can be activated', async () => {
  writeFileSync(join(system, 'activate-user'), '#! /bin/bash\n# nix-darwin: deprecated\nexit 0\n');
  assert.equal(await check(), { code: 0, said: '' });
});

test('a system with an activate-user that does something cannot, and the least version is named', async () => {
  writeFileSync(
    join(system, 'activate-user'),
    '#! /bin/bash\necho "user defaults..." # nix-darwin: deprecated options\n',
  );
  const { code, said } = await check();
  assert.is(code, 1);
  assert.match(said, `${system} is of a nix-darwin before 25.05`);
  assert.match(said, 'update the nix-darwin of your flake to 25.05 or newer');
});

test('a system that cannot be looked at is not called fit', async () => {
  mkdirSync(join(system, 'activate-user'));
  const error = await check().catch((reason: Error) => reason);
  assert.match(String(error), 'EISDIR');
});

test.run();
