import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';
import { hostsIn, KINDS, WORLDS } from './hosts.ts';

const nixTest = testUnless([toolMissing('nix')]);

const REFUSED: [title: string, option: string, why: RegExp][] = [
  ['an option that does not exist', 'hostName = "web1";', /hostName' does not exist/],
  ['a raw token', 'token = "secret";', /token' does not exist/],
  [
    'a URL that is not a WebSocket’s',
    'url = lib.mkForce "http://x.org";',
    /url' is not of type `ws:\/\/ or wss:\/\/ URL/,
  ],
  ['a text for a number', 'heartbeatIntervalMs = "5000";', /heartbeatIntervalMs' is not of type `null or integer/],
  ['a platform that does not exist', 'platform = "windows";', /platform' is not of type `null or one of/],
  ['a tag that no command line could name', 'tags = [ "web" "the east" ];', /tags.*' is not of type .*letters, digits/],
  ['a text for a list', 'tags = "web";', /tags' is not of type `null or \(?list/],
  [
    'a branch that git takes for an option',
    'branch = "--x=sh";',
    /branch' is not of type `null or \(?word that does not/,
  ],
  [
    'a token file in the store',
    'tokenFile = lib.mkForce (builtins.toFile "token" "secret");',
    /tokenFile' is not of type `null or \(?absolute path outside of the Nix store/,
  ],
  [
    'a token file as a path literal',
    'tokenFile = lib.mkForce ./platforms.nix;',
    /tokenFile' is not of type `null or \(?absolute path outside of the Nix store/,
  ],
  ['two tokens', 'tokenCredential = "switchyard.token";', /takes one of tokenFile, tokenCredential/],
  ['a token and an enrolment token', 'enrolTokenFile = "/e";', /takes one of tokenFile, tokenCredential/],
  ['no token', 'tokenFile = lib.mkForce null;', /takes one of tokenFile, tokenCredential/],
  ['two sources of ops', 'opsFile = "/etc/ops.toml"; ops.x.steps = [ [ "a" ] ];', /takes one of ops and opsFile/],
  ['an op without a step', 'ops.x.steps = [ ];', /steps' is not of type `non-empty/],
];

const COORDINATOR_REFUSED: [title: string, option: string, why: RegExp][] = [
  ['an open port of a service that only its own host reaches', 'openFirewall = true;', /openFirewall needs a `listen`/],
  ['the same with the address', 'openFirewall = true; listen = "[::1]:8080";', /openFirewall needs a `listen`/],
  ['a port that nobody knows', 'openFirewall = true; listen = "[::]:0";', /openFirewall needs a `listen`/],
  ['settings in two places', 'settings.limits.hosts = 3; configFile = "/c";', /takes one of settings and configFile/],
  [
    'two admin tokens',
    'adminTokenFile = "/t"; encryptedAdminTokenFile = "/c";',
    /takes one of adminTokenFile and encryptedAdminTokenFile/,
  ],
];

for (const world of WORLDS) {
  const { refusal } = hostsIn(world);
  const titled = (title: string, body: () => void) => nixTest(`${title} (${world.name})`, body);

  for (const [title, option, why] of REFUSED)
    titled(`refused is ${title}`, () => {
      const config = `services.switchyard-agent = lib.mkMerge [ { enable = true; url = "wss://x"; tokenFile = "/t"; } { ${option} } ];`;
      assert.match(refusal(KINDS.nixosAgent, config, 'checked.systemd.services.switchyard-agent'), why);
    });

  for (const [title, option, why] of COORDINATOR_REFUSED)
    titled(`refused is ${title}`, () => {
      assert.match(
        refusal(
          KINDS.nixosCoordinator,
          `services.switchyard-coordinator = { enable = true; ${option} };`,
          'checked.systemd.services.switchyard-coordinator',
        ),
        why,
      );
    });
}

test.run();
