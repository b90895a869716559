import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ASKS_NOBODY } from '../../shared/programs/git-asking.ts';
import { commandEnvironment, secretProxies } from './command-environment.ts';

const OWN = { id: 'an-id', stateTag: 'a-tag', evidenceDir: '/evidence' };

const passed = (agent: Record<string, string | undefined>) => {
  const { SWITCHYARD_COMMAND_ID, SWITCHYARD_STATE, SWITCHYARD_EVIDENCE_DIR, ...rest } = commandEnvironment(agent, OWN);
  assert.equal([SWITCHYARD_COMMAND_ID, SWITCHYARD_STATE, SWITCHYARD_EVIDENCE_DIR], ['an-id', 'a-tag', '/evidence']);
  for (const [name, value] of Object.entries(ASKS_NOBODY)) assert.is(rest[name], value, name);
  return Object.fromEntries(Object.entries(rest).filter(([name]) => !Object.hasOwn(ASKS_NOBODY, name)));
};

test('only listed variables of the agent reach a command, never its token', () => {
  const listed = {
    HOME: '/root',
    PATH: '/bin',
    NIX_PATH: 'x',
    XDG_STATE_HOME: '/state',
    SSH_AUTH_SOCK: '/s',
    GIT_SSH_COMMAND: 'ssh',
  };
  const kept = {
    SWITCHYARD_TOKEN: 's3cret',
    SWITCHYARD_STATE: 'another',
    NOTIFY_SOCKET: '/n',
    XDG_SEAT: '0',
    TMPDIR: undefined,
  };
  assert.equal(passed({ ...listed, ...kept }), listed);
});

test('no command can ask a person for a password or passphrase, in any environment of the agent', () => {
  const asking = { SSH_ASKPASS: '/bin/ask', SSH_ASKPASS_REQUIRE: 'force', GIT_ASKPASS: '/bin/ask', DISPLAY: ':0' };
  assert.equal(passed(asking), {});
});

test('proxies reach it in both cases', () => {
  const proxies = {
    HTTP_PROXY: 'http://proxy.example.com:3128',
    HTTPS_PROXY: 'http://proxy.example.com:3128',
    ALL_PROXY: 'socks5://proxy.example.com',
    NO_PROXY: 'localhost,.example.com',
    http_proxy: 'proxy.example.com:3128',
    https_proxy: 'proxy.example.com:3128',
    all_proxy: '',
    no_proxy: '*',
  };
  assert.equal(passed({ ...proxies, FTP_PROXY: 'ftp://proxy' }), proxies);
  assert.equal(secretProxies(proxies), []);
});

test('a proxy with a password, in any spelling, reaches no command, and is named without the password', () => {
  const proxies = {
    HTTPS_PROXY: 'http://me:s3cret@proxy.example.com:3128',
    http_proxy: 'me:s3cret@proxy.example.com:3128',
    ALL_PROXY: 'http://me:s3@cret@proxy',
  };
  assert.equal(passed(proxies), {});
  assert.equal(secretProxies(proxies), ['HTTPS_PROXY', 'http_proxy', 'ALL_PROXY']);
});

test.run();
