/** Single keys of a terminal. Without a listener the terminal is left as it was. */
export type Keyboard = {
  /** Returns a function that ends it. Only the last listener gets keys. */
  listen(onKey: (key: string) => void): () => void;
};

export type KeyboardDeps = {
  stdin: Pick<NodeJS.ReadStream, 'setRawMode' | 'on' | 'off' | 'pause' | 'resume'>;
  /** Ctrl-C, which a terminal in raw mode delivers as a key. */
  onInterrupt: () => void;
};

const CTRL_C = '\u0003';

export function createKeyboard({ stdin, onInterrupt }: KeyboardDeps): Keyboard {
  const listeners: ((key: string) => void)[] = [];

  const onData = (data: Buffer): void => {
    // Only the first key of typed-ahead or pasted input counts: the rest was not meant for the next question.
    const [key = ''] = data.toString();
    if (data.includes(CTRL_C)) onInterrupt();
    else listeners.at(-1)?.(key);
  };

  return {
    listen(onKey) {
      if (listeners.length === 0) {
        stdin.setRawMode(true);
        stdin.on('data', onData);
        stdin.resume();
      }
      listeners.push(onKey);
      return () => {
        const at = listeners.lastIndexOf(onKey);
        if (at === -1) return;
        listeners.splice(at, 1);
        if (listeners.length > 0) return;
        stdin.off('data', onData);
        stdin.setRawMode(false);
        stdin.pause();
      };
    },
  };
}
