# A small stand-in for the part of nixpkgs' `lib` that the modules use: there is no nixpkgs where the tests run. What it leaves out is
# not there at all, so a module that needs more fails; what it has behaves as nixpkgs does, as far as it goes.
let
  inherit (builtins) all attrNames concatMap concatStringsSep elem elemAt filter foldl' genList head isAttrs isBool isFunction
    isInt isList isPath isString length listToAttrs map match removeAttrs replaceStrings stringLength substring;

  fail = path: text: throw "The option `${concatStringsSep "." path}' ${text}";
  show = value: if isFunction value then "a function" else builtins.toJSON value;

  mkIf = condition: content: { _type = "if"; inherit condition content; };
  mkMerge = contents: { _type = "merge"; inherit contents; };
  mkOverride = priority: content: { _type = "override"; inherit priority content; };
  mkDefault = mkOverride 1000;
  mkForce = mkOverride 50;
  mkOption = attributes: attributes // { _type = "option"; };
  isType = type: value: isAttrs value && value._type or null == type;

  # mkIf and mkMerge around a set move to its attributes, so that its names are known before any condition is.
  push = value:
    if isType "merge" value then concatMap push value.contents
    else if isType "if" value then map (builtins.mapAttrs (_: mkIf value.condition)) (push value.content)
    else [ value ];

  # The definitions in a value, each { priority, value }.
  discharge = value:
    if isType "merge" value then concatMap discharge value.contents
    else if isType "if" value then (if value.condition then discharge value.content else [ ])
    else if isType "override" value then [ { inherit (value) priority; value = value.content; } ]
    else [ { priority = 100; inherit value; } ];

  strongest = definitions:
    let best = foldl' (low: { priority, ... }: if priority < low then priority else low) 9999 definitions;
    in map (definition: definition.value) (filter (definition: definition.priority == best) definitions);

  mergeOption = path: option: values:
    let
      default = if option ? default then [ { priority = 1500; value = option.default; } ] else [ ];
      given = strongest (concatMap discharge values ++ default);
    in
    if given == [ ] then fail path "is used but not defined" else mergeType path option.type given;

  mergeType = path: type: values:
    let wrong = filter (value: !type.check value) values;
    in if wrong != [ ] then fail path "takes ${type.description}, not ${show (head wrong)}" else type.merge path values;

  mergeEqual = path: values:
    if all (value: value == head values) values then head values else fail path "has conflicting definitions";

  plain = description: check: { inherit description check; merge = mergeEqual; };

  allNames = sets: attrNames (foldl' (all: set: all // set) { } sets);

  types = rec {
    str = plain "string" isString;
    bool = plain "boolean" isBool;
    int = plain "signed integer" isInt;
    path = plain "path" (value: isPath value || (isString value && substring 0 1 value == "/"));
    package = plain "package" (value: isAttrs value && value.type or null == "derivation");
    ints.between = low: high: plain "integer between ${toString low} and ${toString high} (both inclusive)"
      (value: isInt value && value >= low && value <= high);
    enum = words: plain "one of ${concatStringsSep ", " (map show words)}" (value: elem value words) // { inherit words; };
    strMatching = pattern: plain "string matching the pattern ${pattern}"
      (value: isString value && match pattern value != null);
    addCheck = type: check: type // { check = value: type.check value && check value; };
    either = one: other: plain "${one.description} or ${other.description}" (value: one.check value || other.check value);
    nullOr = type: type // {
      description = "null or ${type.description}";
      check = value: value == null || type.check value;
      merge = path: values: if elem null values then mergeEqual path values else type.merge path values;
    };
    listOf = type: {
      description = "list of ${type.description}";
      check = isList;
      merge = path: values: map (value: mergeType path type [ value ]) (concatMap (list: list) values);
    };
    attrsOf = type: {
      description = "attribute set of ${type.description}";
      check = isAttrs;
      merge = path: values:
        let
          sets = concatMap push values;
          definitions = name: concatMap (set: if set ? ${name} then discharge set.${name} else [ ]) sets;
          given = filter (name: definitions name != [ ]) (allNames sets);
        in
        listToAttrs (map (name: nameValuePair name (mergeType (path ++ [ name ]) type (strongest (definitions name)))) given);
    };
    submodule = module: {
      description = "submodule";
      check = isAttrs;
      merge = path: values: (evalModules { modules = [ module ] ++ map (config: { inherit config; }) values; prefix = path; }).config;
    };
  };

  evalModules = { modules, specialArgs ? { }, prefix ? [ ] }:
    let
      arguments = specialArgs // { inherit config lib; };
      collect = module:
        let
          loaded = if isPath module || isString module then import module else module;
          set = if isFunction loaded then loaded arguments else loaded;
          whole = set ? config || set ? options;
        in
        concatMap collect (set.imports or [ ]) ++ [
          {
            options = set.options or { };
            config = if whole then set.config or { } else removeAttrs set [ "imports" ];
          }
        ];
      all = concatMap collect modules;

      declare = path: trees:
        listToAttrs (map
          (name:
            let here = concatMap (tree: if tree ? ${name} then [ tree.${name} ] else [ ]) trees;
            in nameValuePair name (
              if !(builtins.any (isType "option") here) then declare (path ++ [ name ]) here
              else if length here == 1 then head here
              else fail (path ++ [ name ]) "is declared twice"))
          (allNames trees));

      evaluate = path: tree: definitions:
        if isType "option" tree then mergeOption path tree definitions
        else
          let
            sets = concatMap push definitions;
            unknown = filter (name: !tree ? ${name}) (allNames sets);
          in
          if unknown != [ ] then fail (path ++ [ (head unknown) ]) "does not exist"
          else builtins.mapAttrs
            (name: subtree: evaluate (path ++ [ name ]) subtree
              (concatMap (set: if set ? ${name} then [ set.${name} ] else [ ]) sets))
            tree;

      options = declare prefix (map (module: module.options) all);
      config = evaluate prefix options (map (module: module.config) all);
    in
    { inherit options config; };

  nameValuePair = name: value: { inherit name value; };
  filterAttrs = keep: set:
    listToAttrs (map (name: nameValuePair name set.${name}) (filter (name: keep name set.${name}) (attrNames set)));
  mapAttrsToList = change: set: map (name: change name set.${name}) (attrNames set);

  lib = {
    inherit evalModules mkIf mkMerge mkDefault mkForce mkOption types nameValuePair filterAttrs mapAttrsToList;
    inherit (builtins) concatStringsSep elem head isInt isList mapAttrs replaceStrings;
    mkEnableOption = name: mkOption { type = types.bool; default = false; description = "Whether to enable ${name}."; };
    literalExpression = text: { _type = "literalExpression"; inherit text; };
    literalMD = text: { _type = "literalMD"; inherit text; };
    mapAttrs' = change: set: listToAttrs (mapAttrsToList change set);
    genAttrs = names: value: listToAttrs (map (name: nameValuePair name (value name)) names);
    optional = condition: value: if condition then [ value ] else [ ];
    optionalAttrs = condition: set: if condition then set else { };
    concatStrings = concatStringsSep "";
    importJSON = file: builtins.fromJSON (builtins.readFile file);
    last = list: elemAt list (length list - 1);
    lowPrio = package: package;
    hasPrefix = prefix: text: substring 0 (stringLength prefix) text == prefix;
    hasSuffix = suffix: text:
      let start = stringLength text - stringLength suffix;
      in start >= 0 && substring start (stringLength suffix) text == suffix;
    removePrefix = prefix: text:
      if lib.hasPrefix prefix text then substring (stringLength prefix) (stringLength text) text else text;
    splitString = separator: text: filter isString (builtins.split separator text);
    toUpper = replaceStrings lowercase uppercase;
    escapeShellArg = text: "'${replaceStrings [ "'" ] [ "'\\''" ] text}'";
    licenses.mit = "mit";
    fetchers.proxyImpureEnvVars = [ "http_proxy" "https_proxy" ];
  };

  letters = text: genList (at: substring at 1 text) (stringLength text);
  lowercase = letters "abcdefghijklmnopqrstuvwxyz";
  uppercase = letters "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
in
lib
