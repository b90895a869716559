import type { Preview } from '../../../../shared/model/report.ts';

type Units = Preview['units'];

const LINE = /^would (stop|start|restart|reload) the following units: (.*)$/;

/** Reads what `switch-to-configuration dry-activate` prints, in Perl and in Rust: `would stop the following units: a.service, b.socket`. */
export function readUnitChanges(text: string): Units {
  const units = {
    stop: new Set<string>(),
    start: new Set<string>(),
    restart: new Set<string>(),
    reload: new Set<string>(),
  };
  for (const line of text.split('\n')) {
    const [, verb, names = ''] = LINE.exec(line.trim()) ?? [];
    // An activation script's own wishes come as a second line of the same verb.
    if (verb) for (const name of names.split(', ')) if (name !== '') units[verb as keyof Units].add(name);
  }
  return { stop: [...units.stop], start: [...units.start], restart: [...units.restart], reload: [...units.reload] };
}
