import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createLog, type LogLevel } from './log.ts';

function lines(level: LogLevel, write: (log: ReturnType<typeof createLog>) => void): string[] {
  const written: string[] = [];
  write(createLog(level, { write: (line) => void written.push(line) }));
  return written;
}

test('a token never reaches the log, at any depth of a request', () => {
  const secret = 'very-secret';
  const [line = ''] = lines('info', (log) =>
    log.info(
      {
        token: secret,
        adminToken: secret,
        headers: { authorization: `Bearer ${secret}`, 'sec-websocket-protocol': `bearer.${secret}` },
        req: { url: '/api/hosts', headers: { cookie: `session=${secret}` } },
        res: { headers: { 'set-cookie': secret } },
      },
      'request',
    ),
  );
  assert.not.match(line, secret);
  assert.is(JSON.parse(line).req.url, '/api/hosts');
});

test('a line is one JSON object with its message; lines below the level are left out', () => {
  const written = lines('info', (log) => {
    log.debug('not this');
    log.info({ address: 'http://127.0.0.1:1' }, 'listening');
  });
  assert.is(written.length, 1);
  const { msg, address } = JSON.parse(written[0] ?? '');
  assert.equal([msg, address], ['listening', 'http://127.0.0.1:1']);
});

test.run();
