import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readConfigFile } from './config-file.ts';

const faultOf = (text: string): string => {
  const reading = readConfigFile(text);
  return reading.kind === 'fault' ? `${reading.line}: ${reading.fault}` : 'none';
};
const table = (...lines: string[]): string => ['[[notify]]', 'name = "ops"', ...lines].join('\n');

test('a receiver of each kind is read, with its defaults', () => {
  const reading = readConfigFile(
    [
      table('kind = "webhook"', 'url = "https://x.example/hook?a=1"', 'secretFile = "/run/key"'),
      table('kind = "ntfy"', 'url = "https://ntfy.sh/topic"').replace('ops', 'phone'),
      table('kind = "slack"', 'secretFile = "/run/slack"').replace('ops', 'chat'),
      table('kind = "matrix"', 'url = "https://m.example"', 'secretFile = "/k"', 'room = "!a:b"').replace(
        'ops',
        'room',
      ),
      table('kind = "email"', 'url = "smtp://mail.example"', 'from = "a@b"', 'to = ["c@d"]').replace('ops', 'mail'),
      table('kind = "heartbeat"', 'secretFile = "/run/ping"').replace('ops', 'watch'),
    ].join('\n'),
  );
  const receivers = reading.kind === 'value' ? reading.value.notify : [];
  assert.equal(
    receivers.map(({ name, url }) => `${name} ${url?.href}`),
    [
      'ops https://x.example/hook?a=1',
      'phone https://ntfy.sh/topic',
      'chat undefined',
      'room https://m.example/',
      'mail smtp://mail.example',
      'watch undefined',
    ],
  );
  const [{ events, afterMs, digestMs, where, private: isPrivate } = {}] = receivers;
  assert.equal([events, afterMs, digestMs, where, isPrivate], [['attention'], 300_000, 2_000, null, false]);
});

test('a missing key and a key that the kind does not take are named with their place', () => {
  const cases: [string, string][] = [
    [table('kind = "pager"'), '3: notify[0].kind: must be one of webhook, ntfy, slack, matrix, email, heartbeat'],
    [
      table('kind = "webhook"', 'url = "https://x.example"'),
      'null: notify[0].secretFile: a receiver of the kind webhook needs it',
    ],
    [
      table('kind = "slack"', 'secretFile = "/k"', 'url = "https://x.example"'),
      '5: notify[0].url: a receiver of the kind slack takes none',
    ],
    [
      table('kind = "ntfy"', 'url = "ftp://x.example"'),
      '4: notify[0].url: takes a URL that begins with https:// or http://',
    ],
    [
      table('kind = "email"', 'url = "https://x"', 'from = "a@b"', 'to = ["c@d"]'),
      '4: notify[0].url: takes a URL that begins with smtp:// or smtps://',
    ],
    [
      table('kind = "email"', 'url = "smtp://x"', 'from = "a@b"', 'to = ["c@d"]', 'user = "me"'),
      '7: notify[0].user: user and secretFile belong together',
    ],
    [table('kind = "heartbeat"'), 'null: notify[0].url: a heartbeat takes either url or secretFile'],
    [
      table('kind = "heartbeat"', 'url = "https://x"', 'events = ["lost"]'),
      '5: notify[0].events: a receiver of the kind heartbeat takes none',
    ],
    [
      table('kind = "ntfy"', 'url = "https://x/y"', 'where = "tag:"'),
      "5: notify[0].where: 'tag:' needs a value (position 4)",
    ],
    [
      table('kind = "ntfy"', 'url = "https://x/y"', 'where = "not state:failed"'),
      "5: notify[0].where: can't use state:, which changes with the notice itself",
    ],
    [
      [table('kind = "ntfy"', 'url = "https://x/y"'), table('kind = "slack"', 'secretFile = "/k"')].join('\n'),
      '6: notify[1].name: two receivers are named ops',
    ],
  ];
  for (const [text, expected] of cases) assert.is(faultOf(text), expected);
});

test('a password in a URL is refused without being quoted', () => {
  const fault = faultOf(table('kind = "ntfy"', 'url = "https://me:hunter2@x.example/y"'));
  assert.is(fault, '4: notify[0].url: must hold no user or password; put the secret into secretFile');
});

test('publicUrl takes only a URL that links can be made from', () => {
  const reading = readConfigFile('[access]\npublicUrl = "https://fleet.example.com/sub/"');
  assert.is(reading.kind === 'value' && reading.value.access.publicUrl, 'https://fleet.example.com/sub');
  assert.match(faultOf('[access]\npublicUrl = "https://a:b@x.example"'), '2: access.publicUrl: takes a URL');
});

test.run();
