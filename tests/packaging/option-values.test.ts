import { stringify } from 'smol-toml';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { AGENT_PROGRAM } from '../../agent/config/config.ts';
import { OpsFileOp, readOpsFile } from '../../agent/config/ops-file.ts';
import { readConfigFile } from '../../coordinator/config/config-file.ts';
import { COORDINATOR_PROGRAM } from '../../coordinator/config/options.ts';
import { moduleOptions, OPTION_TABLES, type ProgramName } from '../../scripts/generate-options.ts';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';
import { type OptionTable, optionVariable, type Program, readOptions } from '../../shared/settings/options.ts';
import { evaluate } from './evaluate.ts';
import { hostsIn, KINDS, WORLDS } from './hosts.ts';
import { OPS_VALUES, OPTION_VALUES, REFUSED_BY_MODULES_ALONE, TARGET_VALUES } from './option-values.ts';

const nixTest = testUnless([toolMissing('nix')]);

const PROGRAMS: Record<ProgramName, Program<OptionTable>> = { agent: AGENT_PROGRAM, coordinator: COORDINATOR_PROGRAM };

for (const program of ['agent', 'coordinator'] as const) {
  const table = OPTION_TABLES[program];
  const values = OPTION_VALUES[program];
  const alone: Record<string, readonly unknown[]> = REFUSED_BY_MODULES_ALONE[program];

  nixTest(`each option of the ${program}’s module has values here that are taken and refused`, () => {
    assert.equal(Object.keys(values).sort(), Object.keys(moduleOptions()[program].variables).sort());
    for (const [name, { taken, refused }] of Object.entries(values)) assert.ok(taken.length && refused.length, name);
  });

  for (const [name, { taken, refused }] of Object.entries(values)) {
    test(`the ${program} takes and refuses values of ${name}`, () => {
      const option = table[name];
      const faultOf = (value: unknown) => {
        // An option that must be given, beside the one that is tried.
        const url = program === 'agent' ? { SWITCHYARD_URL: 'ws://x' } : {};
        const reading = readOptions(PROGRAMS[program], [], { ...url, [optionVariable(name)]: String(value) });
        return reading.kind === 'fault' ? reading.fault : null;
      };
      assert.ok(option);
      for (const value of taken) assert.is(faultOf(value), null, `${value}`);
      for (const value of refused) assert.match(faultOf(value) ?? `${value} is taken`, optionVariable(name));
    });
  }

  for (const world of WORLDS)
    nixTest(`the ${program}’s module takes and refuses the same values (${world.name})`, () => {
      const tried = Object.entries(values).map(([name, { taken, refused }]) => {
        const toRefuse = [...refused, ...(alone[name] ?? [])];
        return { name, taken, refused: toRefuse };
      });
      const found = evaluate(`
        let
          lib = import ${world.lib};
          declared = (import ../../systemd/nix/options.nix { inherit lib; pkgs = import ./pkgs.nix { inherit lib; system = "x86_64-linux"; }; }).${program};
          takes = name: value: (builtins.tryEval (builtins.deepSeq
            (lib.evalModules { modules = [ { options.\${name} = declared.variables.\${name}; config.\${name} = value; } ]; }).config.\${name}
            true)).success;
        in map ({ name, taken, refused }: { inherit name; taken = map (takes name) taken; refused = map (takes name) refused; })
          (builtins.fromJSON ${JSON.stringify(JSON.stringify(tried))})
      `) as { name: string; taken: boolean[]; refused: boolean[] }[];
      const wrong = found.flatMap((verdict, at) => [
        ...verdict.taken.flatMap((is, index) => (is ? [] : [`${verdict.name} refuses ${tried[at]?.taken[index]}`])),
        ...verdict.refused.flatMap((is, index) => (is ? [`${verdict.name} takes ${tried[at]?.refused[index]}`] : [])),
      ]);
      assert.equal(wrong, []);
    });
}

test('the coordinator takes no target with a secret in its URL', () => {
  for (const [key, { taken, refused }] of Object.entries(TARGET_VALUES)) {
    const kindOf = (value: unknown) => readConfigFile(stringify({ target: { [key]: value } })).kind;
    for (const value of taken) assert.is(kindOf(value), 'value', `${value}`);
    for (const value of refused) assert.is(kindOf(value), 'fault', `${value}`);
  }
});

for (const world of WORLDS) {
  const { onHost, refusal } = hostsIn(world);
  const environment = 'checked.systemd.services.switchyard-coordinator.environment';

  nixTest(`the coordinator's module takes none either, before anything is in the store (${world.name})`, () => {
    const targets = (which: 'taken' | 'refused') =>
      Object.entries(TARGET_VALUES).flatMap(([key, values]) => values[which].map((value) => ({ [key]: value })));
    const verdicts = (all: readonly object[]) => {
      const given = `builtins.fromJSON ${JSON.stringify(JSON.stringify(all))}`;
      const one = `target: (builtins.tryEval (checkedWith { services.switchyard-coordinator.settings.target = target; }).systemd.services.switchyard-coordinator.environment.SWITCHYARD_CONFIG).success`;
      const found = onHost(
        KINDS.nixosCoordinator,
        'services.switchyard-coordinator.enable = true;',
        `map (${one}) (${given})`,
      ) as boolean[];
      return all.filter((_, at) => found[at]);
    };
    assert.equal(verdicts(targets('taken')), targets('taken'));
    assert.equal(verdicts(targets('refused')), []);
  });

  nixTest(`its module says what is wrong with a secret in the settings, and where it may be (${world.name})`, () => {
    const target = (lines: string) => `target = lib.mkIf true { ${lines}; }`;
    const notify = (lines: string) => `notify = [ { name = "fine"; } { ${lines}; } ]`;
    for (const [settings, words] of [
      [target('repoUrl = "https://you:s3cret@git.example.com/x"'), /target\.repoUrl holds a password.*credentialsFile/],
      [
        target('versionUrl = lib.mkForce "https://s3cret@example.com/v"'),
        /target\.versionUrl holds a user.*headersFile/,
      ],
      [target('credentialsFile = ./platforms.nix'), /target\.credentialsFile is in the Nix store/],
      [target('headersFile = "/nix//store/0-headers"'), /target\.headersFile is in the Nix store/],
      [notify('url = "https://s3cret@hooks.example.com"'), /notify\[1\]\.url holds a user.*secretFile/],
      [notify('secretFile = ./platforms.nix'), /notify\[1\]\.secretFile is in the Nix store/],
    ] as const) {
      const config = `services.switchyard-coordinator = { enable = true; settings = { ${settings}; }; };`;
      const why = refusal(KINDS.nixosCoordinator, config, environment);
      assert.match(why, words);
      assert.not.match(why.slice(why.lastIndexOf('error:')), /s3cret/);
    }
    const oidc =
      'services.switchyard-coordinator = { enable = true; settings.oidc.clientSecretFile = ./platforms.nix; };';
    assert.match(refusal(KINDS.nixosCoordinator, oidc, environment), /oidc\.clientSecretFile is in the Nix store/);
  });

  for (const [kind, program] of [
    ['nixosAgent', 'agent'],
    ['nixosCoordinator', 'coordinator'],
    ['darwinAgent', 'agent'],
    ['homeOnLinux', 'agent'],
  ] as const)
    nixTest(`${kind}: extraEnvironment takes no token, and no variable that an option sets (${world.name})`, () => {
      const table = OPTION_TABLES[program];
      const option = `services.switchyard-${program}`;
      const config = `${option}.enable = true; ${program === 'agent' ? `${option} = { url = "ws://x"; tokenFile = "/t"; };` : ''}`;
      const one = `name: (builtins.tryEval (builtins.deepSeq (checkedWith { ${option}.extraEnvironment.\${name} = "x"; }).${option}.extraEnvironment true)).success`;
      const free = ['stateDir', 'dataDir', 'bootId', 'currentSystem'];
      const names = Object.keys(table).map(optionVariable);
      const taken = onHost(
        KINDS[kind],
        config,
        `map (${one}) (builtins.fromJSON ${JSON.stringify(JSON.stringify(names))})`,
      );
      assert.equal(
        names.filter((_, at) => (taken as boolean[])[at]),
        Object.keys(table)
          .filter((name) => free.includes(name))
          .map(optionVariable),
      );
      for (const [name, { secret }] of Object.entries(table)) {
        if (!secret) continue;
        const variable = optionVariable(name);
        const why = refusal(
          KINDS[kind],
          `${config} ${option}.extraEnvironment.${variable} = "s3cret";`,
          `checked.${option}.extraEnvironment`,
        );
        assert.match(why, new RegExp(`${variable} would stand in the Nix store.*use ${name}File`, 'is'));
        assert.not.match(why.slice(why.lastIndexOf('error:')), /s3cret/);
      }
    });
}

test('the agent takes and refuses ops of OPS_FILE', () => {
  const kindOf = (ops: object) => readOpsFile(stringify({ ops })).kind;
  for (const ops of OPS_VALUES.taken) assert.is(kindOf(ops), 'value', JSON.stringify(ops));
  for (const ops of OPS_VALUES.refused) assert.is(kindOf(ops), 'fault', JSON.stringify(ops));
  const keys = OPS_VALUES.taken.flatMap((ops) => Object.values(ops).flatMap((op) => Object.keys(op)));
  assert.equal([...new Set(keys)].sort(), Object.keys(OpsFileOp.properties).sort(), 'every key is tried');
});

for (const world of WORLDS)
  nixTest(`the agent’s module takes and refuses the same ops (${world.name})`, () => {
    const { onHost } = hostsIn(world);
    const config = 'services.switchyard-agent = { enable = true; url = "ws://x"; tokenFile = "/t"; };';
    const verdicts = (all: readonly object[]) => {
      const given = `builtins.fromJSON ${JSON.stringify(JSON.stringify(all))}`;
      const one = `ops: (builtins.tryEval (builtins.deepSeq (checkedWith { services.switchyard-agent.ops = ops; }).systemd.services true)).success`;
      return onHost(KINDS.nixosAgent, config, `map (${one}) (${given})`);
    };
    assert.equal(
      verdicts(OPS_VALUES.taken),
      OPS_VALUES.taken.map(() => true),
    );
    assert.equal(
      verdicts(OPS_VALUES.refused),
      OPS_VALUES.refused.map(() => false),
    );
  });

test.run();
