import { type FileHandle, open } from 'node:fs/promises';

/** Reads a file that another process appends to. */
export type OutputTail = {
  /** Reads from `offset` on into `buffer`; resolves to the filled part, empty if nothing has been written there yet. */
  read(offset: number, buffer: Uint8Array): Promise<Uint8Array>;
  close(): Promise<void>;
};

/** The file need not exist yet. */
export function createOutputTail(path: string): OutputTail {
  let handle: FileHandle | null = null;
  return {
    async read(offset, buffer) {
      try {
        handle ??= await open(path, 'r');
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
        return buffer.subarray(0, bytesRead);
      } catch {
        // Not there yet, or a failing disk: the caller will ask again.
        return new Uint8Array();
      }
    },
    async close() {
      await handle?.close();
      handle = null;
    },
  };
}
