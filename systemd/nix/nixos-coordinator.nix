# services.switchyard-coordinator on NixOS. Says what systemd/switchyard-coordinator.service says; a test compares the two.
{ config, lib, pkgs, ... }:
let
  cfg = config.services.switchyard-coordinator;
  options = (import ./options.nix { inherit lib; packages = pkgs.callPackage ./package.nix { }; }).coordinator;
  environment = import ./environment.nix { inherit lib; escape = lib.replaceStrings [ "%" ] [ "%%" ]; };
in
{
  options.services.switchyard-coordinator = options.service // options.variables;

  config = lib.mkIf cfg.enable {
    systemd.services.switchyard-coordinator = {
      description = "Switchyard coordinator";
      wantedBy = [ "multi-user.target" ];
      after = [ "network-online.target" ];
      wants = [ "network-online.target" ];
      startLimitIntervalSec = 0;
      path = [ pkgs.git pkgs.openssh ];
      environment = environment (builtins.intersectAttrs options.variables cfg) // {
        SWITCHYARD_DATA_DIR = "%S/switchyard-coordinator";
      } // lib.optionalAttrs (cfg.adminTokenFile != null) {
        SWITCHYARD_ADMIN_TOKEN_FILE = "%d/admin-token";
      };
      serviceConfig = {
        ExecStart = "${cfg.package}/bin/switchyard-coordinator";
        LoadCredential = lib.mkIf (cfg.adminTokenFile != null)
          "admin-token:${lib.replaceStrings [ "%" ] [ "%%" ] cfg.adminTokenFile}";
        Restart = "always";
        RestartSec = 1;
        TimeoutStopSec = 10;
        DynamicUser = true;
        StateDirectory = "switchyard-coordinator";
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
        RestrictAddressFamilies = [ "AF_INET" "AF_INET6" "AF_NETLINK" "AF_UNIX" ];
        RestrictNamespaces = true;
        RestrictSUIDSGID = true;
        RestrictRealtime = true;
        LockPersonality = true;
        CapabilityBoundingSet = "";
        SystemCallArchitectures = "native";
        SystemCallFilter = [ "@system-service" "~@privileged @resources" ];
        SystemCallErrorNumber = "EPERM";
      };
    };
  };
}
