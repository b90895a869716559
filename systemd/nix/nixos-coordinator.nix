# services.switchyard-coordinator on NixOS. Says what systemd/switchyard-coordinator.service says; a test compares the two.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.switchyard-coordinator;
  options = (import ./options.nix { inherit lib pkgs; }).coordinator;
  nixos = import ./nixos.nix { inherit lib config; };

  port = lib.toIntBase10 (lib.last (lib.splitString ":" cfg.listen));
  isLoopback =
    cfg.listen == null || builtins.match "(127\\..*|localhost|\\[::1]):.*" cfg.listen != null;

  # The program itself tries it, so that what it would refuse fails the build and not the switch.
  settings = (pkgs.formats.toml { }).generate "switchyard-coordinator.toml" cfg.settings;
  checked = pkgs.runCommand "switchyard-coordinator.toml" { } ''
    ${cfg.package}/bin/switchyard-coordinator --check --config ${settings}
    cp ${settings} $out
  '';
  canCheck = pkgs.stdenv.buildPlatform.canExecute pkgs.stdenv.hostPlatform;
  configFile =
    if cfg.settings == { } then
      cfg.configFile
    else if canCheck then
      checked
    else
      settings;
in
{
  _class = "nixos";

  options.services.switchyard-coordinator = options.service // options.variables;

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.settings == { } || cfg.configFile == null;
        message = "services.switchyard-coordinator takes one of settings and configFile";
      }
      {
        assertion = cfg.adminTokenFile == null || cfg.encryptedAdminTokenFile == null;
        message = "services.switchyard-coordinator takes one of adminTokenFile and encryptedAdminTokenFile";
      }
      {
        assertion = cfg.openFirewall -> !isLoopback && port != 0;
        message = "services.switchyard-coordinator.openFirewall needs a `listen` that other hosts reach, with a port, such as \"[::]:8080\"";
      }
    ];

    networking.firewall.allowedTCPPorts = lib.mkIf cfg.openFirewall [ port ];

    users = lib.mkIf (cfg.user == "switchyard-coordinator") {
      users.switchyard-coordinator = {
        isSystemUser = true;
        group = if cfg.group != null then cfg.group else cfg.user;
      };
      groups = lib.mkIf (cfg.group == null || cfg.group == cfg.user) { switchyard-coordinator = { }; };
    };

    systemd.services.switchyard-coordinator = {
      description = "Switchyard coordinator";
      wantedBy = [ "multi-user.target" ];
      after = [ "network-online.target" ];
      wants = [ "network-online.target" ];
      startLimitIntervalSec = lib.mkDefault 0;
      path = [
        pkgs.git
        pkgs.openssh
      ]
      ++ cfg.extraPackages;
      environment = lib.mkMerge [
        nixos.hostEnvironment
        (nixos.variables (
          builtins.intersectAttrs options.variables cfg
          // {
            config = configFile;
            adminTokenFile = null;
          }
        ))
        { SWITCHYARD_DATA_DIR = "%S/switchyard-coordinator"; }
        (lib.mkIf (cfg.adminTokenFile != null || cfg.encryptedAdminTokenFile != null) {
          SWITCHYARD_ADMIN_TOKEN_FILE = "%d/admin-token";
        })
        (nixos.extraEnvironment cfg.extraEnvironment)
      ];
      serviceConfig = {
        ExecStart = "${cfg.package}/bin/switchyard-coordinator";
        StateDirectory = "switchyard-coordinator";
      }
      // nixos.credentials "admin-token" {
        plain = cfg.adminTokenFile;
        encrypted = cfg.encryptedAdminTokenFile;
      }
      // nixos.defaults (
        {
          Restart = "always";
          RestartSec = 1;
          TimeoutStopSec = 10;
          DynamicUser = cfg.user == null;
          StateDirectoryMode = "0700";
          UMask = "0077";
          NoNewPrivileges = true;
          PrivateTmp = true;
          PrivateDevices = true;
          PrivateUsers = true;
          ProcSubset = "pid";
          ProtectProc = "invisible";
          ProtectSystem = "strict";
          ProtectHome = true;
          ProtectKernelTunables = true;
          ProtectKernelModules = true;
          ProtectKernelLogs = true;
          ProtectControlGroups = true;
          ProtectClock = true;
          ProtectHostname = true;
          RestrictAddressFamilies = [
            "AF_INET"
            "AF_INET6"
            "AF_NETLINK"
            "AF_UNIX"
          ];
          RestrictNamespaces = true;
          RestrictSUIDSGID = true;
          RestrictRealtime = true;
          LockPersonality = true;
          CapabilityBoundingSet = "";
          SystemCallArchitectures = "native";
          SystemCallFilter = [
            "@system-service"
            "~@privileged @resources"
          ];
          SystemCallErrorNumber = "EPERM";
        }
        // lib.optionalAttrs (cfg.user != null) { User = cfg.user; }
        // lib.optionalAttrs (cfg.user != null || cfg.group != null) {
          Group = if cfg.group != null then cfg.group else cfg.user;
        }
      );
    };
  };
}
