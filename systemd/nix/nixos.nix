# Common parts of both services of a NixOS host.
{ lib, config }:
let
  # systemd looks for specifiers in most values that it reads.
  escape = lib.replaceStrings [ "%" ] [ "%%" ];
  # Includes the certificates that an operator adds with security.pki.
  certificates = "/etc/ssl/certs/ca-certificates.crt";
in
rec {
  variables = import ./environment.nix { inherit lib escape; };

  # Settings that an operator may override, like anything in a unit, without mkForce.
  defaults = lib.mapAttrs (_: lib.mkDefault);

  # The host's proxy and trusted certificates: a service gets none of what a login gets. nixpkgs' Nix, git and curl read the first
  # certificate variable, Node the second.
  hostEnvironment = defaults (
    lib.mapAttrs (_: escape) config.networking.proxy.envVars
    // {
      NIX_SSL_CERT_FILE = certificates;
      NODE_EXTRA_CA_CERTS = certificates;
    }
  );

  # Lists, so that an operator's entries are added and replace none.
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
