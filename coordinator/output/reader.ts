import { whenRead } from '../store/read.ts';
import type { OutputKeeper } from './keeper.ts';
import type { OutputLog } from './log.ts';

export type OutputReader = {
  /** The durable bytes from `offset` on, at most `limit`, in pieces of up to 64 KiB. */
  read(id: string, offset: number, limit: number): AsyncGenerator<Uint8Array, void>;
  /** The same in one piece, for small ranges. */
  slice(id: string, offset: number, limit: number): Promise<Uint8Array>;
};

export type OutputReaderDeps = {
  keeper: Pick<OutputKeeper, 'read'>;
  outputs: Pick<OutputLog, 'know' | 'size'>;
};

export function createOutputReader({ keeper, outputs }: OutputReaderDeps): OutputReader {
  async function* read(id: string, offset: number, limit: number): AsyncGenerator<Uint8Array, void> {
    const size = await whenRead(outputs.know([id]), () => outputs.size(id));
    const end = Math.min(size, offset + limit);
    if (offset < end) yield* keeper.read(id, offset, end);
  }

  return {
    read,
    async slice(id, offset, limit) {
      const pieces: Uint8Array[] = [];
      for await (const piece of read(id, offset, limit)) pieces.push(piece);
      return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
    },
  };
}
