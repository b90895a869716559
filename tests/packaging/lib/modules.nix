# evalModules
{ definitions, lib }:
let
  inherit (builtins)
    attrNames
    concatMap
    elem
    elemAt
    filter
    genList
    head
    isFunction
    isPath
    isString
    length
    listToAttrs
    removeAttrs
    tail
    ;
  inherit (definitions)
    allNames
    isType
    mergeOption
    push
    showPath
    ;

  nameValuePair = name: value: { inherit name value; };
  evalModules =
    {
      modules,
      specialArgs ? { },
      class ? null,
      prefix ? [ ],
    }:
    let
      arguments = specialArgs // {
        inherit config lib options;
      };

      load =
        given: fallbackKey:
        let
          loaded = if isPath given || isString given then import given else given;
          set = if isFunction loaded then loaded arguments else loaded;
          whole = set ? config || set ? options;
          about = [
            "_class"
            "_file"
            "imports"
            "key"
          ];
          key = set.key or (if isPath given || isString given then toString given else fallbackKey);
          wanted = set._class or null;
          stray = filter (
            name:
            !elem name (
              about
              ++ [
                "config"
                "options"
              ]
            )
          ) (attrNames set);
        in
        if wanted != null && class != null && wanted != class then
          throw "The module `${key}' (class: \"${wanted}\") cannot be imported into a module evaluation that expects class \"${class}\"."
        else if whole && stray != [ ] then
          throw "Module `${key}' has an unsupported attribute `${head stray}'"
        else
          {
            inherit key;
            imports = loadAll (set.imports or [ ]) key;
            options = set.options or { };
            config = if whole then set.config or { } else removeAttrs set about;
          };
      loadAll =
        list: parent:
        genList (at: load (elemAt list at) "${parent}:anon-${toString (at + 1)}") (length list);

      # Each once, by its key.
      collect =
        seen: queue:
        if queue == [ ] then
          [ ]
        else
          let
            first = head queue;
          in
          if elem first.key seen then
            collect seen (tail queue)
          else
            [ first ] ++ collect (seen ++ [ first.key ]) (first.imports ++ tail queue);
      all = collect [ ] (loadAll modules "");

      declare =
        path: trees:
        listToAttrs (
          map (
            name:
            let
              here = concatMap (tree: if tree ? ${name} then [ tree.${name} ] else [ ]) trees;
            in
            nameValuePair name (
              if !(builtins.any (isType "option") here) then
                declare (path ++ [ name ]) here
              else if length here == 1 then
                head here
              else
                throw "The option `${showPath (path ++ [ name ])}' is already declared"
            )
          ) (allNames trees)
        );

      evaluate =
        path: tree: definitions:
        if isType "option" tree then
          mergeOption path tree definitions
        else
          let
            sets = concatMap push definitions;
            unknown = filter (name: !tree ? ${name}) (allNames sets);
          in
          if unknown != [ ] then
            throw "The option `${showPath (path ++ [ (head unknown) ])}' does not exist"
          else
            builtins.mapAttrs (
              name: subtree:
              evaluate (path ++ [ name ]) subtree (
                concatMap (set: if set ? ${name} then [ set.${name} ] else [ ]) sets
              )
            ) tree;

      options = declare prefix (map (module: module.options) all);
      config = evaluate prefix options (map (module: module.config) all);
    in
    {
      inherit options config;
    };

in
evalModules
