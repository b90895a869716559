import type { AgentFrame, CommandRun } from '../../shared/wire/protocol.ts';
import { commandEnvironment } from '../config/command-environment.ts';
import type { Launcher } from '../launch/launcher.ts';
import type { StateDir } from '../state/state-dir.ts';
import { type Tombstones, withoutOutput } from '../state/tombstones.ts';
import { type AdmissionDeps, admit } from './admission.ts';
import type { Kept } from './kept-command.ts';
import type { KeptCommands } from './kept-commands.ts';

export type AcceptanceDeps = AdmissionDeps & {
  state: Pick<StateDir, 'tag'>;
  launcher: Pick<Launcher, 'start'>;
  tombstones: Pick<Tombstones, 'find'>;
  commands: KeptCommands;
  /** The agent's own; commands get the part that `commandEnvironment` passes. */
  environment: Readonly<Record<string, string | undefined>>;
  send(frame: AgentFrame): void;
};

/** Accepts commands and launches them (runner.ts, R1 and R2). */
export function createAcceptance(deps: AcceptanceDeps) {
  const { state, launcher, tombstones, commands } = deps;
  return {
    /** Resolves once the command is on disk. Null: a known id was answered by its state, or the command was refused. */
    async accept(frame: CommandRun): Promise<Kept | null> {
      const { id } = frame;
      const known = commands.byId.get(id);
      if (known) return commands.answer(id, known.word);
      const word = await tombstones.find(id);
      if (word) return commands.answer(id, withoutOutput(word));

      const admitted = await admit(deps, frame);
      if ('code' in admitted) return commands.refuse(admitted);
      const kept: Kept = { entry: admitted, live: null, word: null };
      commands.byId.set(id, kept);
      deps.send({ type: 'command.accepted', payload: { id } });
      return kept;
    },

    /** Starts the wrapper of an accepted command. */
    async launch(kept: Kept): Promise<void> {
      const { entry } = kept;
      const { commandId: id, evidenceDir } = entry.context;
      const own = { id, stateTag: state.tag, evidenceDir };
      const launched = await launcher.start(entry, commandEnvironment(deps.environment, own));
      if (launched.kind === 'launched') return commands.hold(kept, false, launched.exited);
      await commands.endRejected(kept, { id, code: 'not_started', message: launched.reason });
    },
  };
}
