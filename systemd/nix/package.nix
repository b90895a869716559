# { agent, coordinator, cli }: the programs of this source, bundled by scripts/build.ts. `commit` is stamped in; empty if not known.
{ lib, runCommand, nodejs_24, callPackage, commit ? "", npmModules ? callPackage ./npm-modules.nix { } }:
let
  root = ../..;
  manifest = lib.importJSON (root + "/package.json");

  # Nothing else makes another build. (esbuild asks tsconfig.json how strict the code is.)
  parts = [ "agent" "coordinator" "shared" "scripts" "package.json" "tsconfig.json" ];
  source = builtins.path {
    name = "switchyard-source";
    path = root;
    filter = path: _:
      lib.elem (lib.head (lib.splitString "/" (lib.removePrefix "${toString root}/" path))) parts
      && !lib.hasSuffix ".test.ts" path;
  };

  unpack = path: tarball: ''
    mkdir -p ${path}
    tar -xzf ${tarball} -C ${path} --strip-components=1
  '';

  bundles = runCommand "switchyard-bundles-${manifest.version}" { nativeBuildInputs = [ nodejs_24 ]; } ''
    cp -R ${source} source
    chmod -R u+w source
    cd source
    ${lib.concatStrings (lib.mapAttrsToList unpack npmModules)}
    chmod -R u+rwX node_modules
    node scripts/build.ts --out $out --commit '${commit}'
    sed -i '1s|^#!.*|#!${nodejs_24}/bin/node|' $out/*.js
    # As in switchyard-coordinator.service.
    sed -i '1s|$| --initial-old-space-size=64|' $out/coordinator.js
  '';

  # One program each, so that a host has no more than it runs.
  program = { name, bundle, description }:
    runCommand "${name}-${manifest.version}" {
      meta = { inherit description; mainProgram = name; license = lib.licenses.mit; };
    } ''
      mkdir -p $out/bin $out/lib/switchyard
      cp ${bundles}/${bundle} $out/lib/switchyard/${bundle}
      ln -s ../lib/switchyard/${bundle} $out/bin/${name}
    '';
in
{
  agent = program { name = "switchyard-agent"; bundle = "agent.js"; description = "Switchyard's agent"; };
  coordinator = program {
    name = "switchyard-coordinator";
    bundle = "coordinator.js";
    description = "Switchyard's coordinator";
  };
  cli = program { name = "switchyard"; bundle = "switchyard.js"; description = "Switchyard's command line"; };
}
