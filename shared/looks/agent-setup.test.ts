import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { agentSetup, SETUPS } from './agent-setup.ts';

const textOf = (...asked: Parameters<typeof agentSetup>): string =>
  agentSetup(...asked)
    .map(({ title, text }) => `# ${title}\n${text}`)
    .join('\n');

test("each setup names the agents' address and only its own token's file", () => {
  for (const setup of SETUPS)
    for (const token of ['token', 'enrolment'] as const) {
      const text = textOf(setup, { server: 'https://fleet.example.com/yard/', token });
      assert.match(text, /wss:\/\/fleet\.example\.com\/yard["\n]/, setup);
      assert.is(/enrol-token/.test(text), token === 'enrolment', setup);
      assert.is(/enrolTokenFile|ENROL_TOKEN_FILE/.test(text), token === 'enrolment', setup);
      assert.match(text, /umask 077/, 'the file is for its user alone');
    }
});

test('any address stays inside its Nix string', () => {
  const text = textOf('nixos', { server: `https://a"b\${c}`, token: 'token' });
  assert.match(text, `url = "wss://a\\"b\\\${c}";`);
});

test.run();
