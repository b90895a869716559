# services.switchyard-coordinator on NixOS. The same as systemd/switchyard-coordinator.service; a test compares the two.
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
  secrets = import ./secrets.nix { inherit lib; };

  # The program's own setting, whoever set it; by default only its own host reaches it.
  listen = config.systemd.services.switchyard-coordinator.environment.SWITCHYARD_LISTEN or null;
  address = if listen == null then null else builtins.match "(.*):0*([0-9]+)" listen;
  isLoopback =
    address == null || builtins.match "127\\..*|localhost|\\[::1]" (lib.head address) != null;
  port = if address == null then 0 else lib.toIntBase10 (lib.last address);
  # Users other than root need a capability to listen on it.
  isPrivileged = port > 0 && port < 1024;

  # The part that stands in the store once it is built.
  written =
    if cfg.settings != { } then
      (pkgs.formats.toml { }).generate "switchyard-coordinator.toml" cfg.settings
    else if builtins.isPath cfg.configFile then
      builtins.seq (secrets.withoutSecrets "services.switchyard-coordinator.configFile" (
        builtins.fromTOML (builtins.readFile cfg.configFile)
      )) cfg.configFile
    else
      null;
  # The program itself checks it, so that a refusal fails the build and not the switch.
  node = lib.optionalString (
    !pkgs.stdenv.buildPlatform.canExecute pkgs.stdenv.hostPlatform
  ) "${pkgs.buildPackages.nodejs-slim_24}/bin/node ";
  checked = pkgs.runCommand "switchyard-coordinator.toml" { } ''
    ${node}${cfg.package}/bin/switchyard-coordinator --check --config ${written}
    cp ${written} $out
  '';
in
{
  _class = "nixos";

  imports = [
    (lib.mkRenamedOptionModule
      [
        "services"
        "switchyard-coordinator"
        "config"
      ]
      [
        "services"
        "switchyard-coordinator"
        "configFile"
      ]
    )
  ];

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
            config = if written == null then cfg.configFile else checked;
            adminTokenFile = null;
            storeFile = null;
          }
        ))
        { SWITCHYARD_DATA_DIR = "%S/switchyard-coordinator"; }
        (lib.mkIf (cfg.adminTokenFile != null || cfg.encryptedAdminTokenFile != null) {
          SWITCHYARD_ADMIN_TOKEN_FILE = "%d/admin-token";
        })
        (lib.mkIf (cfg.storeFile != null) { SWITCHYARD_STORE_FILE = "%d/store"; })
        (nixos.extraEnvironment cfg.extraEnvironment)
      ];
      serviceConfig = {
        ExecStart = "${cfg.package}/bin/switchyard-coordinator";
        StateDirectory = "switchyard-coordinator";
      }
      // builtins.zipAttrsWith (_: builtins.concatLists) [
        (nixos.credentials "admin-token" {
          plain = cfg.adminTokenFile;
          encrypted = cfg.encryptedAdminTokenFile;
        })
        (nixos.credentials "store" { plain = cfg.storeFile; })
      ]
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
        // lib.optionalAttrs isPrivileged {
          AmbientCapabilities = [ "CAP_NET_BIND_SERVICE" ];
          CapabilityBoundingSet = [ "CAP_NET_BIND_SERVICE" ];
          # It would not count in a user namespace of its own.
          PrivateUsers = false;
        }
        // lib.optionalAttrs (cfg.user != null) { User = cfg.user; }
        // lib.optionalAttrs (cfg.group != null) { Group = cfg.group; }
      );
    };
  };
}
