import type { Preview } from '../model/report.ts';

/** A preview’s findings for people, one a line, most important first. */
export function previewLines(preview: Preview): string[] {
  const { same, packages, units, inhibitors, rebootNeeded } = preview;
  if (same) return [`${preview.builtPath} is active already: a switch to ${preview.commit} would change nothing`];
  const { added, removed, changed } = packages;
  const changes = changed.map(({ name, from, to }) =>
    from === null && to === null ? `${name} (built anew)` : `${name} ${from ?? 'no version'} → ${to ?? 'no version'}`,
  );
  return [
    `${preview.commit} builds ${preview.builtPath}`,
    ...inhibitors.map((words) => `refuses a switch: ${words}`),
    ...(rebootNeeded === true ? ['reboot needed: kernel, initrd or modules are others than were booted'] : []),
    sizeLine(preview),
    ...listLine('packages added', added),
    ...listLine('packages removed', removed),
    ...listLine('packages changed', changes),
    ...listLine('units stopped', units.stop),
    ...listLine('units started', units.start),
    ...listLine('units restarted', units.restart),
    ...listLine('units reloaded', units.reload),
  ];
}

/** The same in a few words. */
export function previewSummary(preview: Preview): string {
  const { same, packages, units, inhibitors, rebootNeeded } = preview;
  if (same) return 'A switch would change nothing';
  const counts = [
    counted(packages.added.length + packages.removed.length + packages.changed.length, 'package'),
    counted(new Set(Object.values(units).flat()).size, 'unit'),
  ];
  return [
    `A switch would change ${counts.join(' and ')}; ${sizeLine(preview)}`,
    ...(rebootNeeded === true ? ['reboot needed'] : []),
    ...(inhibitors.length > 0 ? ['the new system refuses a switch'] : []),
  ].join('; ');
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

const listLine = (what: string, names: readonly string[]): string[] =>
  names.length === 0 ? [] : [`${what} (${names.length}): ${names.join(', ')}`];

function sizeLine({ closureBytes, closureBytesBefore }: Preview): string {
  if (closureBytes === null) return 'size: not known';
  if (closureBytesBefore === null) return `size: ${mebibytes(closureBytes)}`;
  const more = closureBytes - closureBytesBefore;
  return `size: ${mebibytes(closureBytes)}, ${more < 0 ? '−' : '+'}${mebibytes(Math.abs(more))}`;
}

const mebibytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
