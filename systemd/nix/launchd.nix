# The agent as a job of launchd, for the daemon of nix-darwin and the agent of home-manager alike.
{
  lib,
  log,
  environment,
}:
{
  EnvironmentVariables = environment;
}
// lib.mapAttrs (_: lib.mkDefault) {
  RunAtLoad = true;
  # After any exit, with status 0 too: that is how the agent asks to be started anew, as what is now installed.
  KeepAlive = true;
  # Commands outlive the agent.
  AbandonProcessGroup = true;
  StandardOutPath = log;
  StandardErrorPath = log;
}
