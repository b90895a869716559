import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';
import type { TestTool } from '../../scripts/test-tools.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { type System, startSystem } from '../harness/system.ts';
import { type Run, run, startAnyOnTerminal } from './fixtures/command-line.ts';

let system: System;
test.before(async () => {
  system = await startSystem();
  await system.addHost('web1', { ops: { greet: 'echo hello' } });
  await run(system, 'host add other --tag blue');
  await system.addHost('away', { starts: false });
});
test.after(() => system.close());

test('the words that may come next: verbs, flags, ops, hosts, tags', async () => {
  const words = async (line: string) => (await run(system, `__complete -- ${line}`)).out.trim().split('\n');
  assert.equal(await words('ho'), ['hosts', 'host']);
  assert.equal(await words('host r'), ['rm']);
  assert.equal(await words('run gre'), ['greet']);
  assert.equal(await words('run switch --on away,w'), ['away,web1']);
  assert.equal(await words('hosts --tag b'), ['blue']);
  assert.equal(await words('kill --signal SIGK'), ['SIGKILL']);
});

/** What is typed before the tab key, and the line after it. */
const LINES: readonly [typed: string, line: string][] = [
  ['switchyard sho', 'switchyard show '],
  ['switchyard host r', 'switchyard host rm '],
  ['switchyard run swi', 'switchyard run switch '],
  ['switchyard run gre', 'switchyard run greet '],
  ['switchyard run greet --on we', 'switchyard run greet --on web1 '],
  ['switchyard run greet --on away,we', 'switchyard run greet --on away,web1 '],
  ['switchyard run greet --wai', 'switchyard run greet --wait-timeout '],
  ['switchyard logs aw', 'switchyard logs away '],
];

const TAB = '\t';
const SHOW_LINE = '\u0014';
const CLEAR_LINE = '\u0015';

type Shell = {
  /** As docs/cli.md says to set it up; Ctrl-T writes the line that is being typed. */
  files: Record<string, string>;
  start: string;
};

const SHELLS: Partial<Record<TestTool, Shell>> = {
  bash: {
    files: {
      '.bashrc': `source <(switchyard completion bash)\nbind -x '"\\C-t": echo "<$READLINE_LINE>"'\nPS1='ready> '\n`,
    },
    start: 'bash -i',
  },
  zsh: {
    files: {
      '.zshrc': `switchyard completion zsh > ~/.zfunc/_switchyard
fpath+=(~/.zfunc)
autoload -U compinit && compinit -u
line() { print -r -- "<$BUFFER>" }
zle -N line
bindkey '^T' line
PS1='ready> '
`,
      '.zfunc/.keep': '',
    },
    start: 'zsh -i',
  },
  fish: {
    files: {
      '.config/fish/config.fish': `switchyard completion fish > ~/.config/fish/completions/switchyard.fish
bind \\ct 'echo "<"(commandline)">"'
set fish_greeting
function fish_prompt; echo 'ready> '; end
`,
      '.config/fish/completions/.keep': '',
    },
    start: 'fish -i',
  },
};

const text = ({ soFar }: Run): string => stripVTControlCharacters(soFar.out);

for (const [name, { files, start }] of Object.entries(SHELLS)) {
  testUnless([toolMissing(name as TestTool)])(
    `the tab key completes in ${name}, set up as the documentation says`,
    async () => {
      for (const [file, content] of Object.entries(files)) {
        const path = join(system.dir, 'home', file);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, content);
      }
      const shell = startAnyOnTerminal(system, start);
      const type = (keys: string) => shell.child.stdin?.write(keys);
      const sees = (words: string) =>
        waitFor(
          words,
          () => text(shell),
          (seen) => seen.includes(words),
        );
      try {
        await sees('ready> ');
        for (const [typed, line] of LINES) {
          type(`${typed}${TAB}${SHOW_LINE}`);
          await sees(`<${line}>`);
          type(CLEAR_LINE);
        }
      } finally {
        shell.child.kill();
        await shell.ended;
      }
    },
  );
}

test.run();
