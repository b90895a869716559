# Every option of the modules. Each one under `variables` sets the program's variable of the same name (repoUrl:
# SWITCHYARD_REPO_URL) and has the program's description; null leaves the program's default.
{ lib, pkgs }:
let
  inherit (lib) mkOption types;
  checked = import ./option-types.nix { inherit lib; };

  packages = pkgs.callPackages ./package.nix { };
  toml = pkgs.formats.toml { };
  secrets = import ./secrets.nix { inherit lib; };

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

  logLevel = optional (types.enum [
    "trace"
    "debug"
    "info"
    "warn"
    "error"
    "fatal"
    "silent"
  ]) "Level of the log" { };

  named = lib.mapAttrs (name: _: name);

  # `variables`: the options that set a variable, by their names here.
  service =
    {
      title,
      program,
      variables,
    }:
    {
      enable = lib.mkEnableOption title;
      package = lib.mkPackageOption packages program {
        pkgsText = "switchyard.packages.\${system}";
        extraDescription = "It is built from the module's own source.";
      };
      extraEnvironment = mkOption {
        type = types.attrsOf types.str;
        default = { };
        example = {
          GIT_SSH_COMMAND = "ssh -i /run/secrets/deploy-key";
        };
        apply = secrets.withoutOptions "services.switchyard-${program}.extraEnvironment" variables;
        description = "Environment variables of the service that no option sets; they override the module's own. They stand in the Nix store, which everyone can read";
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
      "Output of `systemd-creds encrypt --name=${name}` for ${of}; it may stand in the configuration and the store"
      { example = lib.literalExpression "./${name}.cred"; };

  declared = {
    agent = {
      service =
        service {
          title = "the Switchyard agent";
          program = "agent";
          variables = named declared.agent.variables;
        }
        // {
          ops = mkOption {
            type = types.attrsOf (
              types.submodule {
                options = {
                  steps = mkOption {
                    type = types.nonEmptyListOf checked.step;
                    description = "Programs with their arguments, run in order until one fails";
                  };
                  cwd = optional checked.path "The folder in which they run" { };
                  completion = optional (types.enum [
                    "exit"
                    "restart"
                    "reboot"
                  ]) "What completes the op" { };
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
            description = "Your own ops by name, added to the platform's or replacing them; in place of opsFile";
          };
        };

      # Only on NixOS.
      systemd = {
        tokenCredential =
          optional (checked.text "name of a credential" (checked.matches "[A-Za-z0-9._-]+"))
            "Name of a systemd credential (/etc/credstore, or given to the machine) with this host's token, in place of tokenFile"
            { example = "switchyard.token"; };
        encryptedTokenFile = encrypted "this host's token" "token";
      };

      variables = {
        url = mkOption {
          type = checked.url;
          example = "wss://fleet.example.com";
          description = "Where the coordinator listens; the path is added. With several coordinators, all URLs, separated by commas";
        };
        tokenFile =
          optional checked.secretPath
            "File with this host's token, for example a systemd credential; wins over SWITCHYARD_TOKEN"
            { example = "/run/secrets/switchyard-token"; };
        enrolTokenFile =
          optional checked.secretPath
            "File with an enrolment token. A host without its own token gets one with it, and keeps its own in STATE_DIR"
            { example = "/etc/switchyard/enrol-token"; };
        repoDir = optional checked.path "The configuration repository's checkout" { };
        repoUrl =
          optional checked.remote
            "Remote of the repository; with it, REPO_DIR is a clone of its own that pull resets"
            { example = "git@github.com:you/nixcfg.git"; };
        flakeDir =
          optional checked.folder "Folder of the flake in the repository, with its flake.lock and hosts/HOST/tests"
            { example = "nix"; };
        profile = optional checked.path "The profile link that a switch sets" { };
        installedPath =
          optional checked.path "The path by which the service starts the agent, a link into the active system"
            { defaultText = lib.literalMD "`bin/switchyard-agent` in the active system's profile"; };
        branch = optional checked.reference "Branch that pull checks out" { };
        trustedSigners =
          optional types.path
            "Whose signature a commit must have to be checked out: a file in git's allowed-signers format, or a folder of OpenPGP public keys"
            { example = lib.literalExpression "./allowed-signers"; };
        hostname = optional checked.name "This host's name in the configuration repository" { };
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
          optional types.path "TOML file with your own ops, added to the platform's or replacing them; docs/agent.md shows one"
            { example = lib.literalExpression "./ops.toml"; };
        agentInput = optional checked.name "The flake input that pins the agent" { };
        launcher = optional (types.enum [
          "systemd"
          "process"
        ]) "What starts commands: transient units of systemd, or detached processes" { };
        guard = optional (types.enum [
          "on"
          "off"
        ]) "Whether an activation goes back by itself when nobody is in contact with the host after it; a command may say otherwise" { };
        guardWitness =
          optional
            (types.listOf checked.witness)
            "Places that show that the network works while only the coordinator is away: then a guard waits. host:port or URL, separated by commas"
            {
              example = [
                "192.0.2.1:53"
                "https://example.org"
              ];
            };
        guardReboot = optional (types.enum [
          "on"
          "off"
        ]) "Whether a guard reboots the host as the last resort, where going back brought no contact either" { };
        tags = optional (types.listOf checked.name) "Tags that this host claims: they are shown, but count only once an admin gives it the same" {
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
          variables = named declared.coordinator.variables // {
            config = "configFile";
          };
        }
        // {
          settings = mkOption {
            inherit (toml) type;
            default = { };
            example = {
              target.repoUrl = "git@github.com:you/nixcfg.git";
              ops.switch.timeoutMs = 3600000;
            };
            apply = secrets.withoutSecrets "services.switchyard-coordinator.settings";
            description = "The content of the coordinator's TOML file: thresholds, target, limits, retention, dashboard origins, access and receivers of notices; the coordinator checks it when it is built";
          };
          configFile = optional types.path "TOML file in place of settings; if a string names one on the host, the service's user must be able to read it" {
            example = lib.literalExpression "./coordinator.toml";
          };
          openFirewall = mkOption {
            type = types.bool;
            default = false;
            description = "Whether to open the service's port in the firewall";
          };
          user =
            optional types.str
              "User of the service; created if it is `switchyard-coordinator`. Null lets systemd make up a user while it runs"
              { example = "switchyard-coordinator"; };
          group = optional types.str "Group of the service; null is the user's own" { };
          encryptedAdminTokenFile = encrypted "the admin token" "admin-token";
        };

      variables = {
        listen = optional checked.address "Where to listen; port 0 picks a free one" { example = "[::]:8080"; };
        storeFile =
          optional checked.secretPath
            "File with the URL of the database, for example a systemd credential; wins over SWITCHYARD_STORE"
            { example = "/run/secrets/switchyard-store"; };
        advertise =
          optional checked.webAddress
            "Where agents and people reach this coordinator, if several share a store; the others send callers there"
            { example = "https://one.fleet.example.com"; };
        adminTokenFile =
          optional checked.secretPath
            "File with the admin token, for example a systemd credential; wins over SWITCHYARD_ADMIN_TOKEN"
            { example = "/run/secrets/switchyard-admin"; };
        inherit logLevel;
      };
    };
  };
in
declared
