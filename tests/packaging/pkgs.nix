# A small stand-in for nixpkgs: real derivations, built by this machine's own shell, Node and npm. What npm brings comes out of the
# machine's own cache where `npm ci` left it; everything else is as in a build with nixpkgs, the hash of what was brought too.
#
# `installed` is a checkout with node_modules; `npm` a command.
{
  system ? builtins.currentSystem,
  lib ? import ./lib,
  node ? "/no/node",
  npm ? "/no/npm",
  path ? "/usr/bin:/bin",
  installed ? "/no",
  # Where another platform's programs are built.
  buildSystem ? system,
}:
let
  platformOf = system: {
    inherit system;
    isDarwin = lib.hasSuffix "-darwin" system;
    isLinux = lib.hasSuffix "-linux" system;
    isAarch64 = lib.hasPrefix "aarch64-" system;
    canExecute = other: other.system == system;
  };

  runCommand =
    name:
    {
      meta ? { },
      nativeBuildInputs ? [ ],
      ...
    }@attributes:
    script:
    derivation (
      {
        inherit name;
        system = buildSystem;
        builder = "/bin/sh";
        args = [
          "-euc"
          script
        ];
        PATH = lib.concatStringsSep ":" (map (input: "${input}/bin") nativeBuildInputs ++ [ path ]);
        # As stdenv has it.
        SSL_CERT_FILE = "/no-cert-file.crt";
        NIX_SSL_CERT_FILE = "/no-cert-file.crt";
      }
      // removeAttrs attributes [
        "meta"
        "nativeBuildInputs"
      ]
    )
    // {
      inherit meta;
    };

  tool =
    name:
    runCommand name {
      version = "1";
      meta.mainProgram = name;
    } "mkdir $out";
  links =
    programs:
    "mkdir -p $out/bin\n"
    + lib.concatStrings (lib.mapAttrsToList (name: to: "ln -s ${to} $out/bin/${name}\n") programs);

  tomlValue =
    lib.types.oneOf (
      with lib.types;
      [
        bool
        int
        float
        str
        lib.types.path
        (attrsOf tomlValue)
        (listOf tomlValue)
      ]
    )
    // {
      description = "TOML value";
    };

  # Nobody can start a virtual machine here: what the test would start is evaluated, and its script is read.
  vmTest =
    test:
    let
      node =
        module:
        (lib.evalModules {
          class = "nixos";
          specialArgs = { inherit pkgs; };
          modules = [
            (import ./platforms.nix { inherit lib; }).nixos
            { nix.package = pkgs.nix; }
            module
          ];
        }).config.systemd.services;
    in
    runCommand "vm-test-run-${test.name}"
      {
        nodes = builtins.toJSON (lib.mapAttrs (_: node) test.nodes);
        inherit (test) testScript;
      }
      ''
        printf %s "$testScript" > script.py
        if command -v python3; then python3 -c 'compile(open("script.py").read(), "script.py", "exec")'; fi
        printf %s "$nodes" > $out
      '';

  pkgs = {
    inherit lib runCommand;
    callPackage = lib.callPackageWith pkgs;
    callPackages = lib.callPackagesWith pkgs;
    stdenv = pkgs.stdenvNoCC;
    stdenvNoCC.hostPlatform = platformOf system;
    stdenvNoCC.buildPlatform = platformOf buildSystem;
    # The whole has npm. The slim one is what a host keeps: a file of the store as the real one, since a unit of systemd sees neither
    # /tmp nor the homes, in one of which this checkout may be.
    nodejs_24 = runCommand "nodejs-24" { } (links {
      inherit node npm;
    });
    nodejs-slim_24 = runCommand "nodejs-slim-24" { } "install -D ${node} $out/bin/node";
    # Those beside TOML are for modules of home-manager that nobody here enables.
    formats =
      lib.genAttrs
        [
          "ini"
          "iniWithGlobalSection"
          "javaProperties"
          "json"
          "keyValue"
          "xml"
          "yaml"
        ]
        (
          _: _: {
            type = tomlValue;
            lib.types.atom = tomlValue;
          }
        )
      // {
        toml = { }: {
          type = tomlValue;
          generate =
            name: value:
            runCommand name
              {
                json = builtins.toJSON value;
                nativeBuildInputs = [ pkgs.nodejs-slim_24 ];
              }
              ''
                node --input-type=module --eval '
                  import { stringify } from "${installed}/node_modules/smol-toml/dist/index.js";
                  console.log(stringify(JSON.parse(process.env.json)));
                ' > $out
              '';
        };
      };
    writeTextFile = { name, text, ... }: runCommand name { inherit text; } "printf %s \"$text\" > $out";
    testers.runNixOSTest = vmTest;
    # Packages that run on the building machine; one Node runs everywhere here.
    buildPackages = pkgs;
    # home-manager takes two of nixpkgs' modules from here.
    path = ./nixpkgs;
  }
  // lib.genAttrs [
    "cacert"
    "curl"
    "git"
    "glibcLocales"
    "nix"
    "nix-info"
    "nixfmt-tree"
    "gnupg"
    "openssh"
    "procps"
  ] tool;
in
pkgs
