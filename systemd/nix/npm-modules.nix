# The npm packages that package-lock.json names, as { "node_modules/NAME" = TARBALL; }: those that a build on this host uses.
#
# The lock file holds the hash of each package and no address (by choice, see CONTRIBUTING.md), which rules out fetchNpmDeps and
# importNpmLock: both ask for addresses. So npm itself, which knows where its registry is, brings each tarball, and Nix checks it
# against that hash. NPM_CONFIG_REGISTRY in the Nix daemon's environment names another registry, NODE_EXTRA_CA_CERTS its
# certificates.
{ lib, stdenvNoCC, runCommand, nodejs_24, cacert }:
let
  # A build has no certificates but those it brings: stdenv points both variables at a file that does not exist.
  certificates = "${cacert}/etc/ssl/certs/ca-bundle.crt";

  lock = lib.importJSON ../../package-lock.json;
  inherit (stdenvNoCC) hostPlatform;
  os = if hostPlatform.isDarwin then "darwin" else "linux";
  cpu = if hostPlatform.isAarch64 then "arm64" else "x64";
  libc = if hostPlatform.isMusl then "musl" else "glibc";

  fits = module:
    lib.elem os (module.os or [ os ])
    && lib.elem cpu (module.cpu or [ cpu ])
    && (os != "linux" || lib.elem libc (module.libc or [ libc ]));

  nameOf = path: module: module.name or (lib.last (builtins.match "(.*/)?node_modules/(.+)" path));

  # Large, and of no use to a build: Node comes from Nix, and nothing is checked, linted or tested here.
  isNeeded = path: module:
    module ? integrity
    && fits module
    && builtins.match "node|typescript|axe-core|playwright-core|@(biomejs|types|typescript)/.+" (nameOf path module) == null;

  tarball = path: module:
    let name = nameOf path module;
    in runCommand "${baseNameOf name}-${module.version}.tgz" {
      nativeBuildInputs = [ nodejs_24 ];
      outputHashMode = "flat";
      outputHash = module.integrity;
      impureEnvVars = lib.fetchers.proxyImpureEnvVars ++ [ "NODE_EXTRA_CA_CERTS" "NPM_CONFIG_REGISTRY" ];
    } ''
      export HOME=$TMPDIR SSL_CERT_FILE=${certificates} NIX_SSL_CERT_FILE=${certificates}
      export NODE_EXTRA_CA_CERTS=''${NODE_EXTRA_CA_CERTS:-${certificates}}
      npm pack --silent --no-update-notifier ${lib.escapeShellArg "${name}@${module.version}"}
      mv *.tgz $out
    '';
in
lib.mapAttrs tarball (lib.filterAttrs isNeeded lock.packages)
