# A coordinator and a host in virtual machines with all of NixOS: `nix build .#checks.x86_64-linux.nixos`, or `nix flake check`. It
# needs KVM and nixpkgs, and is run by those who have them.
modules: {
  name = "switchyard";

  nodes.coordinator = { pkgs, ... }: {
    imports = [ modules.coordinator ];
    environment.systemPackages = [ pkgs.curl ];
    services.switchyard-coordinator = {
      enable = true;
      listen = "[::]:8080";
      openFirewall = true;
      settings.ops.pull.timeoutMs = 60000;
    };
  };

  nodes.host = {
    imports = [ modules.agent ];
    services.switchyard-agent = {
      enable = true;
      url = "ws://coordinator:8080";
      tokenFile = "/etc/switchyard/token";
      tags = [ "web" ];
      ops.greet.steps = [
        [
          "echo"
          "hello from here"
        ]
      ];
    };
  };

  testScript = ''
    import json

    coordinator.start()
    coordinator.wait_for_unit("switchyard-coordinator")
    coordinator.wait_for_open_port(8080)
    admin = coordinator.succeed("cat /var/lib/switchyard-coordinator/admin-token").strip()

    def ask(path, body=None):
        data = "" if body is None else f"--json '{json.dumps(body)}'"
        answer = coordinator.succeed(
            f"curl -sS --fail-with-body -H 'Authorization: Bearer {admin}' http://localhost:8080/api/{path} {data}"
        )
        return json.loads(answer)

    token = ask("hosts", {"name": "host", "tags": ["web"]})["token"]

    host.start()
    host.wait_for_unit("multi-user.target")
    with subtest("without its token the agent is tried again, and comes up once the token is there"):
        host.succeed(f"umask 077; mkdir -p /etc/switchyard; echo {token} > /etc/switchyard/token")
        host.wait_for_unit("switchyard-agent")

    def is_online(_):
        return ask("hosts/host")["online"]

    retry(is_online, 60)
    assert ask("hosts/host")["platform"] == "nixos"

    with subtest("an op of the host's own ends well, and its output is here"):
        command = ask("dispatch", {"op": "greet", "tags": ["web"]})["results"][0]["commandId"]

        def has_ended(_):
            return ask(f"commands/{command}")["status"] == "SUCCESS"

        retry(has_ended, 60)
        output = coordinator.succeed(
            f"curl -sS -H 'Authorization: Bearer {admin}' http://localhost:8080/api/commands/{command}/output"
        )
        assert "hello from here" in output, output

    with subtest("who is on the host can read no token"):
        host.fail("runuser -u nobody -- cat /etc/switchyard/token")
        coordinator.fail("runuser -u nobody -- cat /var/lib/switchyard-coordinator/admin-token")
  '';
}
