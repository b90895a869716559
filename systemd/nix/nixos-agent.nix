# services.switchyard-agent on NixOS. The same as systemd/switchyard-agent.service; a test compares the two.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.switchyard-agent;
  options = (import ./options.nix { inherit lib pkgs; }).agent;
  nixos = import ./nixos.nix { inherit lib config; };
  ops = import ./ops-file.nix { inherit lib pkgs cfg; };
  tokens = lib.filter (token: token != null) [
    cfg.tokenFile
    cfg.tokenCredential
    cfg.encryptedTokenFile
  ];
  enrols = cfg.enrolTokenFile != null;
in
{
  _class = "nixos";

  options.services.switchyard-agent = options.service // options.systemd // options.variables;

  config = lib.mkIf cfg.enable {
    assertions = ops.assertions ++ [
      {
        assertion = lib.length tokens + (if enrols then 1 else 0) == 1;
        message = "services.switchyard-agent takes one of tokenFile, tokenCredential, encryptedTokenFile and enrolTokenFile";
      }
    ];
    services.switchyard-agent.installedPath = lib.mkDefault "/run/current-system/sw/bin/switchyard-agent";

    # The agent, which this puts behind installedPath; and git, which `switchyard-agent --check` runs. Another git of the host
    # wins.
    environment.systemPackages = [
      cfg.package
      (lib.lowPrio pkgs.git)
    ];

    systemd.services.switchyard-agent = {
      description = "Switchyard agent";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      startLimitIntervalSec = lib.mkDefault 0;
      # A switch replaces the agent that runs it: the agent restarts itself when the switch has ended.
      restartIfChanged = false;
      path = [
        config.nix.package
        pkgs.git
        pkgs.openssh
        pkgs.procps
      ]
      # Verifies OpenPGP signatures.
      ++ lib.optional (cfg.trustedSigners != null) pkgs.gnupg
      ++ cfg.extraPackages;
      environment = lib.mkMerge [
        nixos.hostEnvironment
        (nixos.variables (
          builtins.intersectAttrs options.variables cfg
          // {
            inherit (ops) opsFile;
          }
          // {
            tokenFile = null;
          }
        ))
        {
          SWITCHYARD_STATE_DIR = "%S/switchyard-agent";
        }
        # An enrolment token is no credential: once the host has enrolled, its file may be gone.
        (lib.mkIf (!enrols) { SWITCHYARD_TOKEN_FILE = "%d/token"; })
        (nixos.extraEnvironment cfg.extraEnvironment)
      ];
      serviceConfig = {
        ExecStart = "${cfg.package}/bin/switchyard-agent";
        StateDirectory = "switchyard-agent";
      }
      // nixos.credentials "token" {
        plain = if cfg.tokenFile != null then cfg.tokenFile else cfg.tokenCredential;
        encrypted = cfg.encryptedTokenFile;
      }
      // nixos.defaults {
        User = "root";
        StateDirectoryMode = "0700";
        KillMode = "process";
        OOMPolicy = "continue";
        Restart = "always";
        RestartSec = 1;
        RestartForceExitStatus = 101;
        SuccessExitStatus = 101;
        TimeoutStopSec = 10;
      };
    };
  };
}
