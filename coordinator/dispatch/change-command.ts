import { SwitchyardError } from '../../shared/api/errors.ts';
import type { Command } from '../../shared/model/command.ts';
import { permitOp } from '../auth/permissions.ts';
import type { Principal } from '../auth/principal.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { Roster } from '../hosts/roster.ts';
import type { CommandRecord } from '../lifecycle/record.ts';

export type ChangeDeps = {
  ledger: Pick<Ledger, 'get' | 'withRecords' | 'commit' | 'committed'>;
  roster: Pick<Roster, 'byId'>;
};

/** A person's change of one command. `op`: the op that it takes a grant for. `make` throws if it does not apply now. */
export type CommandChange = {
  op: (command: Command) => string;
  make: (record: CommandRecord) => void;
};

/** Returns the command once the change is durable. Throws `unknown_command`, `forbidden`, and as `make` does. */
export async function changeCommand(
  { ledger, roster }: ChangeDeps,
  id: string,
  principal: Principal,
  { op, make }: CommandChange,
): Promise<Command> {
  await ledger.withRecords([id], () => {
    const record = known(ledger.get(id), id);
    const host = roster.byId(record.command.hostId) ?? { name: 'a host that was removed', tags: [] };
    permitOp(principal, op(record.command), [host]);
    make(record);
    return ledger.commit();
  });
  return known(await ledger.committed(id), id).command;
}

function known(record: CommandRecord | null | undefined, id: string): CommandRecord {
  if (!record) throw new SwitchyardError('unknown_command', `No command has the id ${id}`);
  return record;
}
