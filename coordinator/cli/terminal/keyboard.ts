/** Single keys of a terminal. While nobody listens, the terminal is left as it was. */
export type Keyboard = {
  /** Returns what ends it. Only the last listener is told. */
  listen(onKey: (key: string) => void): () => void;
};

export type KeyboardDeps = {
  stdin: Pick<NodeJS.ReadStream, 'setRawMode' | 'on' | 'off' | 'pause' | 'resume'>;
  /** Ctrl-C, which a terminal in raw mode gives as a key. */
  onInterrupt: () => void;
};

const CTRL_C = '\u0003';

export function createKeyboard({ stdin, onInterrupt }: KeyboardDeps): Keyboard {
  const listeners: ((key: string) => void)[] = [];

  const onData = (data: Buffer): void => {
    // What was typed ahead or pasted counts as its first key: the rest was not meant for what comes next.
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
