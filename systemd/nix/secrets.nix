# Credentials that must not stand in the Nix store, which everyone can read. Refused during evaluation: a failing build already
# has its inputs in the store.
{ lib }:
let
  matches = pattern: value: builtins.match pattern value != null;

  # The place that a path names, without following links: `/nix//store` is `/nix/store`.
  normal =
    path:
    "/"
    + lib.concatStringsSep "/" (
      lib.foldl' (
        parts: part:
        if part == "" || part == "." then
          parts
        else if part == ".." then
          lib.take (lib.length parts - 1) parts
        else
          parts ++ [ part ]
      ) [ ] (lib.splitString "/" path)
    );
  # A path literal ends in the store, too.
  isInStore =
    path: builtins.isPath path || lib.hasPrefix "${builtins.storeDir}/" "${normal "${path}"}/";

  # For an ssh user the name alone is no secret, as in shared/network/secret-url.ts.
  namesUserOnly =
    authority:
    lib.elem (lib.toLower (lib.head authority)) [
      "git"
      "git+ssh"
      "ssh"
      "ssh+git"
    ]
    && !lib.hasInfix ":" (lib.last authority);
  authorities =
    value:
    lib.filter lib.isList (builtins.split "([A-Za-z][A-Za-z0-9+.-]*)://([^/?#[:space:]]*)@" value);
  isInRemote =
    value:
    !lib.all namesUserOnly (authorities value) || matches "[Hh][Tt][Tt][Pp][Ss]?://[^?#]*[?#].*" value;

  # Keys of the settings, by table: when their values must not be in the store, and what to do instead.
  faults = {
    target = targetFaults;
    oidc.clientSecretFile = keyFile;
  };
  targetFaults = {
    repoUrl = {
      isFault = value: lib.isString value && isInRemote value;
      words = "holds a password, token or query, which would stand in the Nix store, where everyone can read it; credentialsFile names a file that may hold it";
    };
    versionUrl = {
      isFault = value: lib.isString value && (authorities value != [ ] || lib.hasInfix "#" value);
      words = "holds a user, password or fragment, which would stand in the Nix store, where everyone can read it; headersFile names a file that may hold what opens it";
    };
    credentialsFile = keyFile;
    headersFile = keyFile;
  };
  # The same for each receiver of notices.
  receiverFaults = {
    url = {
      isFault = value: lib.isString value && authorities value != [ ];
      words = "holds a user or password, which would stand in the Nix store, where everyone can read it; secretFile names a file that may hold it";
    };
    secretFile = keyFile;
  };
  keyFile = {
    isFault = value: (builtins.isPath value || lib.isString value) && isInStore value;
    words = "is in the Nix store, where everyone can read it: it takes the path, as a text, of a file that is on the host";
  };
in
{
  inherit isInStore isInRemote;

  # Returns the coordinator's settings, which `option` holds, unless they hold a secret.
  withoutSecrets =
    option: settings:
    let
      wrongIn =
        place: keys: values:
        map (key: "${place}.${key} ${keys.${key}.words}") (
          lib.filter (key: values ? ${key} && keys.${key}.isFault values.${key}) (lib.attrNames keys)
        );
      notify = settings.notify or [ ];
      wrongOf =
        index: wrongIn "notify[${toString index}]" receiverFaults (builtins.elemAt notify index);
      wrong =
        builtins.concatMap (table: wrongIn table faults.${table} (settings.${table} or { })) (
          lib.attrNames faults
        )
        ++ builtins.concatLists (builtins.genList wrongOf (lib.length notify));
    in
    if wrong == [ ] then settings else throw "${option}: ${lib.head wrong}";

  # Returns an environment, which `option` holds, unless it has a token, or a variable that one of `options` sets, which would
  # accept any value.
  withoutOptions =
    option: options: environment:
    let
      variables = import ./environment.nix { inherit lib; } options;
      tokens = {
        SWITCHYARD_TOKEN = "tokenFile";
        SWITCHYARD_ADMIN_TOKEN = "adminTokenFile";
        SWITCHYARD_STORE = "storeFile";
        SWITCHYARD_API_TOKEN = "a file of the one who types the command";
      };
      wrong = lib.filter (name: variables ? ${name} || tokens ? ${name}) (lib.attrNames environment);
      name = lib.head wrong;
    in
    if wrong == [ ] then
      environment
    else if tokens ? ${name} then
      throw "${option}: ${name} would stand in the Nix store, where everyone can read it; use ${tokens.${name}}"
    else
      throw "${option}: the option ${variables.${name}} sets ${name}; use that";
}
