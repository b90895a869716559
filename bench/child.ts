import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Answer } from './questions.ts';

/** A process that a program measures, or that makes its load. It ends with its parent. */
export type Child = {
  readonly pid: number;
  /** From the line that says that it listens: `http://127.0.0.1:PORT`; empty if it does not listen. */
  readonly address: string;
  /** From its spawn until that line. */
  readonly startMs: number;
  /** See questions.ts; rejects if it ends first. */
  ask<Value>(name: string, argument?: unknown): Promise<Value>;
  /** SIGKILL; resolves when it is gone. */
  end(): Promise<void>;
};

export type ChildOptions = {
  argv: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** False: it does not report when it is ready. */
  listens?: boolean;
};

const LISTENS_WITHIN_MS = 60_000;
/** A server's log lines that are shown: its first errors. */
const IS_FAULT = /"level":(50|60|"error"|"fatal")/;
const MOST_FAULTS = 5;
const LINE_CHARACTERS = 400;

/** Starts `node ARGV` and waits, if it listens, for its JSON line `{"msg":"listening","address":…}` on stdout. Its stderr is ours. */
export async function startChild({ argv, env = {}, listens = true }: ChildOptions): Promise<Child> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, argv, {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', listens ? 'pipe' : 'inherit', 'inherit', 'ipc'],
  });
  const asked = new Map<number, PromiseWithResolvers<unknown>>();
  let questions = 0;
  child.on('message', ({ id, value, fault }: Answer) => {
    if (fault === undefined) asked.get(id)?.resolve(value);
    else asked.get(id)?.reject(new Error(fault));
    asked.delete(id);
  });
  const gone = new Promise<void>((resolve) =>
    child.once('exit', () => {
      for (const { reject } of asked.values()) reject(new Error(`${argv.join(' ')} ended`));
      resolve();
    }),
  );
  const address = listens ? await listening(child, gone) : '';
  return {
    pid: child.pid ?? 0,
    address,
    startMs: performance.now() - startedAt,
    ask<Value>(name: string, argument?: unknown) {
      questions += 1;
      const answer = Promise.withResolvers<unknown>();
      asked.set(questions, answer);
      child.send({ id: questions, name, argument });
      return answer.promise as Promise<Value>;
    },
    async end() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

async function listening(child: ChildProcess, gone: Promise<void>): Promise<string> {
  if (!child.stdout) throw new Error('it has no stdout');
  const lines = createInterface({ input: child.stdout });
  let faults = 0;
  const said = new Promise<string>((resolve) => {
    lines.on('line', (line) => {
      if (line.startsWith('{') && line.includes('"listening"')) resolve(String(JSON.parse(line).address));
      else if (!line.startsWith('{')) console.log(line);
      else if (IS_FAULT.test(line)) {
        faults += 1;
        if (faults <= MOST_FAULTS) console.log(line.slice(0, LINE_CHARACTERS));
      }
    });
  });
  const ended = gone.then(() => Promise.reject(new Error(`${child.spawnargs.join(' ')} ended before it listened`)));
  // It also ends later, when nobody waits any more.
  ended.catch(() => {});
  // One that fails at its start may live on, because its channel to us is open.
  const impatience = setTimeout(() => child.kill('SIGKILL'), LISTENS_WITHIN_MS);
  return Promise.race([said, ended]).finally(() => clearTimeout(impatience));
}
