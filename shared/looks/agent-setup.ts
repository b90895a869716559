/** The setup of a host's agent on each kind of system (docs/install.md). */
export const SETUPS = ['nixos', 'nix-darwin', 'home-manager', 'systemd'] as const;
export type Setup = (typeof SETUPS)[number];

export const SETUP_NAMES: Readonly<Record<Setup, string>> = {
  nixos: 'NixOS',
  'nix-darwin': 'nix-darwin',
  'home-manager': 'home-manager',
  systemd: 'systemd',
};

/** `token`: a host's own token; `enrolment`: a token for many hosts. */
export type SetupToken = 'token' | 'enrolment';

export type SetupStep = { title: string; text: string };

const FOLDER: Readonly<Record<Setup, string>> = {
  nixos: '/etc/switchyard',
  'nix-darwin': '/etc/switchyard',
  'home-manager': '~/.config/switchyard',
  systemd: '/etc/switchyard',
};

const OUTPUT = { nixos: 'nixosModules', 'nix-darwin': 'darwinModules', 'home-manager': 'homeModules' } as const;
const APPLY = {
  nixos: 'sudo nixos-rebuild switch --flake .',
  'nix-darwin': 'sudo darwin-rebuild switch --flake .',
  'home-manager': 'home-manager switch --flake .',
} as const;

/** The steps to paste on the host, in order. `server`: the coordinator's address, `http(s)://`. */
export function agentSetup(setup: Setup, { server, token }: { server: string; token: SetupToken }): SetupStep[] {
  const file = `${FOLDER[setup]}/${token === 'token' ? 'token' : 'enrol-token'}`;
  const url = server.replace(/^http/, 'ws').replace(/\/+$/, '');
  const store = `umask 077; mkdir -p ${FOLDER[setup]}; cat > ${file}`;
  const put: SetupStep = {
    title: 'Put the token on the host: paste it, end with Enter and Ctrl-D',
    text: setup === 'home-manager' ? `(${store})` : `sudo sh -c '${store}'`,
  };
  if (setup === 'systemd') return [put, ...systemdSteps(url, file, token)];
  const path = setup === 'home-manager' ? file.replace('~', '/home/YOU') : file;
  return [
    put,
    {
      title: `Add the agent to the ${setup === 'home-manager' ? "home's" : "host's"} configuration`,
      text: [
        `imports = [ inputs.switchyard.${OUTPUT[setup]}.agent ];`,
        'services.switchyard-agent = {',
        '  enable = true;',
        `  url = ${nixText(url)};`,
        `  ${token === 'token' ? 'tokenFile' : 'enrolTokenFile'} = "${path}";`,
        '  repoUrl = "YOUR CONFIGURATION REPOSITORY";',
        ...(setup === 'home-manager' ? ['  hostname = "THE NAME IN homeConfigurations";'] : []),
        '};',
      ].join('\n'),
    },
    { title: 'Apply it', text: APPLY[setup] },
  ];
}

/** Escapes quotes and `${`, so that an address cannot end the string. */
const nixText = (text: string): string => `"${text.replace(/["\\]|\$(?=\{)/g, '\\$&')}"`;

function systemdSteps(url: string, file: string, token: SetupToken): SetupStep[] {
  const isOwn = token === 'token';
  return [
    {
      title: 'Install the agent and its unit, from a checkout after npm run build',
      text: [
        'sudo install -D dist/agent.js /usr/local/lib/switchyard/agent.js',
        'sudo install -D -m 0644 systemd/switchyard-agent.service /etc/systemd/system/switchyard-agent.service',
      ].join('\n'),
    },
    {
      title: 'Say where the coordinator is, and start it',
      text: [
        "sudo tee /etc/switchyard/agent.env > /dev/null <<'EOT'",
        `SWITCHYARD_URL=${url}`,
        ...(isOwn ? [] : [`SWITCHYARD_ENROL_TOKEN_FILE=${file}`]),
        'SWITCHYARD_REPO_URL=YOUR_CONFIGURATION_REPOSITORY',
        'EOT',
        ...(isOwn
          ? []
          : [
              // The unit would pass on a token that this host does not have.
              "printf '[Service]\\nLoadCredential=\\n' | sudo install -D -m 0644 /dev/stdin /etc/systemd/system/switchyard-agent.service.d/enrol.conf",
            ]),
        'sudo systemctl daemon-reload',
        'sudo systemctl enable --now switchyard-agent',
      ].join('\n'),
    },
  ];
}
