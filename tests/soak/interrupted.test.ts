import { existsSync, globSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { witnessFolder } from '../../agent/fixtures/run-traces.ts';
import { procMissing, testUnless } from '../../scripts/test-needs.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { killAllOf, processesOf } from '../harness/census.ts';
import { COMPILED, readLog, startProgram } from '../harness/program.ts';

const SOAK = join(import.meta.dirname, 'main.ts');

const tested = testUnless([procMissing()]);
for (const signal of ['SIGINT', 'SIGKILL'] as const)
  tested(`a soak that ends by ${signal} leaves no process, no folder and nothing in /run`, async () => {
    const dir = realpathSync(mkdtempSync(join(tmpdir(), 'switchyard-interrupted-')));
    const logFile = join(dir, 'output');
    const env = { ...COMPILED, PATH: process.env.PATH ?? '', HOME: dir, TMPDIR: dir };
    const soak = startProgram({ argv: [process.execPath, SOAK, '--hosts', '1', '--minutes', '9'], env, logFile });
    try {
      const states = () => globSync('switchyard-system-*/*/state/state-id', { cwd: dir });
      await waitFor('a command', () => processesOf('/spool/').some(({ command }) => command.includes(dir)));
      const witnesses = states().map((file) => witnessFolder(join(dir, dirname(file))));
      assert.ok(witnesses.length > 0);
      soak.kill(signal);
      assert.is((await soak.exited).signal, signal);
      await waitFor(
        'nothing that lives',
        () => processesOf(dir),
        ({ length }) => length === 0,
      );
      assert.equal([...globSync('switchyard-*', { cwd: dir }), ...witnesses.filter(existsSync)], []);
    } catch (error) {
      console.log(readLog(logFile));
      throw error;
    } finally {
      await killAllOf(dir);
      rmSync(dir, { recursive: true, force: true });
    }
  });

test.run();
