import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { previewLines } from '../../../../shared/looks/preview-words.ts';
import type { Preview } from '../../../../shared/model/report.ts';
import { readWanted } from '../../git/wanted-commit.ts';
import { writeJsonEvidence } from '../../step/evidence.ts';
import type { StepIo, StepProgram } from '../../step/step-program.ts';
import { readSystemPath } from '../generation.ts';
import { nix } from '../nix.ts';
import { isRebootNeeded } from '../reboot-needed.ts';
import { askSwitch, isWilling } from '../switch-program.ts';
import { readClosureDiff } from './closure-diff.ts';
import { readUnitChanges } from './unit-changes.ts';

const PreviewBrief = Type.Object({
  wantedFile: Type.String(),
  /** nix's link to what was built. */
  built: Type.String(),
  /** Links to what is active; the first that leads anywhere counts. */
  links: Type.Array(Type.String()),
  booted: Type.Union([Type.String(), Type.Null()]),
  /** The system has a `switch-to-configuration` that can be asked. */
  asks: Type.Boolean(),
});
export type PreviewBrief = Static<typeof PreviewBrief>;

const NO_UNITS: Preview['units'] = { stop: [], start: [], restart: [], reload: [] };

/** `tell-preview BRIEF`: compares the built system with the active one and writes the difference as evidence. Changes nothing. */
export const tellPreview: StepProgram = async ([text = ''], io) => {
  const brief = Value.Parse(PreviewBrief, JSON.parse(text));
  const [builtPath, active] = await Promise.all([readSystemPath([brief.built]), readSystemPath(brief.links)]);
  if (builtPath === null) {
    io.say(`${brief.built} does not lead to a system`);
    return 1;
  }
  const same = builtPath === active;
  const sizes = await closureSizes(io, active === null ? [builtPath] : [builtPath, active]);
  const diff = same || active === null ? null : await nix(io, ['store', 'diff-closures', active, builtPath], TAKEN);
  if (diff && diff.code !== 0) return diff.code;
  const asked = brief.asks && !same ? await askSystem(io, builtPath) : { units: NO_UNITS, inhibitors: [] };
  if (typeof asked === 'number') return asked;
  const preview: Preview = {
    commit: await readWanted(brief.wantedFile),
    builtPath,
    same,
    packages: readClosureDiff(diff?.stdout ?? ''),
    closureBytes: sizes.get(builtPath) ?? null,
    closureBytesBefore: active === null ? null : (sizes.get(active) ?? null),
    rebootNeeded: await isRebootNeeded(brief.booted === null ? null : await readSystemPath([brief.booted]), builtPath),
    ...asked,
  };
  await writeJsonEvidence(io, 'preview', preview);
  for (const line of previewLines(preview)) io.say(line);
  return 0;
};

const TAKEN = { stdout: 'taken' } as const;

/** Closure sizes in bytes, from nix's lines of path and size. Paths unknown to nix are missing. */
async function closureSizes(io: StepIo, paths: readonly string[]): Promise<Map<string, number>> {
  const { stdout } = await nix(io, ['path-info', '--closure-size', ...paths], TAKEN);
  const lines = stdout.split('\n').flatMap((line) => /^(\S+)\s+(\d+)$/.exec(line.trim()) ?? []);
  const sizes = new Map<string, number>();
  for (let at = 0; at + 2 < lines.length; at += 3) sizes.set(lines[at + 1] ?? '', Number(lines[at + 2]));
  return sizes;
}

/** Asks the new system for objections to a switch and for a switch's effects on units. A number is the exit code of a failure. */
async function askSystem(io: StepIo, system: string): Promise<Pick<Preview, 'units' | 'inhibitors'> | number> {
  const check = await askSwitch(io, system, 'check');
  const inhibitors = isWilling(check) ? [] : linesOf(check.said || `it ended with ${check.code}`);
  const dry = await askSwitch(io, system, 'dry-activate');
  if (dry.code === 0) return { units: readUnitChanges(dry.said), inhibitors };
  if (inhibitors.length > 0) return { units: NO_UNITS, inhibitors };
  io.say(dry.said);
  return dry.code;
}

const MOST_LINES = 100;

/** The last line of a refusal. The lines before it give the reasons. */
const REFUSAL = 'Pre-switch checks failed';

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '' && line !== REFUSAL)
    .slice(0, MOST_LINES);
