/**
 * Which tests can run on this machine. Each `…Missing` gives the reason why not, or null. A machine without the rights for a test
 * skips it. One that must have all tools (root on Debian, where `npm test` installs them, and any CI) fails instead.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test as defaultSuite, type Test } from 'uvu';
import { findTool } from '../agent/platforms/step/tool.ts';
import { TEST_TOOLS, type TestTool } from './test-tools.ts';

export type TestMachine = { path: string; isRoot: boolean; isCi: boolean; platform: string };

const here: TestMachine = {
  path: process.env.PATH ?? '',
  isRoot: process.getuid?.() === 0,
  isCi: Boolean(process.env.CI),
  platform: process.platform,
};

/** A program's path in PATH; null if it is not there. */
export const toolPath = (tool: string, { path } = here): string | null => findTool(tool, path);

/** Root on Debian (or a derivative): tools may be installed. */
export const mayInstall = (machine: TestMachine = here): boolean =>
  machine.isRoot && toolPath('apt-get', machine) !== null;

/** `reason` as a skip. Throws if the machine should be able to run the test. */
export function unlessRequired(reason: string, machine: TestMachine = here): string {
  if (machine.isCi || mayInstall(machine)) throw new Error(`${reason}, and tests need it`);
  return reason;
}

export const toolMissing = (tool: TestTool, machine: TestMachine = here): string | null =>
  toolPath(tool, machine)
    ? null
    : unlessRequired(`there is no ${tool} here (Debian's package ${TEST_TOOLS[tool]})`, machine);

export const rootMissing = ({ isRoot, platform }: TestMachine = here): string | null =>
  isRoot && platform === 'linux' ? null : 'only root on Linux can do this';

/** Root of a container often may not. */
export function mountsMissing(machine: TestMachine = here): string | null {
  const missing = rootMissing(machine);
  if (missing) return missing;
  const { status, stderr } = spawnSync('unshare', ['--mount', '--pid', '--fork', '--mount-proc', 'true'], {
    encoding: 'utf8',
  });
  return status === 0 ? null : `root may not mount here: ${stderr?.trim()}`;
}

export const procMissing = (): string | null =>
  existsSync('/proc/self/environ') ? null : 'there is no /proc that tells of processes';

/** A container has few devices, and its root may not make others. */
export const deviceMissing = (path: string): string | null => (existsSync(path) ? null : `there is no ${path} here`);

/** The tests put a system there, which would replace the machine's own. */
export const ownSystem = (): string | null =>
  existsSync('/run/current-system') ? 'this machine has a system of its own' : null;

/** Declares tests that need something; skips them, with each reason, if any of it is missing. */
export function testUnless(missing: readonly (string | null)[], suite: Test = defaultSuite): Test | Test['skip'] {
  const reasons = new Set(missing.filter((reason) => reason !== null));
  for (const reason of reasons) console.log(`# skip: ${reason}`);
  return reasons.size > 0 ? suite.skip : suite;
}
