# { agent, coordinator, cli }: the programs of this source, bundled by scripts/build.ts, for `callPackages`. `commit` is stamped
# in; empty if unknown.
{
  lib,
  runCommand,
  nodejs-slim_24,
  callPackage,
  commit ? "",
  npmTarballs ? callPackage ./npm-tarballs.nix { },
}:
let
  root = ../..;
  inherit (lib.importJSON (root + "/package.json")) version;

  # Only these files affect the build. (The bundler asks tsconfig.json how strict the code is.)
  parts = [
    "LICENSE" # the text for packages that bring none
    "agent"
    "coordinator"
    "shared"
    "scripts"
    "package.json"
    "tsconfig.json"
  ];
  source = builtins.path {
    name = "switchyard-source";
    path = root;
    filter =
      path: _:
      lib.elem (lib.head (lib.splitString "/" (lib.removePrefix "${toString root}/" path))) parts
      && !lib.hasSuffix ".test.ts" path;
  };

  bundles =
    runCommand "switchyard-bundles-${version}"
      {
        pname = "switchyard-bundles";
        inherit version;
        nativeBuildInputs = [ nodejs-slim_24 ];
      }
      ''
        cp -R ${source} source
        chmod -R u+w source
        cd source
        ${npmTarballs.unpack npmTarballs.folder}
        chmod -R u+rwX node_modules
        node scripts/build.ts --out $out --commit '${commit}'
        sed -i '1s|^#!.*|#!${nodejs-slim_24}/bin/node|' $out/*.js
        # As in switchyard-coordinator.service.
        sed -i '1s|$| --initial-old-space-size=64|' $out/coordinator.js
      '';

  # One program each, so that a host has only the one that it runs.
  program =
    {
      pname,
      bundle,
      description,
    }:
    runCommand "${pname}-${version}"
      {
        inherit pname version;
        meta = {
          inherit description;
          mainProgram = pname;
          license = lib.licenses.mit;
          platforms = lib.platforms.linux ++ lib.platforms.darwin;
        };
      }
      ''
        mkdir -p $out/bin $out/lib/switchyard
        cp ${bundles}/${bundle} $out/lib/switchyard/${bundle}
        ln -s ../lib/switchyard/${bundle} $out/bin/${pname}
      '';
in
{
  agent = program {
    pname = "switchyard-agent";
    bundle = "agent.js";
    description = "Runs the operations that a Switchyard coordinator dispatches to this host";
  };
  coordinator = program {
    pname = "switchyard-coordinator";
    bundle = "coordinator.js";
    description = "Dispatches operations to a fleet of hosts and keeps the one record of how each ended";
  };
  cli = program {
    pname = "switchyard";
    bundle = "switchyard.js";
    description = "Command line of a Switchyard coordinator";
  };
}
