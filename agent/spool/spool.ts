import { mkdirSync, writeFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncPath } from '../../shared/files/durable-file.ts';
import { newId } from '../../shared/ids.ts';
import { ACTIVATION_PHASE } from '../../shared/model/report.ts';
import type { CommandContext, Step } from './platform.ts';
import { type CommandSpec, createEntry, readSpec, type SpoolEntry } from './spool-entry.ts';
import { FINISH_PHASE, wrapperScript } from './wrapper.ts';

/** The folders of a host's commands. */
export type Spool = {
  /** Where a command's files will be, before it is accepted. */
  context(id: string): CommandContext;
  /** Durable when it resolves. Rejects with the system's error (a full disk) and leaves nothing behind. */
  create(accepted: Omit<CommandSpec, 'steps' | 'tag'>, steps: readonly Step[]): Promise<SpoolEntry>;
  /** Every accepted command; removes half-written ones. */
  scan(): Promise<SpoolEntry[]>;
};

export function createSpool(deps: { dir: string; witnessDir: string | null }): Spool {
  const contextOf = (id: string): CommandContext => {
    const spoolDir = join(deps.dir, id);
    return { commandId: id, spoolDir, evidenceDir: join(spoolDir, 'evidence') };
  };
  const witnessOf = (id: string) => deps.witnessDir && join(deps.witnessDir, `${id}.exit`);
  const environmentOf = (id: string) => join(deps.witnessDir ?? join(deps.dir, id), `${id}.env`);
  const entryOf = (spec: CommandSpec) =>
    createEntry(spec, contextOf(spec.id), witnessOf(spec.id), environmentOf(spec.id));

  return {
    context: contextOf,
    async create(accepted, steps) {
      const kept = steps.map(({ phase, activates }) => ({
        phase,
        activation: activates === true || phase === ACTIVATION_PHASE,
      }));
      const tag = newId();
      const spec: CommandSpec = { ...accepted, steps: kept, tag };
      const entry = entryOf(spec);
      const file = (name: string) => join(entry.dir, name);
      const { id, bootId } = spec;
      try {
        // Written to the page cache without the thread pool, which is quicker; the disk is awaited once, at the end.
        mkdirSync(entry.context.evidenceDir, { recursive: true, mode: 0o700 });
        for (const [index, { phase }] of steps.entries()) writeFileSync(file(`phase.${index}`), phase);
        writeFileSync(file('phase.end'), FINISH_PHASE);
        const script = wrapperScript({ id, tag, bootId, dir: entry.dir, witness: witnessOf(id), steps });
        writeFileSync(entry.script, script, { mode: 0o600 });
        writeFileSync(file('spec.json'), JSON.stringify(spec), { flag: 'wx', mode: 0o600 });
        await Promise.all([file('spec.json'), entry.dir, deps.dir].map(syncPath));
      } catch (error) {
        await entry.remove();
        throw error;
      }
      return entry;
    },
    async scan() {
      const entries: SpoolEntry[] = [];
      for (const id of await readdir(deps.dir)) {
        const spec = await readSpec(join(deps.dir, id));
        if (spec) entries.push(entryOf(spec));
        else await rm(join(deps.dir, id), { recursive: true, force: true });
      }
      return entries;
    },
  };
}
