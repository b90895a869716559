# A small stand-in for nixpkgs: real derivations, built by this machine's own shell and Node. What npm would fetch is packed from
# what is installed in the folder `installed`; so nothing but the fetching itself differs from a build with nixpkgs.
{ system ? builtins.currentSystem, node ? "/no/node", path ? "/usr/bin:/bin", installed ? "/no" }:
let
  lib = import ./lib.nix;
  isDarwin = lib.hasSuffix "-darwin" system;

  runCommand = name: { meta ? { }, nativeBuildInputs ? [ ], ... }@attributes: script:
    derivation ({
      inherit name system;
      builder = "/bin/sh";
      args = [ "-euc" script ];
      PATH = lib.concatStringsSep ":" (map (input: "${input}/bin") nativeBuildInputs ++ [ path ]);
    } // removeAttrs attributes [ "meta" "nativeBuildInputs" ]) // { inherit meta; };

  tool = name: derivation { inherit name system; builder = "/bin/sh"; args = [ "-c" "mkdir $out" ]; };

  pkgs = {
    inherit lib runCommand;
    callPackage = file: arguments:
      let function = import file;
      in function (builtins.intersectAttrs (builtins.functionArgs function) pkgs // arguments);
    stdenv = pkgs.stdenvNoCC;
    stdenvNoCC.hostPlatform = {
      inherit isDarwin;
      isLinux = !isDarwin;
      isAarch64 = lib.hasPrefix "aarch64-" system;
      isMusl = false;
    };
    nodejs_24 = runCommand "nodejs-24" { } "mkdir -p $out/bin && ln -s ${node} $out/bin/node";
    cacert = tool "cacert";
    git = tool "git";
    nix = tool "nix";
    openssh = tool "openssh";
    procps = tool "procps";

    # The tarballs that npm-modules.nix asks for, without their fetching. What is optional may not be installed.
    npmModules = lib.mapAttrs
      (path: _: runCommand "packed" { } "tar -czf $out --exclude=node_modules -C ${installed}/${dirOf path} ${baseNameOf path}")
      (lib.filterAttrs (path: _: builtins.pathExists "${installed}/${path}")
        (pkgs.callPackage ../../systemd/nix/npm-modules.nix { }));
  };
in
pkgs
