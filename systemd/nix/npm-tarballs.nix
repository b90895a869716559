# { folder, unpack }: the npm packages that a build on this platform uses, as package-lock.json names them. `folder` is one
# fixed-output derivation with a tarball of each; `unpack` is what puts them in their places below node_modules.
#
# The lock file holds the hash of each package and no address (by choice, see CONTRIBUTING.md), which rules out fetchNpmDeps and
# importNpmLock: both ask for addresses. So npm itself, which knows where its registry is, brings the tarballs, and Nix holds the
# folder against the hash in npm-tarballs.json (`node scripts/npm-tarballs.ts` writes it). Tarballs, since what npm unpacks is laid
# out in another way by each version of npm. NPM_CONFIG_REGISTRY in the Nix daemon's environment names another registry,
# NODE_EXTRA_CA_CERTS its certificates.
{
  lib,
  stdenvNoCC,
  runCommand,
  nodejs_24,
  cacert,
}:
let
  # A build has only the certificates that it brings: stdenv points both variables at a missing file.
  certificates = "${cacert}/etc/ssl/certs/ca-bundle.crt";

  lock = lib.importJSON ../../package-lock.json;
  hashes = lib.importJSON ./npm-tarballs.json;

  # The bundles are the same on every platform; the building platform counts.
  inherit (stdenvNoCC) buildPlatform;
  inherit (buildPlatform) system;
  os = if buildPlatform.isDarwin then "darwin" else "linux";
  cpu = if buildPlatform.isAarch64 then "arm64" else "x64";
  # The binaries for both C libraries are included, so that musl needs no hashes of its own.
  fits = module: lib.elem os (module.os or [ os ]) && lib.elem cpu (module.cpu or [ cpu ]);

  nameOf = path: module: module.name or (lib.last (builtins.match "(.*/)?node_modules/(.+)" path));

  # Large, and useless for a build: Node comes from Nix, and nothing is checked, linted or tested here.
  isNeeded =
    path: module:
    module ? integrity
    && fits module
    &&
      builtins.match "node|typescript|axe-core|playwright-core|@(biomejs|types|typescript)/.+" (
        nameOf path module
      ) == null;

  modules = lib.mapAttrs (path: module: {
    inherit (module) integrity;
    spec = "${nameOf path module}@${module.version}";
    # npm's name for it.
    file = "${lib.replaceStrings [ "@" "/" ] [ "" "-" ] (nameOf path module)}-${module.version}.tgz";
  }) (lib.filterAttrs isNeeded lock.packages);

  # Each once, even if it stands in several places.
  tarballs = lib.mapAttrs' (
    _: module: lib.nameValuePair module.spec { inherit (module) file integrity; }
  ) modules;
  specs = builtins.attrNames tarballs;
in
{
  inherit tarballs;

  # The name changes with the list, so that a store with the old folder does not pass it off as the new one.
  folder =
    runCommand
      "switchyard-npm-${
        builtins.substring 0 12 (builtins.hashString "sha256" (builtins.toJSON tarballs))
      }"
      {
        nativeBuildInputs = [ nodejs_24 ];
        outputHashMode = "recursive";
        outputHash =
          hashes.${system}
            or (throw "Switchyard is built on ${toString (builtins.attrNames hashes)}, not on ${system}");
        impureEnvVars = lib.fetchers.proxyImpureEnvVars ++ [
          "NODE_EXTRA_CA_CERTS"
          "NPM_CONFIG_REGISTRY"
        ];
      }
      ''
        export HOME=$TMPDIR SSL_CERT_FILE=${certificates} NIX_SSL_CERT_FILE=${certificates}
        export NODE_EXTRA_CA_CERTS=''${NODE_EXTRA_CA_CERTS:-${certificates}}
        mkdir $out
        npm pack --loglevel=error --no-update-notifier --pack-destination $out ${lib.escapeShellArgs specs} >/dev/null
      '';

  unpack =
    folder:
    lib.concatStrings (
      lib.mapAttrsToList (path: module: ''
        mkdir -p ${path}
        tar -xzf ${folder}/${module.file} -C ${path} --strip-components=1
      '') modules
    );
}
