# nixpkgs.lib.nixosSystem, as far as an operator's flake asks it: the modules over the stand-in for NixOS, and a system that holds the
# units and has the programs in sw/bin.
{ lib, legacyPackages }:
{
  system,
  modules,
  specialArgs ? { },
}:
let
  pkgs = legacyPackages.${system};
  evaluated = lib.evalModules {
    class = "nixos";
    specialArgs = specialArgs // {
      inherit pkgs;
    };
    modules = [
      (import ./platforms.nix { inherit lib; }).nixos
      { nix.package = pkgs.nix; }
    ]
    ++ modules;
  };
  inherit (evaluated) config;
  failed = lib.filter (one: !one.assertion) config.assertions;
  toplevel = pkgs.runCommand "nixos-system" { units = builtins.toJSON config.systemd.services; } ''
    mkdir -p $out/sw/bin
    printf %s "$units" > $out/units.json
    ${lib.concatStrings (
      map (package: ''
        for program in ${package}/bin/*; do [ ! -e "$program" ] || ln -sf "$program" $out/sw/bin/; done
      '') config.environment.systemPackages
    )}
  '';
in
evaluated
// {
  config = config // {
    system.build.toplevel =
      if failed == [ ] then toplevel else throw (toString (map (one: one.message) failed));
  };
}
