# Every option of the modules. Those under `variables` each set the program's variable of the same name (repoUrl:
# SWITCHYARD_REPO_URL) and are described as the program describes it; null leaves the program's default. What the program refuses
# is refused here: tests/packaging/option-values.ts holds both to it.
{ lib, pkgs }:
let
  inherit (lib) mkOption types;

  packages = pkgs.callPackages ./package.nix { };
  toml = pkgs.formats.toml { };

  optional =
    type: description: attributes:
    mkOption (
      {
        type = types.nullOr type;
        default = null;
        inherit description;
      }
      // attributes
    );

  # A text with words of its own for what it must be.
  text = description: check: types.addCheck types.str check // { inherit description; };
  matches = pattern: value: builtins.match pattern value != null;

  name = text "letters, digits, \".\", \"_\" and \"-\", starting with a letter or digit, at most 63" (
    matches "[A-Za-z0-9][A-Za-z0-9._-]{0,62}"
  );
  path = text "absolute path" (matches "/.+");
  folder = text "path below the repository's own folder" (
    value:
    matches "[^/[:cntrl:]][^[:cntrl:]]*" value
    && matches ".*[^[:space:]].*" value
    && !lib.elem ".." (lib.splitString "/" value)
  );
  # A path literal would end in the store, too; it is no text.
  secretPath = text "absolute path outside of the Nix store, which everyone can read" (
    value: matches "/.+" value && !lib.hasPrefix "${builtins.storeDir}/" value
  );
  # What git would not take for an option.
  isReference = matches "[^[:space:]-][^[:space:]]*";
  reference = text "word that does not start with \"-\"" isReference;
  # What gives access would stand in the store and in argv, of a user of ssh the name alone does not. As shared/secret-url.ts has it.
  namesUserOnly =
    authority:
    lib.elem (lib.toLower (lib.head authority)) [
      "git"
      "git+ssh"
      "ssh"
      "ssh+git"
    ]
    && !lib.hasInfix ":" (lib.last authority);
  authorities =
    value:
    lib.filter lib.isList (builtins.split "([A-Za-z][A-Za-z0-9+.-]*)://([^/?#[:space:]]*)@" value);
  remote = text "git URL or path, without a password, token or query" (
    value:
    isReference value
    && lib.all namesUserOnly (authorities value)
    && (
      !matches "[Hh][Tt][Tt][Pp][Ss]?://.*" value
      || matches "[A-Za-z]+://${host}(:${port})?(/[^?#]*)?" value
    )
  );

  step = types.addCheck (types.nonEmptyListOf types.str) (step: lib.head step != "") // {
    description = "program with its arguments";
  };

  port = "([0-9]{1,4}|[0-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])";
  ipv4 = "((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\\.){3}(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])";
  host = "(${ipv4}|([A-Za-z0-9_-]+\\.)*[A-Za-z0-9_-]*[A-Za-z_-][A-Za-z0-9_-]*\\.?|\\[[0-9A-Fa-f:.]+])";
  url = text "ws:// or wss:// URL without credentials, query or fragment" (
    matches "wss?://${host}(:${port})?(/[^@?#[:space:]]*)?"
  );
  address = text "HOST:PORT, an IPv6 address in brackets" (
    matches "([^][:space:]/:[]+|\\[[0-9A-Fa-f:.]+]):${port}"
  );

  logLevel = optional (types.enum [
    "trace"
    "debug"
    "info"
    "warn"
    "error"
    "fatal"
    "silent"
  ]) "How much is logged" { };

  service = { title, program }: {
    enable = lib.mkEnableOption title;
    package = lib.mkPackageOption packages program {
      pkgsText = "switchyard.packages.\${system}";
      extraDescription = "It is built from the source that the module is part of.";
    };
    extraEnvironment = mkOption {
      type = types.attrsOf types.str;
      default = { };
      example = {
        GIT_SSH_COMMAND = "ssh -i /run/secrets/deploy-key";
      };
      description = "Environment variables of the service; they win over those that the module sets. They stand in the Nix store, which everyone can read";
    };
    extraPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = lib.literalExpression "[ pkgs.curl ]";
      description = "Packages whose programs the service finds in its PATH";
    };
  };

  encrypted =
    of: name:
    optional types.path
      "File that `systemd-creds encrypt --name=${name}` made of ${of}; it may stand in the configuration and the store"
      { example = lib.literalExpression "./${name}.cred"; };
in
{
  agent = {
    service =
      service {
        title = "the Switchyard agent";
        program = "agent";
      }
      // {
        ops = mkOption {
          type = types.attrsOf (
            types.submodule {
              options = {
                steps = mkOption {
                  type = types.nonEmptyListOf step;
                  description = "Programs with their arguments, run in order until one fails";
                };
                cwd = optional path "The folder in which they run" { };
                completion = optional (types.enum [
                  "exit"
                  "restart"
                  "reboot"
                ]) "What shows that the op is through" { };
                activates =
                  optional types.bool "Whether the last step activates a configuration, as nixos-rebuild does"
                    { };
              };
            }
          );
          default = { };
          example.cleanup.steps = [
            [
              "nix-collect-garbage"
              "--delete-older-than"
              "30d"
            ]
          ];
          description = "Ops of your own by name, added to the platform's or in their place; in place of opsFile";
        };
      };

    # NixOS alone has these.
    systemd = {
      tokenCredential =
        optional (text "name of a credential" (matches "[A-Za-z0-9._-]+"))
          "Name of a systemd credential (/etc/credstore, or given to the machine) with this host's token, in place of tokenFile"
          { example = "switchyard.token"; };
      encryptedTokenFile = encrypted "this host's token" "token";
    };

    variables = {
      url = mkOption {
        type = url;
        example = "wss://fleet.example.com";
        description = "Where the coordinator listens; the path is added";
      };
      tokenFile =
        optional secretPath
          "File with this host's token, for example a systemd credential; wins over SWITCHYARD_TOKEN"
          { example = "/run/secrets/switchyard-token"; };
      repoDir = optional path "The configuration repository's checkout" { };
      repoUrl =
        optional remote
          "Remote of the repository; when given, REPO_DIR is a clone of its own that pull resets"
          { example = "git@github.com:you/nixcfg.git"; };
      flakeDir =
        optional folder "Folder of the flake in the repository, with its flake.lock and hosts/HOST/tests"
          { example = "nix"; };
      profile = optional path "The profile link that a switch sets" { };
      installedPath =
        optional path "The path through which the service starts the agent, a link into the active system"
          { defaultText = lib.literalMD "`bin/switchyard-agent` in the active system's profile"; };
      branch = optional reference "Branch that pull checks out" { };
      hostname = optional name "This host's name in the configuration repository" { };
      platform = optional (types.enum [
        "nixos"
        "nix-darwin"
        "home-manager"
        "custom"
      ]) "How this host is configured" { };
      heartbeatIntervalMs =
        optional (types.ints.between 50 3600000) "Time from one heartbeat to the next"
          { };
      opsFile =
        optional types.path "TOML file with ops of your own, added to the platform's or in their place"
          { example = lib.literalExpression "./ops.toml"; };
      agentInput = optional name "The flake input that pins the agent" { };
      launcher = optional (types.enum [
        "systemd"
        "process"
      ]) "What starts commands: transient units of systemd, or detached processes" { };
      tags = optional (types.listOf name) "Tags that this host claims: they are shown, and make it part of nothing until an admin gives it the same" {
        example = [
          "web"
          "eu"
        ];
      };
      inherit logLevel;
    };
  };

  coordinator = {
    service =
      service {
        title = "the Switchyard coordinator";
        program = "coordinator";
      }
      // {
        settings = mkOption {
          inherit (toml) type;
          default = { };
          example = {
            target.repoUrl = "git@github.com:you/nixcfg.git";
            ops.switch.timeoutMs = 3600000;
          };
          description = "What the coordinator's TOML file says: thresholds, target, limits, retention, dashboard origins and access; the coordinator tries it when it is built";
        };
        configFile = optional types.path "TOML file in place of settings" {
          example = lib.literalExpression "./coordinator.toml";
        };
        openFirewall = mkOption {
          type = types.bool;
          default = false;
          description = "Whether to open the port of `listen` in the firewall";
        };
        user =
          optional types.str
            "User that the service runs as; made if it is `switchyard-coordinator`. Null is a user that systemd makes while it runs"
            { example = "switchyard-coordinator"; };
        group = optional types.str "Group of that user; null is one of the same name" { };
        encryptedAdminTokenFile = encrypted "the admin token" "admin-token";
      };

    variables = {
      listen = optional address "Where to listen; port 0 picks a free one" { example = "[::]:8080"; };
      adminTokenFile =
        optional secretPath
          "File with the admin token, for example a systemd credential; wins over SWITCHYARD_ADMIN_TOKEN"
          { example = "/run/secrets/switchyard-admin"; };
      inherit logLevel;
    };
  };
}
