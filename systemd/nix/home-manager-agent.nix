# services.switchyard-agent in one user's home: a systemd user service on Linux, a launchd agent on macOS.
# Both name the agent and its tools through links that stay the same when a switch brings new ones, so that an activation has no
# reason to restart it; the agent restarts itself when the switch has ended.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.switchyard-agent;
  options = (import ./options.nix { inherit lib pkgs; }).agent;
  ops = import ./ops-file.nix { inherit lib pkgs cfg; };
  inherit (pkgs.stdenv.hostPlatform) isDarwin isLinux;
  home = config.home.homeDirectory;

  # Where home.packages are, however home-manager is installed: a link that each activation updates.
  packages = "${config.home.profileDirectory}/bin";
  program = "${packages}/switchyard-agent";

  environmentWith =
    escape:
    import ./environment.nix { inherit lib escape; } (
      builtins.intersectAttrs options.variables cfg
      // {
        inherit (ops) opsFile;
        stateDir = "${config.xdg.stateHome}/switchyard-agent";
      }
    )
    # As in the user's sessions: home-manager and Nix keep their profiles in the state folder.
    // lib.mapAttrs (_: escape) (
      lib.optionalAttrs config.xdg.enable {
        XDG_CACHE_HOME = config.xdg.cacheHome;
        XDG_CONFIG_HOME = config.xdg.configHome;
        XDG_DATA_HOME = config.xdg.dataHome;
        XDG_STATE_HOME = config.xdg.stateHome;
      }
    )
    // {
      PATH = lib.concatStringsSep ":" (
        lib.unique [
          packages
          "${home}/.nix-profile/bin"
          "/nix/var/nix/profiles/default/bin"
          "/run/current-system/sw/bin"
          "/usr/bin"
          "/bin"
          "/usr/sbin"
          "/sbin"
        ]
      );
    }
    // lib.mapAttrs (_: escape) cfg.extraEnvironment;
in
{
  _class = "homeManager";

  options.services.switchyard-agent = options.service // options.variables;

  config = lib.mkIf cfg.enable {
    assertions = ops.assertions ++ [
      {
        assertion = (cfg.tokenFile != null) != (cfg.enrolTokenFile != null);
        message = "services.switchyard-agent takes one of tokenFile and enrolTokenFile";
      }
      {
        assertion = config.submoduleSupport.enable -> cfg.platform == "custom";
        message = "services.switchyard-agent: this home is part of its host's configuration and is switched with it, so the agent belongs there (nixosModules.agent, darwinModules.agent); with platform = \"custom\" one of this home runs ops of its own";
      }
    ];
    services.switchyard-agent = {
      platform = lib.mkDefault "home-manager";
      installedPath = lib.mkDefault program;
    };

    # The user's own settings win. Nix itself and ssh are there already, in the folders of PATH above.
    home.packages = [
      cfg.package
    ]
    ++ map lib.lowPrio (
      [ pkgs.git ]
      ++ lib.optional isLinux pkgs.procps
      ++ lib.optional (cfg.trustedSigners != null) pkgs.gnupg
      ++ cfg.extraPackages
    );

    systemd.user.services = lib.mkIf isLinux {
      switchyard-agent = {
        Unit = {
          Description = "Switchyard agent";
          StartLimitIntervalSec = lib.mkDefault 0;
          # For sd-switch, which home-manager's activation uses.
          X-SwitchMethod = "keep-old";
        };
        Service = {
          ExecStart = program;
          Environment = lib.mapAttrsToList (variable: value: builtins.toJSON "${variable}=${value}") (
            environmentWith (lib.replaceStrings [ "%" ] [ "%%" ])
          );
        }
        // lib.mapAttrs (_: lib.mkDefault) {
          KillMode = "process";
          OOMPolicy = "continue";
          Restart = "always";
          RestartSec = 1;
          RestartForceExitStatus = 101;
          SuccessExitStatus = 101;
          TimeoutStopSec = 10;
        };
        Install.WantedBy = [ "default.target" ];
      };
    };

    launchd.agents = lib.mkIf isDarwin {
      switchyard-agent = {
        enable = true;
        config = {
          ProgramArguments = [ program ];
        }
        // import ./launchd.nix {
          inherit lib;
          log = "${home}/Library/Logs/switchyard-agent.log";
          environment = environmentWith (value: value);
        };
      };
    };
  };
}
