# services.switchyard-agent on NixOS. Says what systemd/switchyard-agent.service says; a test compares the two.
{ config, lib, pkgs, ... }:
let
  cfg = config.services.switchyard-agent;
  options = (import ./options.nix { inherit lib; packages = pkgs.callPackage ./package.nix { }; }).agent;
  environment = import ./environment.nix { inherit lib; escape = lib.replaceStrings [ "%" ] [ "%%" ]; };
  credential = if cfg.tokenFile != null then cfg.tokenFile else cfg.tokenCredential;
in
{
  options.services.switchyard-agent = options.service // options.systemd // options.variables;

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = (cfg.tokenFile == null) != (cfg.tokenCredential == null);
        message = "services.switchyard-agent takes one of tokenFile and tokenCredential";
      }
    ];
    services.switchyard-agent.installedPath = lib.mkDefault "/run/current-system/sw/bin/switchyard-agent";

    # The agent, which that puts behind installedPath; and git, which `switchyard-agent --check` asks.
    environment.systemPackages = [ cfg.package pkgs.git ];

    systemd.services.switchyard-agent = {
      description = "Switchyard agent";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      startLimitIntervalSec = 0;
      # A switch replaces the agent that runs it: the agent restarts itself when the switch is through.
      restartIfChanged = false;
      path = [ config.nix.package pkgs.git pkgs.openssh pkgs.procps ];
      environment = environment (builtins.intersectAttrs options.variables cfg) // {
        SWITCHYARD_STATE_DIR = "%S/switchyard-agent";
        SWITCHYARD_TOKEN_FILE = "%d/token";
      };
      serviceConfig = {
        ExecStart = "${cfg.package}/bin/switchyard-agent";
        User = "root";
        LoadCredential = "token:${lib.replaceStrings [ "%" ] [ "%%" ] "${credential}"}";
        StateDirectory = "switchyard-agent";
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
