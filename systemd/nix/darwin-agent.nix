# services.switchyard-agent on macOS under nix-darwin: a daemon that runs as root.
# An activation restarts every daemon whose plist has changed. So the plist names the agent and its tools through links that stay
# the same when a switch brings new ones; the agent restarts itself when the switch has ended.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.switchyard-agent;
  options = (import ./options.nix { inherit lib pkgs; }).agent;
  environment = import ./environment.nix { inherit lib; };
  ops = import ./ops-file.nix { inherit lib pkgs cfg; };
  program = "/run/current-system/sw/bin/switchyard-agent";
  # nix-darwin writes it, with the certificates of security.pki.
  certificates = "/etc/ssl/certs/ca-certificates.crt";
in
{
  _class = "darwin";

  options.services.switchyard-agent = options.service // options.variables;

  config = lib.mkIf cfg.enable {
    assertions = ops.assertions ++ [
      {
        assertion = (cfg.tokenFile != null) != (cfg.enrolTokenFile != null);
        message = "services.switchyard-agent takes one of tokenFile and enrolTokenFile";
      }
    ];
    services.switchyard-agent.installedPath = lib.mkDefault program;

    # The host's own settings win. Nix itself, ps and Apple's ssh, which knows the keychain, are there already; gpg verifies
    # OpenPGP signatures.
    environment.systemPackages = [ cfg.package ] ++ map lib.lowPrio (
      [ pkgs.git ] ++ lib.optional (cfg.trustedSigners != null) pkgs.gnupg ++ cfg.extraPackages
    );

    launchd.daemons.switchyard-agent = {
      # nix-darwin makes it wait until the store is there.
      command = program;
      serviceConfig = import ./launchd.nix {
        inherit lib;
        log = "/var/log/switchyard-agent.log";
        environment =
          environment (
            builtins.intersectAttrs options.variables cfg
            // {
              inherit (ops) opsFile;
              stateDir = "/var/lib/switchyard-agent";
            }
          )
          // {
            HOME = "/var/root";
            NIX_SSL_CERT_FILE = certificates;
            NODE_EXTRA_CA_CERTS = certificates;
            PATH = lib.concatStringsSep ":" [
              "/run/current-system/sw/bin"
              "/nix/var/nix/profiles/default/bin"
              "/usr/bin"
              "/bin"
              "/usr/sbin"
              "/sbin"
            ];
          }
          // cfg.extraEnvironment;
      };
    };
  };
}
