import {
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { guardFolders, removeRunTraces } from '../../agent/fixtures/run-traces.ts';
import { NIX_ENV_SH } from '../../agent/guard/fixtures/guard-host.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { SWITCH_SH } from '../fixtures/switch-stand-in.ts';
import { guardsOf } from '../guard/guarded-host.ts';
import { killAllOf } from '../harness/census.ts';
import type { TestHost } from '../harness/host.ts';
import type { TestProxy } from '../harness/proxy.ts';
import type { System } from '../harness/system.ts';

/** The steps of a switch that can be hooked: before the new system is active, after that, and at the installation of its boot loader. */
export type Hook = 'services' | 'activation' | 'bootloader';

/** A host whose `rollback` leads from `old`, generation 2, to `new`, generation 1, and which can be put back to `old`. */
export type GuardedHost = {
  readonly host: TestHost;
  /** Null if the host reaches the coordinator directly, and so learns when that is away. */
  readonly proxy: TestProxy | null;
  readonly names: { readonly old: string; readonly new: string };
  /** The active system, the profile's and the next boot's: `old` or `new` each. */
  stands(): string[];
  /** Puts all three on `old` and forgets all hooks; each step of a switch takes `slowS`. */
  reset(slowS: number): Promise<void>;
  /** Makes the new system run this sh script at a step. */
  hook(hook: Hook, script: string): void;
  hasReached(hook: Hook): boolean;
  /** All that lives ends, /run is empty, and the host boots its default. */
  powerCut(): Promise<void>;
  guards(): number[];
  /** One line for each thing that a guard should have removed at its end. */
  left(): string[];
};

const STEPS: readonly Hook[] = ['services', 'activation', 'bootloader'];

/** Written before it does anything, so that a fault can wait for it. */
const STEP_SH = (dir: string, name: string, hook: Hook) => `set -eu
${name === 'new' ? `echo >${dir}/reached-${hook}` : ''}
sleep $(cat ${dir}/slow)
[ ! -e ${dir}/hook-${name}-${hook} ] || . ${dir}/hook-${name}-${hook}
`;

export async function addGuardedHost(system: System, name: string, isDirect: boolean): Promise<GuardedHost> {
  const dir = join(system.dir, name);
  const file = (path: string) => join(dir, path);
  const systems = { old: file('store/old'), new: file('store/new') };
  for (const [which, path] of Object.entries(systems)) {
    mkdirSync(join(path, 'bin'), { recursive: true });
    writeFileSync(join(path, 'bin/switch-to-configuration'), SWITCH_SH, { mode: 0o755 });
    writeFileSync(join(path, 'dir'), dir);
    for (const hook of STEPS) writeFileSync(join(path, `${hook}.sh`), STEP_SH(dir, which, hook));
  }
  mkdirSync(file('bin'));
  mkdirSync(file('run'));
  writeFileSync(file('bin/nix-env'), NIX_ENV_SH(dir), { mode: 0o755 });
  writeFileSync(file('bin/systemctl'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  symlinkSync(systems.new, file('system-1-link'));
  symlinkSync(systems.old, file('system-2-link'));
  lay();

  /** Each link as a whole, as every program makes them. */
  function link(target: string, path: string): void {
    rmSync(file('aside'), { force: true });
    symlinkSync(target, file('aside'));
    renameSync(file('aside'), file(path));
  }

  function lay(slowS = 0): void {
    for (const which of ['old', 'new'])
      for (const hook of STEPS) rmSync(file(`hook-${which}-${hook}`), { force: true });
    for (const hook of STEPS) rmSync(file(`reached-${hook}`), { force: true });
    writeFileSync(file('slow'), String(slowS));
    writeFileSync(file('boot-default'), `${systems.old}\n`);
    link('system-2-link', 'system');
    link(systems.old, 'current-system');
  }

  const proxy = isDirect ? null : await system.addProxy();
  const host = await system.addHost(name, {
    ...(proxy && { address: proxy.address }),
    env: {
      PATH: `${file('bin')}:${process.env.PATH}`,
      NIX_STATE_DIR: file('nix'),
      XDG_RUNTIME_DIR: file('run'),
      SWITCHYARD_PLATFORM: 'nixos',
      SWITCHYARD_GUARD: 'on',
      SWITCHYARD_PROFILE: file('system'),
      SWITCHYARD_CURRENT_SYSTEM: file('current-system'),
      SWITCHYARD_BOOT_ID: 'boot-0',
    },
  });
  const nameOf = (path: string) => (path === systems.old ? 'old' : path === systems.new ? 'new' : path);
  let boots = 0;

  const guarded: GuardedHost = {
    host,
    proxy,
    names: systems,
    stands: () => [
      nameOf(realpathSync(file('current-system'))),
      nameOf(realpathSync(file('system'))),
      nameOf(readFileSync(file('boot-default'), 'utf8').trim()),
    ],
    async reset(slowS) {
      lay(slowS);
      const isOld = ({ systemPath, profilePath }: { systemPath: string | null; profilePath?: string | null }) =>
        systemPath === systems.old && profilePath === systems.old;
      await waitFor(
        `a report of ${name} on its old system`,
        async () => (await system.api.host(host.hostId)).report,
        (report) => report != null && isOld(report),
        90_000,
      );
    },
    hook: (hook, script) => writeFileSync(file(`hook-new-${hook}`), `${script}\n`),
    hasReached(hook) {
      try {
        return readFileSync(file(`reached-${hook}`)) !== null;
      } catch {
        return false;
      }
    },
    async powerCut() {
      await host.agent.crash();
      // A step that is not dead yet may start a guard, and a guard a step.
      while ((await killAllOf(dir)).length > 0);
      removeRunTraces(dir);
      boots += 1;
      host.env.SWITCHYARD_BOOT_ID = `boot-${boots}`;
      link(readFileSync(file('boot-default'), 'utf8').trim(), 'current-system');
      host.agent.start();
    },
    guards: () => guardsOf(dir),
    left: () => [
      ...guardsOf(dir).map((pid) => `guard ${pid} lives`),
      ...guardFolders(dir).map((path) => `${path} is left`),
      ...filesIn(file('nix/gcroots')).map((root) => `the root ${root} is left`),
      ...filesIn(file('state/guard'))
        .filter((entry) => entry !== 'end.json')
        .map((entry) => `${entry} is left in STATE_DIR`),
    ],
  };
  return guarded;
}

/** Signals what may be gone already. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {}
}

function filesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}
