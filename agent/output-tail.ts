import { type FileHandle, open } from 'node:fs/promises';

/** Reads a file that another process appends to. */
export type OutputTail = {
  /** Up to `maxBytes` from `offset`; empty where nothing has been written there yet. */
  read(offset: number, maxBytes: number): Promise<Uint8Array>;
  close(): Promise<void>;
};

/** The file need not exist yet. */
export function createOutputTail(path: string): OutputTail {
  let handle: FileHandle | null = null;
  return {
    async read(offset, maxBytes) {
      try {
        handle ??= await open(path, 'r');
        const { bytesRead, buffer } = await handle.read(Buffer.alloc(maxBytes), 0, maxBytes, offset);
        return buffer.subarray(0, bytesRead);
      } catch {
        // Not there yet, or a disk that fails: whoever asks will ask again.
        return new Uint8Array();
      }
    },
    async close() {
      await handle?.close();
      handle = null;
    },
  };
}
