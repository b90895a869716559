import childProcess from 'node:child_process';
import dns from 'node:dns';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import timers from 'node:timers';

const SIGNALS: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGCHLD', 'SIGUSR2'];

/** State that suites of one process would share unnoticed, as values to compare. */
const PARTS: Readonly<Record<string, () => unknown[]>> = {
  'its working folder': () => [process.cwd()],
  'its umask': () => [process.umask()],
  'its environment': () => Object.entries(process.env).sort().flat(),
  'its answers to signals': () => SIGNALS.map((signal) => process.listenerCount(signal)),
  // uvu's own handlers are the runner's.
  'its globals': () => Object.getOwnPropertyNames(globalThis).filter((name) => !name.startsWith('UVU_')),
  'its clock, timers or chance': () => [Date, Date.now, Math.random, performance.now, ...Object.values(timers)],
  "functions of Node's": () => [childProcess, dns, fs, fs.promises, http, net, os].flatMap((one) => Object.values(one)),
};

/** Makes a function that names the parts of this process that have changed since. */
export function watchProcess(): () => string[] {
  const look = () => Object.entries(PARTS).map(([part, values]) => [part, values()] as const);
  const before = new Map(look());
  const isAsBefore = (part: string, values: unknown[]): boolean => {
    const old = before.get(part);
    return old?.length === values.length && values.every((value, at) => Object.is(value, old[at]));
  };
  return () => look().flatMap(([part, values]) => (isAsBefore(part, values) ? [] : [part]));
}
