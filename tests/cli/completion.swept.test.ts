import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';
import type { TestTool } from '../../scripts/test-tools.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { swept } from '../harness/sweep.ts';
import { type System, startSystem } from '../harness/system.ts';
import { MAIN, type Run, run, startAnyOnTerminal } from './fixtures/command-line.ts';

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

/** Typed text before the tab key, and the line after it. */
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
  /** Set up as docs/cli.md says; Ctrl-T writes the line that is being typed. */
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
      // If it is missing, a first start makes it in the background.
      '.local/share/fish/generated_completions/.keep': '',
    },
    start: 'fish -i',
  },
};

/** Names that a host could give an op, a tag or itself, if nothing checked them. */
const evil = (file: string): string[] => [
  `zz$(touch ${file})`,
  `zz\`touch ${file}\``,
  `zz;touch ${file};`,
  `zz'\n touch ${file}\n`,
  `zz\${x:=$(touch ${file})}`,
  `zz[$(touch ${file})]`,
  `zz <(touch ${file})`,
  `zz\ttouch ${file}`,
  'zz*',
  'zz\u001b[2J',
];

test('only names are completed, whatever a coordinator answers', async () => {
  const words = evil('/nowhere');
  const host = { name: words[0], tags: words, ops: words.map((id) => ({ id, completion: 'exit' })) };
  const items = [host, { name: 'zz-web', tags: ['zz-tag'], ops: [{ id: 'zz-op', completion: 'exit' }] }];
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ items, next: null }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const place = { dir: system.dir, coordinator: { address, tokenFile: system.coordinator.tokenFile } };
  try {
    for (const [line, word] of [
      ['run zz', 'zz-op'],
      ['logs zz', 'zz-web'],
      ['hosts --tag zz', 'zz-tag'],
      ['run switch --on x,zz', 'x,zz-web'],
    ] as const)
      assert.equal(await run(place, `__complete -- ${line}`), { status: 0, out: `${word}\n`, err: '' });
  } finally {
    server.close();
  }
});

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
        for (const [typed, line] of swept(LINES, 3)) {
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

  testUnless([toolMissing(name as TestTool)])(
    `in ${name} the tab key runs nothing and writes nothing but names, even where the program prints other words`,
    async () => {
      const place = { ...system, dir: join(system.dir, `evil-${name}`) };
      const home = join(place.dir, 'home');
      for (const [file, content] of Object.entries(files)) {
        mkdirSync(dirname(join(home, file)), { recursive: true });
        writeFileSync(join(home, file), content);
      }
      const touched = join(place.dir, 'touched');
      writeFileSync(join(home, 'words'), `${evil(touched).join('\n')}\n${GIVEN}\n`);
      const shell = startAnyOnTerminal(place, start);
      // Stands in for the program: completes each word to all of them.
      writeFileSync(
        join(place.dir, 'bin', 'switchyard'),
        `#!/bin/sh\n[ "$1" = __complete ] && exec cat '${home}/words'\nexec "${process.execPath}" "${MAIN}" "$@"\n`,
      );
      const type = (keys: string) => shell.child.stdin?.write(keys);
      const sees = (words: string) =>
        waitFor(
          words,
          () => text(shell),
          (seen) => seen.includes(words),
        );
      try {
        await sees('ready> ');
        type(`switchyard run zz${TAB}${SHOW_LINE}`);
        await sees(`<switchyard run ${GIVEN} >`);
        type('\r');
        await sees('no hosts named');
        assert.not(existsSync(touched));
      } finally {
        shell.child.kill();
        await shell.ended;
      }
    },
  );
}

/** The one word that is a name. */
const GIVEN = 'zz-op';

test.run();
