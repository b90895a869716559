# The agent as a launchd job, for nix-darwin's daemon and home-manager's agent alike.
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
  # After any exit, even with status 0: so the agent asks to be restarted as the installed one.
  KeepAlive = true;
  # Commands outlive the agent.
  AbandonProcessGroup = true;
  StandardOutPath = log;
  StandardErrorPath = log;
}
