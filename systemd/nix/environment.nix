# The environment that options stand for: SWITCHYARD_REPO_URL for repoUrl, and so on; what is null is left out.
# `escape` is what the service manager needs done to a value.
{
  lib,
  escape ? (value: value),
}:
values:
let
  # "repoUrl" splits into "repo", ["U"], "rl".
  snake =
    name:
    lib.concatStrings (
      map (part: if lib.isList part then "_${lib.head part}" else part) (builtins.split "([A-Z])" name)
    );
  # A path literal is named by its place in the store.
  text =
    value:
    if lib.isList value then
      lib.concatStringsSep "," value
    else if lib.isInt value then
      toString value
    else
      "${value}";
in
lib.mapAttrs' (
  name: value: lib.nameValuePair "SWITCHYARD_${lib.toUpper (snake name)}" (escape (text value))
) (lib.filterAttrs (_: value: value != null) values)
