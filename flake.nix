{
  description = "Runs operations on a fleet of NixOS and macOS hosts and says truthfully how they ended";

  # For the outputs of each system. The modules build the programs with the packages of the host that uses them.
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;

      # The agent compares this with the commit in the flake.lock of the hosts' configuration. A tree with changes has none.
      commit = self.rev or "";
      programs = pkgs: pkgs.callPackages ./systemd/nix/package.nix { inherit commit; };

      # Releases of nixpkgs differ in the systems that they support.
      eachSystem =
        of:
        lib.genAttrs (lib.filter (system: nixpkgs.legacyPackages ? ${system}) [
          "aarch64-darwin"
          "aarch64-linux"
          "x86_64-darwin"
          "x86_64-linux"
        ]) (system: of nixpkgs.legacyPackages.${system});

      # `key`: imported several times, it counts once. `_class`: the wrong platform refuses it by name.
      moduleOf =
        {
          class,
          output,
          imports,
        }:
        {
          _class = class;
          _file = "${toString ./flake.nix}#${output}";
          key = "${toString ./flake.nix}#${output}";
          inherit imports;
        };
      serviceOf =
        {
          class,
          output,
          file,
          program,
        }:
        moduleOf {
          inherit class output;
          imports = [
            file
            ({ lib, pkgs, ... }: {
              services."switchyard-${program}".package = lib.mkDefault (programs pkgs).${program};
            })
          ];
        };
      nixosModules = rec {
        agent = serviceOf {
          class = "nixos";
          output = "nixosModules.agent";
          file = ./systemd/nix/nixos-agent.nix;
          program = "agent";
        };
        coordinator = serviceOf {
          class = "nixos";
          output = "nixosModules.coordinator";
          file = ./systemd/nix/nixos-coordinator.nix;
          program = "coordinator";
        };
        default = moduleOf {
          class = "nixos";
          output = "nixosModules.default";
          imports = [
            agent
            coordinator
          ];
        };
      };
    in
    {
      packages = eachSystem (
        pkgs:
        let
          built = programs pkgs;
        in
        built // { default = built.cli; }
      );

      overlays.default =
        final: prev:
        let
          built = programs final;
        in
        {
          switchyard = built.cli;
          switchyard-agent = built.agent;
          switchyard-coordinator = built.coordinator;
        };

      inherit nixosModules;

      darwinModules = rec {
        agent = serviceOf {
          class = "darwin";
          output = "darwinModules.agent";
          file = ./systemd/nix/darwin-agent.nix;
          program = "agent";
        };
        default = agent;
      };

      homeModules = rec {
        agent = serviceOf {
          class = "homeManager";
          output = "homeModules.agent";
          file = ./systemd/nix/home-manager-agent.nix;
          program = "agent";
        };
        default = agent;
      };

      checks = eachSystem (
        pkgs:
        programs pkgs
        // lib.optionalAttrs pkgs.stdenv.hostPlatform.isLinux {
          nixos = pkgs.testers.runNixOSTest (import ./tests/packaging/nixos-test.nix nixosModules);
        }
      );

      formatter = eachSystem (pkgs: pkgs.nixfmt-tree);
    };
}
