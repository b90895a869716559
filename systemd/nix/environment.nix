# The environment variables of the options: SWITCHYARD_REPO_URL for repoUrl, and so on; nulls are left out. `escape` does to a
# value what the service manager needs.
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
  # A path literal becomes its path in the store.
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
