# services.switchyard-agent on macOS under nix-darwin: a daemon that runs as root.
#
# An activation restarts every daemon whose plist has changed. So the plist names the agent and its tools through links that stay
# the same when a switch brings new ones; the agent restarts itself when the switch is through.
{ config, lib, pkgs, ... }:
let
  cfg = config.services.switchyard-agent;
  options = (import ./options.nix { inherit lib; packages = pkgs.callPackage ./package.nix { }; }).agent;
  environment = import ./environment.nix { inherit lib; };
  program = "/run/current-system/sw/bin/switchyard-agent";
in
{
  options.services.switchyard-agent = options.service // options.variables;

  config = lib.mkIf cfg.enable {
    assertions = [
      { assertion = cfg.tokenFile != null; message = "services.switchyard-agent.tokenFile is missing"; }
    ];
    services.switchyard-agent.installedPath = lib.mkDefault program;

    # Nix itself and ps are there already, in the folders of PATH below.
    environment.systemPackages = [ cfg.package pkgs.git pkgs.openssh ];

    launchd.daemons.switchyard-agent = {
      # nix-darwin has it wait until the store is there.
      command = program;
      serviceConfig = import ./launchd.nix {
        log = "/var/log/switchyard-agent.log";
        environment = environment (builtins.intersectAttrs options.variables cfg // {
          stateDir = "/var/lib/switchyard-agent";
        }) // {
          HOME = "/var/root";
          PATH = lib.concatStringsSep ":" [
            "/run/current-system/sw/bin"
            "/nix/var/nix/profiles/default/bin"
            "/usr/bin"
            "/bin"
            "/usr/sbin"
            "/sbin"
          ];
        };
      };
    };
  };
}
