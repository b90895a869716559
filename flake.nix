{
  description = "Runs operations on a fleet of NixOS and macOS hosts and says truthfully how they ended";

  # For the packages below alone. The modules build the programs with the packages of the host that uses them.
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs = { self, nixpkgs }:
    let
      # What the agent compares with the commit in the flake.lock of the hosts' configuration. A tree with changes has none.
      commit = self.rev or "";
      programs = pkgs: pkgs.callPackage ./systemd/nix/package.nix { inherit commit; };

      moduleOf = file: name: { lib, pkgs, ... }: {
        imports = [ file ];
        services."switchyard-${name}".package = lib.mkDefault (programs pkgs).${name};
      };
      systems = [ "aarch64-darwin" "aarch64-linux" "x86_64-darwin" "x86_64-linux" ];
    in
    {
      packages = nixpkgs.lib.genAttrs systems (system:
        let built = programs nixpkgs.legacyPackages.${system};
        in { inherit (built) agent coordinator cli; default = built.cli; });

      nixosModules.agent = moduleOf ./systemd/nix/nixos-agent.nix "agent";
      nixosModules.coordinator = moduleOf ./systemd/nix/nixos-coordinator.nix "coordinator";
      darwinModules.agent = moduleOf ./systemd/nix/darwin-agent.nix "agent";
      homeManagerModules.agent = moduleOf ./systemd/nix/home-manager-agent.nix "agent";
    };
}
