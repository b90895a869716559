import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { errorLineIn } from './error-line.ts';

const found = (text: string): string | undefined => errorLineIn(Buffer.from(text), 1_000)?.text;

test("nix's last error is the reason, not its consequences, nor a flag with those letters", () => {
  const log = `gcc -Wno-error=format-security -c a.c
building '/nix/store/0000-hello.drv'...
\u001b[31;1merror:\u001b[0m builder for '/nix/store/0000-hello.drv' failed with exit code 2;
       last 2 log lines:
       > a.c:3:5: error: expected ';'
       > make: *** [Makefile:2: a.o] Error 1
       For full logs, run:
         nix log /nix/store/0000-hello.drv
\u001b[31;1merror:\u001b[0m 1 dependencies of derivation '/nix/store/1111-system.drv' failed to build
`;
  assert.is(found(log), "error: builder for '/nix/store/0000-hello.drv' failed with exit code 2;");
  const trace = `error:
       … while evaluating the attribute 'config.system.build.toplevel'
         at /nix/store/x/lib/modules.nix:12:3:

       error: undefined variable 'pkgz'
       at /etc/nixos/web.nix:7:12:
            6|   environment.systemPackages = [
`;
  assert.is(found(trace), "error: undefined variable 'pkgz'");
});

test("for tests it is the first failed test's last line", () => {
  const log = `a.sh: running
all is well, error: none of it
a.sh: passed, 12 ms
b.sh: running
curl: (7) Failed to connect to localhost port 80
b.sh: failed with exit code 7, 31 ms
c.sh: running
c.sh: failed with exit code 1, 3 ms
2 of 3 tests failed: b.sh, c.sh
`;
  assert.is(found(log), 'b.sh: curl: (7) Failed to connect to localhost port 80');
});

test('for other programs it is the last error, else the way they ended, else the last line', () => {
  assert.is(found("fatal: couldn't find remote ref main\n\n"), "fatal: couldn't find remote ref main");
  assert.is(found('npm ERR\nTypeError: x is not a function\n    at f\n'), 'TypeError: x is not a function');
  assert.is(found('one\nthe unit failed with exit code 3\ntidying up\n'), 'the unit failed with exit code 3');
  assert.is(found('cc -Wno-error=x\n0 errors\nThe disk is full\n'), 'The disk is full');
  assert.is(found('\n  \n'), undefined);
});

test('it gives the offset of the line in the output', () => {
  const log = 'größer\nerror: no\nmore\n';
  assert.is(errorLineIn(Buffer.from(log), 1_000)?.offset, 1_000 + Buffer.byteLength('größer\n'));
});

test.run();
