# What both services of a NixOS host have in common.
{ lib, config }:
let
  # systemd looks for specifiers in most of what it reads.
  escape = lib.replaceStrings [ "%" ] [ "%%" ];
  # Also of what an operator adds by security.pki.
  certificates = "/etc/ssl/certs/ca-certificates.crt";
in
rec {
  variables = import ./environment.nix { inherit lib escape; };

  # Settings that an operator may set otherwise, as anything in a unit, without mkForce.
  defaults = lib.mapAttrs (_: lib.mkDefault);

  # The host's way out and whom it trusts: a service has none of what a login gets. Nix, git and curl of nixpkgs read the first of
  # the certificates, Node the second.
  hostEnvironment = defaults (
    lib.mapAttrs (_: escape) config.networking.proxy.envVars
    // {
      NIX_SSL_CERT_FILE = certificates;
      NODE_EXTRA_CA_CERTS = certificates;
    }
  );

  # Lists, so that one more is added to them and takes the place of none.
  credentials =
    name:
    {
      plain ? null,
      encrypted ? null,
    }:
    lib.optionalAttrs (plain != null) { LoadCredential = [ "${name}:${escape "${plain}"}" ]; }
    // lib.optionalAttrs (encrypted != null) {
      LoadCredentialEncrypted = [ "${name}:${escape "${encrypted}"}" ];
    };

  extraEnvironment = lib.mapAttrs (_: value: lib.mkOverride 90 (escape value));
}
