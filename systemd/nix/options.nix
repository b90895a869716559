# Every option of the modules. Those under `variables` each set the program's variable of the same name (repoUrl:
# SWITCHYARD_REPO_URL) and are described as the program describes it; null leaves the program's default.
{ lib, packages }:
let
  inherit (lib) mkOption types;

  optional = type: description: attributes: mkOption ({
    type = types.nullOr type;
    default = null;
    inherit description;
  } // attributes);

  name = types.strMatching "[A-Za-z0-9][A-Za-z0-9._-]{0,62}";
  path = types.strMatching "/.+";
  # A path literal would end in the store, which everyone can read.
  secretPath = types.addCheck path (value: !lib.hasPrefix builtins.storeDir value);
  # What git would not take for an option.
  reference = types.strMatching "[^[:space:]-][^[:space:]]*";
  logLevel = optional (types.enum [ "trace" "debug" "info" "warn" "error" "fatal" "silent" ])
    "How much is logged" { };

  service = { title, package }: {
    enable = lib.mkEnableOption title;
    package = mkOption {
      type = types.package;
      default = package;
      defaultText = lib.literalMD "built from the source that the module is part of";
      description = "The package of ${title}";
    };
  };
in
{
  agent = {
    service = service { title = "the Switchyard agent"; package = packages.agent; };

    # NixOS alone has these.
    systemd.tokenCredential = optional (types.strMatching "[A-Za-z0-9._-]+")
      "Name of a systemd credential (/etc/credstore, or given to the machine) with this host's token, in place of tokenFile"
      { example = "switchyard.token"; };

    variables = {
      url = mkOption {
        type = types.strMatching "wss?://[^@?#[:space:]]+";
        example = "wss://fleet.example.com";
        description = "Where the coordinator listens; the path is added";
      };
      tokenFile = optional secretPath
        "File with this host's token, for example a systemd credential; wins over SWITCHYARD_TOKEN"
        { example = "/run/secrets/switchyard-token"; };
      repoDir = optional path "The configuration repository's checkout" { };
      repoUrl = optional reference
        "Remote of the repository; when given, REPO_DIR is a clone of its own that pull resets"
        { example = "git@github.com:you/nixcfg.git"; };
      profile = optional path "The profile link that a switch sets" { };
      installedPath = optional path
        "The path through which the service starts the agent, a link into the active system"
        { defaultText = lib.literalMD "`bin/switchyard-agent` in the active system's profile"; };
      branch = optional reference "Branch that pull checks out" { };
      hostname = optional name "This host's name in the configuration repository" { };
      platform = optional (types.enum [ "nixos" "nix-darwin" "home-manager" "custom" ])
        "How this host is configured" { };
      heartbeatIntervalMs = optional (types.ints.between 50 3600000) "Time from one heartbeat to the next" { };
      opsFile = optional types.path
        "TOML file with ops of your own, added to the platform's or in their place"
        { example = lib.literalExpression "./ops.toml"; };
      agentInput = optional name "The flake input that pins the agent" { };
      launcher = optional (types.enum [ "systemd" "process" ])
        "What starts commands: transient units of systemd, or detached processes"
        { };
      tags = optional (types.listOf name) "Tags that this host reports" { example = [ "web" "eu" ]; };
      inherit logLevel;
    };
  };

  coordinator = {
    service = service { title = "the Switchyard coordinator"; package = packages.coordinator; };

    variables = {
      listen = optional (types.strMatching "[^[:space:]]+:[0-9]{1,5}") "Where to listen; port 0 picks a free one"
        { example = "[::]:8080"; };
      adminTokenFile = optional secretPath
        "File with the admin token, for example a systemd credential; wins over SWITCHYARD_ADMIN_TOKEN"
        { example = "/run/secrets/switchyard-admin"; };
      config = optional types.path "TOML file with thresholds, target, limits, retention, dashboard origins and access"
        { example = lib.literalExpression "./coordinator.toml"; };
      inherit logLevel;
    };
  };
}
