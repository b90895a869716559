import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import { basename } from 'node:path';

/** Node's functions that wait for a program; every other start goes through a ChildProcess. */
const WAITING = ['execFileSync', 'execSync', 'spawnSync'] as const;

type Start = (this: unknown, ...args: unknown[]) => unknown;

/**
 * Notes from now on the programs that this process starts. Returns a function that gives their names and clears them. Code loaded
 * later starts nothing unnoticed; CommonJS code loaded before may wait for a program unnoticed.
 */
export function noteStartedPrograms(): () => string[] {
  const started = new Set<string>();
  const note = (program: unknown) => started.add(basename(String(program).split(' ')[0] ?? ''));

  const { prototype } = childProcess.ChildProcess as unknown as { prototype: { spawn: Start } };
  const { spawn } = prototype;
  prototype.spawn = function (options, ...more) {
    note((options as { file?: string }).file);
    return Reflect.apply(spawn, this, [options, ...more]);
  };
  for (const name of WAITING) {
    const start = childProcess[name] as Start;
    Object.assign(childProcess, {
      [name](this: unknown, ...args: unknown[]) {
        note(args[0]);
        return Reflect.apply(start, this, args);
      },
    });
  }
  syncBuiltinESMExports();

  return () => {
    const names = [...started].sort();
    started.clear();
    return names;
  };
}
