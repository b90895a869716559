# The options that NixOS, nix-darwin and home-manager declare and the modules define. Each service is a submodule of the options that
# the real one has, so that a name that does not exist is refused.
{ lib }:
let
  inherit (lib) mkOption types;
  of = type: default: mkOption { inherit type default; };
  optional = type: of (types.nullOr type) null;
  strings = of (types.listOf types.str) [ ];
  settings = of (types.attrsOf unitOption) { };
  packages = of (types.listOf types.package) [ ];

  # As systemd takes it: once, or a list, to which another definition adds.
  unitOption = lib.mkOptionType {
    name = "systemd option";
    merge =
      path: definitions:
      let
        lists = lib.filter (definition: lib.isList definition.value) definitions;
      in
      if lists == [ ] then
        lib.mergeEqualOption path definitions
      else if lib.length lists == lib.length definitions then
        lib.concatMap (definition: definition.value) definitions
      else
        throw "The option `${lib.concatStringsSep "." path}' has lists and what is none: a setting that may come more than once is a list";
  };

  assertions = of (types.listOf (
    types.submodule {
      options = {
        assertion = mkOption { type = types.bool; };
        message = mkOption { type = types.str; };
      };
    }
  )) [ ];

  launchdJob = {
    ProgramArguments = optional (types.listOf types.str);
    EnvironmentVariables = optional (types.attrsOf types.str);
    KeepAlive = optional types.bool;
    RunAtLoad = optional types.bool;
    AbandonProcessGroup = optional types.bool;
    StandardOutPath = optional types.path;
    StandardErrorPath = optional types.path;
  };
in
{
  nixos.options = {
    inherit assertions;
    warnings = strings;
    nix.package = mkOption { type = types.package; };
    environment.systemPackages = packages;
    networking.proxy.envVars = of (types.attrsOf types.str) { };
    networking.firewall.allowedTCPPorts = of (types.listOf types.int) [ ];
    users.users = of (types.attrsOf (
      types.submodule {
        options = {
          isSystemUser = of types.bool false;
          group = of types.str "";
        };
      }
    )) { };
    users.groups = of (types.attrsOf (types.submodule { options.gid = optional types.int; })) { };
    systemd.services = of (types.attrsOf (
      types.submodule {
        options = {
          description = of types.str "";
          wantedBy = strings;
          after = strings;
          wants = strings;
          path = packages;
          startLimitIntervalSec = optional types.int;
          restartIfChanged = of types.bool true;
          environment = of (types.attrsOf types.str) { };
          serviceConfig = settings;
        };
      }
    )) { };
  };

  darwin.options = {
    inherit assertions;
    environment.systemPackages = packages;
    launchd.daemons = of (types.attrsOf (
      types.submodule {
        options = {
          command = of types.str "";
          serviceConfig = of (types.submodule { options = launchdJob; }) { };
        };
      }
    )) { };
  };

  homeManager.options = {
    inherit assertions;
    home.packages = packages;
    home.homeDirectory = mkOption { type = types.path; };
    home.profileDirectory = mkOption { type = types.path; };
    submoduleSupport.enable = of types.bool false;
    submoduleSupport.externalPackageInstall = of types.bool false;
    xdg = {
      enable = of types.bool false;
    }
    // lib.genAttrs [
      "cacheHome"
      "configHome"
      "dataHome"
      "stateHome"
    ] (_: mkOption { type = types.path; });
    systemd.user.services = of (types.attrsOf (
      types.submodule {
        options = {
          Unit = settings;
          Service = settings;
          Install = settings;
        };
      }
    )) { };
    launchd.agents = of (types.attrsOf (
      types.submodule {
        options = {
          enable = of types.bool false;
          config = of (types.submodule { options = launchdJob; }) { };
        };
      }
    )) { };
  };
}
