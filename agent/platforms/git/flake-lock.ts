import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { lazyValidator } from '../../../shared/lazy-validator.ts';
import { sha256, storedHash } from './stored-lock.ts';

/** An input is the name of its node, or the path of inputs from the root that it follows. */
const Input = Type.Union([Type.String(), Type.Array(Type.String())]);

/** The parts of a flake.lock that matter here. */
const LockFile = Type.Object({
  root: Type.String(),
  nodes: Type.Record(
    Type.String(),
    Type.Object({
      inputs: Type.Optional(Type.Record(Type.String(), Input)),
      locked: Type.Optional(Type.Object({ rev: Type.Optional(Type.String()) })),
    }),
  ),
});
type LockFile = Static<typeof LockFile>;

const validator = lazyValidator(LockFile);

/** A repository's flake.lock as read at one moment. */
export type FlakeLock = {
  /** sha256 of the file as git stores it, hex. */
  hash: string;
  /** False if the file isn't a lock file. */
  valid: boolean;
  /** Whether the flake has this input, pinned or not. */
  has(input: string): boolean;
  /** The commit that pins an input of the flake; null if it has no such input or none with a commit. */
  revOf(input: string): string | null;
};

/** Null if the repository has no readable flake.lock in its folder `flakeDir`. */
export async function readFlakeLock(repoDir: string, flakeDir = ''): Promise<FlakeLock | null> {
  const bytes = await readFile(join(repoDir, flakeDir, 'flake.lock')).catch(() => null);
  if (!bytes) return null;
  const lock = parse(bytes);
  const hash = await storedHash(repoDir, sha256(bytes));
  return {
    hash,
    valid: lock !== null,
    has: (input) => lock?.nodes[lock.root]?.inputs?.[input] !== undefined,
    revOf: (input) => (lock && nodeAt(lock, [input])?.locked?.rev) ?? null,
  };
}

function parse(bytes: Buffer): LockFile | null {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return validator().Check(value) ? value : null;
  } catch {
    return null;
  }
}

/** Walks inputs from the root; `left` stops at a lock whose inputs follow each other in a circle. */
function nodeAt(lock: LockFile, path: readonly string[], left = 100): LockFile['nodes'][string] | null {
  let name = lock.root;
  for (const [index, input] of path.entries()) {
    const next = lock.nodes[name]?.inputs?.[input];
    if (next === undefined) return null;
    if (typeof next !== 'string') return left > 0 ? nodeAt(lock, [...next, ...path.slice(index + 1)], left - 1) : null;
    name = next;
  }
  return lock.nodes[name] ?? null;
}
