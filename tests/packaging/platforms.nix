# What NixOS, nix-darwin and home-manager declare, as far as the modules define it. Each service is a submodule of the options that
# the real one has, so that a name that does not exist is refused.
{ lib }:
let
  inherit (lib) mkOption types;
  of = type: default: mkOption { inherit type default; };
  optional = type: of (types.nullOr type) null;
  strings = of (types.listOf types.str) [ ];
  atom = types.either types.str (types.either types.int types.bool);
  settings = of (types.attrsOf (types.either atom (types.listOf types.str))) { };
  packages = of (types.listOf types.package) [ ];

  assertions = of (types.listOf (types.submodule {
    options = { assertion = mkOption { type = types.bool; }; message = mkOption { type = types.str; }; };
  })) [ ];

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
    nix.package = mkOption { type = types.package; };
    environment.systemPackages = packages;
    systemd.services = of (types.attrsOf (types.submodule {
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
    })) { };
  };

  darwin.options = {
    inherit assertions;
    environment.systemPackages = packages;
    launchd.daemons = of (types.attrsOf (types.submodule {
      options = {
        command = of types.str "";
        serviceConfig = of (types.submodule { options = launchdJob; }) { };
      };
    })) { };
  };

  homeManager.options = {
    inherit assertions;
    home.packages = packages;
    home.homeDirectory = mkOption { type = types.path; };
    xdg.stateHome = mkOption { type = types.path; };
    systemd.user.services = of (types.attrsOf (types.submodule {
      options = { Unit = settings; Service = settings; Install = settings; };
    })) { };
    launchd.agents = of (types.attrsOf (types.submodule {
      options = { enable = of types.bool false; config = of (types.submodule { options = launchdJob; }) { }; };
    })) { };
  };
}
