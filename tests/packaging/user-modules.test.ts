import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';
import { hostsIn, KINDS, WORLDS } from './hosts.ts';
import { readUnit } from './unit-file.ts';

const nixTest = testUnless([toolMissing('nix')]);

const AGENT = 'services.switchyard-agent = { enable = true; url = "wss://fleet.example.com";';
const WITH_TOKEN = `${AGENT} tokenFile = "/run/secrets/token"; };`;
const NO_NIXOS = ['darwinAgent', 'homeOnMac', 'homeOnLinux'] as const;

const JOB = {
  darwinAgent: 'checked.launchd.daemons.switchyard-agent.serviceConfig',
  homeOnMac: 'checked.launchd.agents.switchyard-agent.config',
  homeOnLinux: 'checked.systemd.user.services.switchyard-agent.Service',
};
const PACKAGES = { nixosAgent: 'environment.systemPackages', darwinAgent: 'environment.systemPackages' };

/** home-manager writes some settings of a unit as lists. */
const only = (value: unknown): unknown => (Array.isArray(value) && value.length === 1 ? value[0] : value);

for (const world of WORLDS) {
  const { onHost, refusal } = hostsIn(world);
  const titled = (title: string, body: () => void) => nixTest(`${title} (${world.name})`, body);

  titled('in a home on Linux the agent is a user service that an activation leaves alone', () => {
    const { Unit, Service, Install } = onHost(
      KINDS.homeOnLinux,
      WITH_TOKEN,
      'checked.systemd.user.services.switchyard-agent',
    ) as Record<string, Record<string, unknown>>;
    const unit = readUnit('switchyard-agent.service').Service ?? {};
    assert.is(Unit?.['X-SwitchMethod'], 'keep-old');
    assert.equal(Install, { WantedBy: ['default.target'] });
    const { ExecStart, Environment, ...settings } = Service ?? {};
    const program = '/Users/you/.nix-profile/bin/switchyard-agent';
    assert.is(only(ExecStart), program);
    for (const [key, value] of Object.entries(settings)) assert.is(String(value), unit[key], key);
    for (const key of ['KillMode', 'OOMPolicy', 'Restart', 'RestartForceExitStatus']) assert.ok(key in settings, key);
    const environment = (Environment as string[]).map((entry) => String(JSON.parse(entry)));
    assert.ok(environment.includes('SWITCHYARD_TOKEN_FILE=/run/secrets/token'));
    assert.ok(environment.includes('SWITCHYARD_PLATFORM=home-manager'));
    assert.ok(environment.includes(`SWITCHYARD_INSTALLED_PATH=${program}`));
  });

  for (const kind of ['homeOnMac', 'homeOnLinux'] as const) {
    const environmentOf = (config: string): Record<string, string> => {
      const job = onHost(KINDS[kind], config, JOB[kind]) as Record<string, unknown>;
      if (kind === 'homeOnMac') return job.EnvironmentVariables as Record<string, string>;
      const entries = (job.Environment as string[]).map((entry) => String(JSON.parse(entry)).split(/=(.*)/s, 2));
      return Object.fromEntries(entries) as Record<string, string>;
    };
    const programOf = (config: string) => {
      const job = onHost(KINDS[kind], config, JOB[kind]) as Record<string, unknown>;
      return kind === 'homeOnMac' ? only(job.ProgramArguments) : only(job.ExecStart);
    };

    titled(`${kind}: with folders of the user's own, agent and commands go by them as the sessions do`, () => {
      const folders = 'xdg.enable = true; xdg.stateHome = "/data/100% state";';
      const escaped = kind === 'homeOnLinux' ? '/data/100%% state' : '/data/100% state';
      const environment = environmentOf(`${WITH_TOKEN} ${folders}`);
      assert.is(environment.XDG_STATE_HOME, escaped);
      assert.is(environment.XDG_CONFIG_HOME, '/Users/you/.config');
      assert.is(environment.SWITCHYARD_STATE_DIR, `${escaped}/switchyard-agent`);
      assert.is(environment.SWITCHYARD_PROFILE, undefined, 'it finds the profile as home-manager does');
      assert.is(programOf(`${WITH_TOKEN} ${folders}`), '/Users/you/.nix-profile/bin/switchyard-agent');
      // Sessions have none of these then.
      const other = environmentOf(`${WITH_TOKEN} xdg.stateHome = "/data/state";`);
      assert.not.ok(Object.keys(other).some((name) => name.startsWith('XDG_')));
      assert.is(other.SWITCHYARD_STATE_DIR, '/data/state/switchyard-agent');
    });

    titled(`${kind}: a home that is switched with its host has no agent of its own`, () => {
      const part = 'submoduleSupport.enable = true;';
      assert.match(
        refusal(KINDS[kind], `${WITH_TOKEN} ${part}`, 'checked.home.packages'),
        /this home is part of its host's configuration .* \(nixosModules\.agent, darwinModules\.agent/,
      );
      const custom = `${AGENT} tokenFile = "/run/t"; platform = "custom"; }; ${part}`;
      assert.is(programOf(custom), '/Users/you/.nix-profile/bin/switchyard-agent');
      const external = `${custom} submoduleSupport.externalPackageInstall = true;`;
      assert.is(programOf(external), '/etc/profiles/per-user/you/bin/switchyard-agent');
      assert.is(environmentOf(external).SWITCHYARD_INSTALLED_PATH, programOf(external));
      assert.match(environmentOf(external).PATH ?? '', /^\/etc\/profiles\/per-user\/you\/bin:/);
    });
  }

  for (const kind of NO_NIXOS) {
    titled(`${kind}: a token file must be given, and each platform has jobs of its own only`, () => {
      const { homeOnLinux, homeOnMac } = KINDS;
      assert.match(
        refusal(KINDS[kind], `${AGENT} };`, 'checked.assertions'),
        /takes one of tokenFile and enrolTokenFile/,
      );
      const named = 'builtins.hasAttr "switchyard-agent"';
      assert.is(onHost(homeOnMac, WITH_TOKEN, `${named} checked.systemd.user.services`), false);
      assert.is(onHost(homeOnLinux, WITH_TOKEN, `${named} checked.launchd.agents`), false);
    });

    titled(`${kind}: what is set of the restart may be set otherwise without force`, () => {
      const [setting, value] = kind === 'homeOnLinux' ? ['RestartSec', 5] : ['KeepAlive', false];
      const path = JOB[kind].replace('checked.', '');
      const job = onHost(KINDS[kind], `${WITH_TOKEN} ${path}.${setting} = ${value};`, JOB[kind]);
      assert.is((job as Record<string, unknown>)[`${setting}`], value);
    });

    titled(`${kind}: variables and packages of the operator’s own, and ops`, () => {
      const extra =
        'extraEnvironment.GREETING = "hello"; extraPackages = [ pkgs.curl ]; ops.greet.steps = [ [ "echo" ] ];';
      const config = `${AGENT} tokenFile = "/run/t"; ${extra} };`;
      const job = JSON.stringify(onHost(KINDS[kind], config, JOB[kind]));
      assert.match(job, /GREETING(":"|=)hello/);
      assert.match(job, /SWITCHYARD_OPS_FILE(":"|=)\/nix\/store\/\w{32}-switchyard-ops\.toml/);
      const packages = kind === 'darwinAgent' ? PACKAGES.darwinAgent : 'home.packages';
      assert.ok((onHost(KINDS[kind], config, `map (p: p.name) checked.${packages}`) as string[]).includes('curl'));
    });
  }

  for (const kind of ['nixosAgent', ...NO_NIXOS] as const)
    titled(`${kind}: a check by hand finds git, another git of the host wins, and its own ssh stays the one`, () => {
      const packages = kind === 'nixosAgent' || kind === 'darwinAgent' ? PACKAGES[kind] : 'home.packages';
      const what = `map (p: { inherit (p) name; priority = p.meta.priority or 5; }) checked.${packages}`;
      const installed = onHost(KINDS[kind], WITH_TOKEN, what) as { name: string; priority: number }[];
      assert.is(installed.find(({ name }) => name === 'git')?.priority, 10);
      assert.is(installed.find(({ name }) => name.startsWith('switchyard-agent'))?.priority, 5);
      assert.is(
        installed.find(({ name }) => name === 'openssh'),
        undefined,
      );
    });
}

test.run();
