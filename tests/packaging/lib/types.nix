# { types, mkOptionType }
{ definitions, evalModules }:
let
  inherit (builtins)
    all
    attrNames
    concatMap
    concatStringsSep
    elem
    filter
    head
    isAttrs
    isBool
    isInt
    isList
    isPath
    isString
    length
    listToAttrs
    match
    substring
    ;
  inherit (definitions)
    allNames
    discharge
    mergeEqual
    mergeOne
    mergeType
    push
    show
    strongest
    ;

  nameValuePair = name: value: { inherit name value; };
  plain = description: check: {
    inherit description check;
    merge = mergeEqual;
  };

  types = rec {
    str = plain "string" isString;
    raw = plain "raw value" (_: true);
    bool = plain "boolean" isBool;
    int = plain "signed integer" isInt;
    float = plain "floating point number" builtins.isFloat;
    path = plain "absolute path" (
      value: isPath value || (isString value && substring 0 1 value == "/")
    );
    package = plain "package" (value: isAttrs value && value.type or null == "derivation") // {
      merge = mergeOne;
    };
    ints.between =
      low: high:
      plain "integer between ${toString low} and ${toString high} (both inclusive)" (
        value: isInt value && value >= low && value <= high
      );
    enum =
      words:
      plain "one of ${concatStringsSep ", " (map show words)}" (value: elem value words)
      // {
        inherit words;
      };
    addCheck = type: check: type // { check = value: type.check value && check value; };
    oneOf = kinds: {
      description = concatStringsSep " or " (map (kind: kind.description) kinds);
      check = value: builtins.any (kind: kind.check value) kinds;
      merge =
        path: values:
        let
          fits = filter (kind: all kind.check values) kinds;
        in
        if fits == [ ] then mergeEqual path values else (head fits).merge path values;
    };
    nullOr =
      type:
      type
      // {
        description = "null or ${type.description}";
        check = value: value == null || type.check value;
        merge = path: values: if elem null values then mergeEqual path values else type.merge path values;
      };
    listOf = type: {
      description = "list of ${type.description}";
      check = isList;
      merge = path: values: map (value: mergeType path type [ value ]) (concatMap (list: list) values);
    };
    nonEmptyListOf =
      type:
      addCheck (listOf type) (value: value != [ ])
      // {
        description = "non-empty list of ${type.description}";
      };
    attrsOf = type: {
      description = "attribute set of ${type.description}";
      check = isAttrs;
      merge =
        path: values:
        let
          sets = concatMap push values;
          definitions = name: concatMap (set: if set ? ${name} then discharge set.${name} else [ ]) sets;
          given = filter (name: definitions name != [ ]) (allNames sets);
        in
        listToAttrs (
          map (
            name: nameValuePair name (mergeType (path ++ [ name ]) type (strongest (definitions name)))
          ) given
        );
    };
    submodule = module: {
      description = "submodule";
      check = isAttrs;
      merge =
        path: values:
        (evalModules {
          modules = [ module ] ++ map (config: { inherit config; }) values;
          prefix = path;
        }).config;
    };
  };

  # A type of someone's own, whose merge is given the definitions as nixpkgs gives them.
  mkOptionType =
    {
      name,
      description ? name,
      check ? (_: true),
      merge,
    }:
    {
      inherit description check;
      merge =
        path: values:
        merge path (
          map (value: {
            file = "<unknown-file>";
            inherit value;
          }) values
        );
    };

in
{
  inherit types mkOptionType;
}
