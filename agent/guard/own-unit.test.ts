import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { unitIn } from './own-unit.ts';

test('the last system unit of a path is the process’s own', () => {
  assert.is(unitIn('0::/system.slice/switchyard-agent.service\n'), 'switchyard-agent.service');
  assert.is(unitIn('0::/machine.slice/web1.service/payload/system.slice/a.service/below\n'), 'a.service');
  assert.is(unitIn('3:cpu:/\n1:name=systemd:/system.slice/a.service\n'), 'a.service');
  assert.is(unitIn('0::/user.slice/user-1000.slice/user@1000.service/app.slice/a.service\n'), null);
  assert.is(unitIn('0::/init.scope\n'), null);
});

test.run();
