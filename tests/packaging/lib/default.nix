# A small stand-in for the part of nixpkgs' `lib` that flake, packages and modules use: there is no nixpkgs where the tests run. What it
# leaves out is not there at all, so a module that needs more fails; what it has behaves as nixpkgs does, as far as it goes. The tests
# of the modules run against the real one too where they are given it; see docs/install.md.
let
  inherit (builtins)
    concatStringsSep
    elemAt
    filter
    functionArgs
    genList
    head
    intersectAttrs
    isAttrs
    isFunction
    isList
    isString
    length
    listToAttrs
    map
    match
    replaceStrings
    stringLength
    substring
    ;
  inherit (builtins) attrNames;

  definitions = import ./definitions.nix;
  typed = import ./types.nix { inherit definitions evalModules; };
  evalModules = import ./modules.nix { inherit definitions lib; };

  # As in nixpkgs: adds the two functions with which a caller changes the arguments or the derivation.
  makeOverridable =
    function: arguments:
    let
      result = function arguments;
      changed = change: arguments // (if isFunction change then change arguments else change);
    in
    if !isAttrs result then
      result
    else
      result
      // {
        override = change: makeOverridable function (changed change);
        overrideDerivation = change: result // change result;
      };
  loadPackage = file: if isFunction file then file else import file;
  autoArguments = scope: function: intersectAttrs (functionArgs function) scope;

  nameValuePair = name: value: { inherit name value; };
  filterAttrs =
    keep: set:
    listToAttrs (
      map (name: nameValuePair name set.${name}) (filter (name: keep name set.${name}) (attrNames set))
    );
  mapAttrsToList = change: set: map (name: change name set.${name}) (attrNames set);

  lib = {
    inherit (definitions)
      mkIf
      mkMerge
      mkOverride
      mkDefault
      mkForce
      mkOption
      ;
    inherit (typed) mkOptionType types;
    inherit
      evalModules
      nameValuePair
      filterAttrs
      mapAttrsToList
      makeOverridable
      ;
    inherit (builtins)
      all
      attrNames
      concatMap
      concatStringsSep
      elem
      filter
      foldl'
      head
      isAttrs
      isInt
      isList
      isString
      length
      mapAttrs
      match
      replaceStrings
      ;
    mergeEqualOption =
      path: given: definitions.mergeEqual path (map (definition: definition.value) given);
    callPackageWith =
      scope: file: arguments:
      let
        function = loadPackage file;
      in
      makeOverridable function (autoArguments scope function // arguments);
    callPackagesWith =
      scope: file: arguments:
      let
        function = loadPackage file;
        given = autoArguments scope function // arguments;
      in
      builtins.mapAttrs (name: _: makeOverridable (changed: (function changed).${name}) given) (
        function given
      );
    mkEnableOption =
      name:
      definitions.mkOption {
        type = lib.types.bool;
        default = false;
        description = "Whether to enable ${name}.";
      };
    mkPackageOption =
      packages: name:
      {
        pkgsText ? "pkgs",
        extraDescription ? "",
      }:
      definitions.mkOption {
        type = lib.types.package;
        default = packages.${name};
        defaultText = lib.literalExpression "${pkgsText}.${name}";
        description = "The ${name} package to use. ${extraDescription}";
      };
    # The option of the old name is read where it is defined, and nowhere else.
    mkRenamedOptionModule =
      from: to:
      { config, ... }:
      let
        old = lib.foldl' (set: name: set.${name}) config from;
        nested = path: value: lib.foldl' (inner: name: { ${name} = inner; }) value (lib.reverseList path);
        dotted = concatStringsSep ".";
      in
      {
        options = nested from (
          definitions.mkOption {
            type = lib.types.raw;
            default = null;
          }
        );
        config = definitions.mkIf (old != null) (
          nested to old
          // {
            warnings = [ "The option `${dotted from}' has been renamed to `${dotted to}'." ];
          }
        );
      };
    unique = lib.foldl' (seen: one: if lib.elem one seen then seen else seen ++ [ one ]) [ ];
    reverseList = list: genList (at: elemAt list (length list - 1 - at)) (length list);
    literalExpression = text: {
      _type = "literalExpression";
      inherit text;
    };
    literalMD = text: {
      _type = "literalMD";
      inherit text;
    };
    mapAttrs' = change: set: listToAttrs (mapAttrsToList change set);
    genAttrs = names: value: listToAttrs (map (name: nameValuePair name (value name)) names);
    optional = condition: value: if condition then [ value ] else [ ];
    optionalString = condition: text: if condition then text else "";
    optionalAttrs = condition: set: if condition then set else { };
    concatStrings = concatStringsSep "";
    importJSON = file: builtins.fromJSON (builtins.readFile file);
    last = list: elemAt list (length list - 1);
    take =
      count: list:
      genList (elemAt list) (if count < 0 then 0 else if count < length list then count else length list);
    toList = value: if isList value then value else [ value ];
    lowPrio =
      package:
      package
      // {
        meta = package.meta or { } // {
          priority = 10;
        };
      };
    hasInfix = infix: text: lib.length (builtins.split (lib.escapeRegex infix) text) > 1;
    escapeRegex = replaceStrings (letters "\\[{()^$?*+|.") (
      map (letter: "\\${letter}") (letters "\\[{()^$?*+|.")
    );
    toLower = replaceStrings uppercase lowercase;
    hasPrefix = prefix: text: substring 0 (stringLength prefix) text == prefix;
    hasSuffix =
      suffix: text:
      let
        start = stringLength text - stringLength suffix;
      in
      start >= 0 && substring start (stringLength suffix) text == suffix;
    removePrefix =
      prefix: text:
      if lib.hasPrefix prefix text then
        substring (stringLength prefix) (stringLength text) text
      else
        text;
    splitString = separator: text: filter isString (builtins.split separator text);
    toIntBase10 = text: builtins.fromJSON (head (match "0*([0-9]+)" text));
    toUpper = replaceStrings lowercase uppercase;
    escapeShellArg = text: "'${replaceStrings [ "'" ] [ "'\\''" ] text}'";
    escapeShellArgs = list: concatStringsSep " " (map lib.escapeShellArg list);
    licenses.mit = {
      spdxId = "MIT";
      free = true;
    };
    platforms.linux = [
      "aarch64-linux"
      "x86_64-linux"
    ];
    platforms.darwin = [
      "aarch64-darwin"
      "x86_64-darwin"
    ];
    fetchers.proxyImpureEnvVars = [
      "http_proxy"
      "https_proxy"
    ];
  };

  letters = text: genList (at: substring at 1 text) (stringLength text);
  lowercase = letters "abcdefghijklmnopqrstuvwxyz";
  uppercase = letters "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
in
lib
