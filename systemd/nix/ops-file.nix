# The agent's ops as the file that it reads: those of the option `ops`, else the file that `opsFile` names, else null.
{
  lib,
  pkgs,
  cfg,
}:
let
  # The program refuses a key without a value.
  given = lib.mapAttrs (_: lib.filterAttrs (_: value: value != null)) cfg.ops;
  # `kill` and `cancel` belong to the coordinator.
  isName =
    name:
    builtins.match "[A-Za-z0-9][A-Za-z0-9._-]{0,62}" name != null
    && !lib.elem name [
      "cancel"
      "kill"
    ];
  strange = lib.filter (name: !isName name) (lib.attrNames cfg.ops);
in
{
  opsFile =
    if cfg.ops != { } then
      (pkgs.formats.toml { }).generate "switchyard-ops.toml" { ops = given; }
    else
      cfg.opsFile;
  assertions = [
    {
      assertion = cfg.ops == { } || cfg.opsFile == null;
      message = "services.switchyard-agent takes one of ops and opsFile";
    }
    {
      assertion = strange == [ ];
      message = "services.switchyard-agent.ops: ${toString strange} can be no name of an op of your own";
    }
  ];
}
