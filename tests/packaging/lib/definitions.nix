# The definitions of an option, and their merge into one value.
let
  inherit (builtins)
    all
    attrNames
    concatMap
    concatStringsSep
    filter
    foldl'
    head
    isAttrs
    isFunction
    length
    listToAttrs
    ;

  showPath = concatStringsSep ".";
  show = value: if isFunction value then "a function" else builtins.toJSON value;
  mistyped =
    path: type: value:
    throw "A definition for option `${showPath path}' is not of type `${type.description}'. It is ${show value}";

  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };
  mkMerge = contents: {
    _type = "merge";
    inherit contents;
  };
  mkOverride = priority: content: {
    _type = "override";
    inherit priority content;
  };
  mkDefault = mkOverride 1000;
  mkForce = mkOverride 50;
  mkOption = attributes: attributes // { _type = "option"; };
  isType = type: value: isAttrs value && value._type or null == type;

  # mkIf and mkMerge around a set move to its attributes, so that its names are known before any condition is.
  push =
    value:
    if isType "merge" value then
      concatMap push value.contents
    else if isType "if" value then
      map (builtins.mapAttrs (_: mkIf value.condition)) (push value.content)
    else
      [ value ];

  # The definitions in a value, each { priority, value }.
  discharge =
    value:
    if isType "merge" value then
      concatMap discharge value.contents
    else if isType "if" value then
      (if value.condition then discharge value.content else [ ])
    else if isType "override" value then
      [
        {
          inherit (value) priority;
          value = value.content;
        }
      ]
    else
      [
        {
          priority = 100;
          inherit value;
        }
      ];

  strongest =
    definitions:
    let
      best = foldl' (low: { priority, ... }: if priority < low then priority else low) 9999 definitions;
    in
    map (definition: definition.value) (filter (definition: definition.priority == best) definitions);

  mergeOption =
    path: option: values:
    let
      default =
        if option ? default then
          [
            {
              priority = 1500;
              value = option.default;
            }
          ]
        else
          [ ];
      given = strongest (concatMap discharge values ++ default);
    in
    if given == [ ] then
      throw "The option `${showPath path}' was accessed but has no value defined"
    else
      (option.apply or (value: value)) (mergeType path option.type given);

  mergeType =
    path: type: values:
    let
      wrong = filter (value: !type.check value) values;
    in
    if wrong != [ ] then mistyped path type (head wrong) else type.merge path values;

  mergeEqual =
    path: values:
    if all (value: value == head values) values then
      head values
    else
      throw "The option `${showPath path}' has conflicting definition values";
  # Not even the same one twice.
  mergeOne =
    path: values:
    if length values == 1 then
      head values
    else
      throw "The option `${showPath path}' is defined multiple times while it's expected to be unique";

  allNames = sets: attrNames (foldl' (all: set: all // set) { } sets);

in
{
  inherit
    allNames
    discharge
    isType
    mergeEqual
    mergeOne
    mergeOption
    mergeType
    mkDefault
    mkForce
    mkIf
    mkMerge
    mkOption
    mkOverride
    push
    show
    showPath
    strongest
    ;
}
