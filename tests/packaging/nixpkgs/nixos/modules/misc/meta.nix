{ lib, ... }:
{
  options.meta.maintainers = lib.mkOption {
    type = lib.types.listOf lib.types.unspecified;
    default = [ ];
  };
  options.meta.doc = lib.mkOption {
    type = lib.types.unspecified;
    default = null;
  };
  options.meta.buildDocsInSandbox = lib.mkOption {
    type = lib.types.bool;
    default = true;
  };
}
