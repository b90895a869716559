# The types of the modules' options, described in words. They refuse what the program refuses, and what must not stand in the
# store; tests/packaging/option-values.ts enforces both.
{ lib }:
let
  inherit (lib) types;

  secrets = import ./secrets.nix { inherit lib; };

  text = description: check: types.addCheck types.str check // { inherit description; };
  matches = pattern: value: builtins.match pattern value != null;

  name = text "letters, digits, \".\", \"_\" and \"-\", starting with a letter or digit, at most 63" (
    matches "[A-Za-z0-9][A-Za-z0-9._-]{0,62}"
  );
  path = text "absolute path" (matches "/.+");
  folder = text "path below the repository's own folder" (
    value:
    matches "[^/[:cntrl:]][^[:cntrl:]]*" value
    && matches ".*[^[:space:]].*" value
    && !lib.elem ".." (lib.splitString "/" value)
  );
  secretPath = text "absolute path outside of the Nix store, which everyone can read" (
    value: matches "/.+" value && !secrets.isInStore value
  );
  # Values that git would not take for an option.
  isReference = matches "[^[:space:]-][^[:space:]]*";
  reference = text "word that does not start with \"-\"" isReference;
  remote = text "git URL or path, without a password, token or query" (
    value:
    isReference value
    && !secrets.isInRemote value
    && (
      !matches "[Hh][Tt][Tt][Pp][Ss]?://.*" value
      || matches "[A-Za-z]+://${host}(:${port})?(/[^?#]*)?" value
    )
  );

  witness = text "host:port or http(s) URL without credentials" (
    matches "https?://[^[:space:],@]+|([A-Za-z0-9._-]+|\\[[0-9a-fA-F:]+]):[0-9]{1,5}"
  );

  step = types.addCheck (types.nonEmptyListOf types.str) (step: lib.head step != "") // {
    description = "program with its arguments";
  };

  port = "([0-9]{1,4}|[0-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])";
  ipv4 = "((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\\.){3}(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])";
  host = "(${ipv4}|([A-Za-z0-9_-]+\\.)*[A-Za-z0-9_-]*[A-Za-z_-][A-Za-z0-9_-]*\\.?|\\[[0-9A-Fa-f:.]+])";
  coordinator = "wss?://${host}(:${port})?(/[^@?#,[:space:]]*)?";
  url = text "ws:// or wss:// URL without credentials, query or fragment" (
    matches "${coordinator}(, *${coordinator})*"
  );
  webAddress = text "http:// or https:// URL without credentials, query or fragment" (
    matches "https?://${host}(:${port})?(/[^@?#[:space:]]*)?"
  );
  address = text "HOST:PORT, an IPv6 address in brackets" (
    matches "([^][:space:]/:[]+|\\[[0-9A-Fa-f:.]+]):${port}"
  );
in
{
  inherit
    address
    folder
    matches
    name
    path
    reference
    remote
    secretPath
    step
    text
    url
    webAddress
    witness
    ;
}
