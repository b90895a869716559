/**
 * Writes docs/options.md: `node scripts/generate-options.ts [--check]`. Needs Nix.
 * The programs' tables give each option's purpose, systemd/nix/options.nix gives the modules' options. With --check it writes
 * nothing, and exits 1 if the page is out of date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { AGENT_OPTIONS } from '../agent/config/options.ts';
import { COORDINATOR_OPTIONS } from '../coordinator/config/options.ts';
import { type OptionTable, optionRows, optionVariable } from '../shared/settings/options.ts';
import { evaluate, ROOT } from '../tests/packaging/evaluate.ts';

export const OPTIONS_PAGE = join(ROOT, 'docs/options.md');

/** `words`: what an option of a fixed set of words takes. */
export type ModuleOption = { description: string; type: string; words?: string[]; defaultText?: string };
export type ModuleOptions = Record<'service' | 'systemd' | 'variables', Record<string, ModuleOption>>;
export type ProgramName = 'agent' | 'coordinator';

export const OPTION_TABLES: Record<ProgramName, OptionTable> = {
  agent: AGENT_OPTIONS,
  coordinator: COORDINATOR_OPTIONS,
};

/** Options of the programs that no module has, with the reason. */
export const NOT_IN_MODULES: Record<ProgramName, Record<string, string>> = {
  agent: {
    token: 'it would end in the Nix store, which everyone on the host can read; `tokenFile` does not',
    stateDir: "it is the service's own: `/var/lib/switchyard-agent`, in a home `~/.local/state/switchyard-agent`",
    bootId: 'it is for tests',
    currentSystem: 'it is for tests',
  },
  coordinator: {
    config: '`settings` and `configFile` replace it',
    dataDir: "it is the service's own: `/var/lib/switchyard-coordinator`",
    store: 'its password would end in the Nix store, which everyone on the host can read; `storeFile` does not',
    adminToken: 'it would end in the Nix store, which everyone on the host can read; `adminTokenFile` does not',
  },
};

/** The declarations of systemd/nix/options.nix. */
export function moduleOptions(): Record<ProgramName, ModuleOptions> {
  return evaluate(`
    let
      lib = import ./lib;
      declared = import ../../systemd/nix/options.nix { inherit lib; pkgs = import ./pkgs.nix { system = "x86_64-linux"; }; };
      one = _: option: { inherit (option) description; type = option.type.description; }
        // lib.optionalAttrs (option.type ? words) { inherit (option.type) words; }
        // lib.optionalAttrs (option ? defaultText) {
          defaultText = let inherit (option.defaultText) _type text; in if _type == "literalExpression" then "\`\${text}\`" else text;
        };
      of = program: lib.mapAttrs (_: lib.mapAttrs one) ({ systemd = { }; } // declared.\${program});
    in { agent = of "agent"; coordinator = of "coordinator"; }
  `) as Record<ProgramName, ModuleOptions>;
}

const cell = (text: string) => text.replaceAll('|', '\\|');
const line = (...cells: string[]) => `| ${cells.map(cell).join(' | ')} |`;

function programSection(program: ProgramName, modules: ModuleOptions): string {
  const table = OPTION_TABLES[program];
  const names = new Map(Object.keys(table).map((name) => [optionVariable(name), name]));
  const rows = optionRows(table).map((row) => {
    const name = names.get(row.variable) ?? '';
    const inModules = modules.variables[name];
    const byModule = inModules?.defaultText && `in the modules ${inModules.defaultText}`;
    return line(
      inModules ? `\`${name}\`` : '–',
      `\`${row.variable}\`${row.flag ? `<br>\`${row.flag}\`` : ''}`,
      `${row.description}. Takes ${row.takes}.`,
      [row.default.replace(/^default /, ''), byModule].filter(Boolean).join('; '),
    );
  });
  const own = Object.entries({ ...modules.service, ...modules.systemd }).map(
    ([name, { description, type, defaultText }]) =>
      line(`\`${name}\``, `${description.replace(/\.$/, '')}.`, type, defaultText ?? ''),
  );
  const absent = Object.entries(NOT_IN_MODULES[program]).filter(([name]) => !table[name]?.hidden);
  return [
    `## The ${program}`,
    '',
    '| in the modules | variable and flag | purpose | default |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    `Not in the modules: ${absent.map(([name, why]) => `\`${optionVariable(name)}\` (${why})`).join('; ')}.`,
    '',
    `Further options of \`services.switchyard-${program}\`:`,
    '',
    '| option | purpose | type | default |',
    '| --- | --- | --- | --- |',
    ...own,
  ].join('\n');
}

/** The page as the code gives it now. */
export function optionsPage(): string {
  const modules = moduleOptions();
  return `# Options

Made by \`node scripts/generate-options.ts\` from the programs and \`systemd/nix/options.nix\`: not to be edited.

Each option is an environment variable and a flag, which wins; in the modules (\`services.switchyard-agent.…\`,
\`services.switchyard-coordinator.…\`) it has the name in the first column, and null leaves the program's default.
[install.md](install.md) shows them in use.

${programSection('agent', modules.agent)}

${programSection('coordinator', modules.coordinator)}
`;
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
  const page = optionsPage();
  if (!values.check) writeFileSync(OPTIONS_PAGE, page);
  else if (readFileSync(OPTIONS_PAGE, 'utf8') !== page) {
    console.log('docs/options.md is out of date: run node scripts/generate-options.ts');
    process.exitCode = 1;
  }
}
