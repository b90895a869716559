import { Receiver } from 'ws';

/**
 * Lets go of a message's bytes once it was read. `ws` keeps a list of pieces per connection and begins a new one at each message. An
 * agent's next message comes seconds later. By then V8 has moved the list to the old generation, and the bytes would stay in memory with
 * the dropped list until the next full collection. With 10,000 agents that made one necessary every six seconds.
 */
const { dataMessage } = Receiver.prototype;

Receiver.prototype.dataMessage = function dataMessageAndLetGo(done) {
  const pieces = this._fragments;
  dataMessage.call(this, done);
  // Between the fragments of one message the list stays in use.
  if (pieces !== this._fragments) pieces.length = 0;
};
