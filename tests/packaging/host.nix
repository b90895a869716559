# A host's configuration by the real nix-darwin or home-manager where their folders are given, else by the stand-ins.
{
  lib,
  pkgs,
  platform,
  modules,
  nixDarwin ? null,
  homeManager ? null,
}:
let
  # As the platforms do before they build anything.
  checked =
    config:
    let
      failed = lib.filter (one: !one.assertion) config.assertions;
    in
    if failed == [ ] then
      config
    else
      throw "Failed assertions: ${toString (map (one: one.message) failed)}";

  standIn =
    given:
    (lib.evalModules {
      class = platform;
      specialArgs = { inherit pkgs; };
      modules = [
        (import ./platforms.nix { inherit lib; }).${platform}
        given
      ]
      ++ modules;
    }).config;
in
checked
  {
    nixos = standIn { nix.package = pkgs.nix; };

    darwin =
      if nixDarwin == null then
        standIn { }
      else
        (import (nixDarwin + "/eval-config.nix") {
          inherit lib;
          enableNixpkgsReleaseCheck = false;
          specialArgs = { inherit pkgs; };
          modules = [
            {
              nixpkgs = {
                inherit pkgs;
                inherit (pkgs.stdenv) hostPlatform;
              };
              system = {
                stateVersion = 6;
                tools.enable = false;
              };
              documentation.enable = false;
              programs = {
                bash.enable = false;
                zsh.enable = false;
                info.enable = false;
                man.enable = false;
              };
            }
          ]
          ++ modules;
        }).config;

    homeManager =
      let
        home = "/Users/you";
      in
      if homeManager == null then
        standIn (
          { config, ... }:
          {
            home.homeDirectory = home;
            home.profileDirectory =
              if config.submoduleSupport.externalPackageInstall then
                "/etc/profiles/per-user/you"
              else
                "${home}/.nix-profile";
            xdg = lib.mapAttrs (_: lib.mkDefault) {
              cacheHome = "${home}/.cache";
              configHome = "${home}/.config";
              dataHome = "${home}/.local/share";
              stateHome = "${home}/.local/state";
            };
          }
        )
      else
        (import (homeManager + "/modules") {
          inherit lib pkgs;
          configuration = {
            imports = modules;
            # Takes more of nixpkgs than its lib.
            disabledModules = [ "services-modular" ];
            _module.args.pkgs = lib.mkForce pkgs;
            # So do the pages of manuals.
            manual.manpages.enable = false;
            programs.man.enable = false;
            xdg.mime.enable = false;
            home = {
              username = "you";
              homeDirectory = home;
              stateVersion = "25.11";
            };
          };
        }).config;
  }
  .${platform}
