import { type FeedState, snapshotOf } from '../../shared/feed/state.ts';

/**
 * The least length of a piece in characters. Pieces are compressed one after the other, each in a turn of the event loop of its own, which
 * takes long where many hosts are heard. The state of 100,000 hosts takes half a gigabyte.
 */
const PIECE_CHARACTERS = 1024 * 1024;

/**
 * The state's fields as JSON, without its braces, in pieces that are made on demand. They lack later changes of the
 * state. `named`: puts people's names beside their subjects.
 */
export function* wholeState(state: FeedState, named: <Value>(value: Value) => Value): Generator<string> {
  // Values are never changed in place, only replaced; the list of events is.
  const { hosts, commands, ...rest } = snapshotOf({ ...state, events: [...state.events] });
  let text = '';
  let before = '"hosts":[';
  // Hosts are not passed to `named`: there may be many, and none names a person.
  for (const host of hosts) {
    text += before + JSON.stringify(host);
    before = ',';
    if (text.length < PIECE_CHARACTERS) continue;
    yield text;
    text = '';
  }
  before = hosts.length > 0 ? '],"commands":[' : '"hosts":[],"commands":[';
  for (const command of commands) {
    text += before + JSON.stringify(named(command));
    before = ',';
    if (text.length < PIECE_CHARACTERS) continue;
    yield text;
    text = '';
  }
  text += commands.length > 0 ? '],' : `${before}],`;
  yield text + JSON.stringify(named(rest)).slice(1, -1);
}
