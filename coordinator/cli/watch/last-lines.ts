import type { Command } from '../../../shared/model/command.ts';
import type { Client } from '../client/client.ts';
import { Failure } from '../grammar/failure.ts';

const BYTES = 4096;
const LINES = 20;

/** Says the last lines of a command's output, or why they can't be read. */
export async function showLastLines(
  client: Pick<Client, 'stream'>,
  { id, output }: Pick<Command, 'id' | 'output'>,
  say: (line: string) => void,
): Promise<void> {
  try {
    const response = await client.stream(`/api/commands/${id}/output?offset=${Math.max(0, output.bytes - BYTES)}`);
    const lines = (await response.text()).trimEnd().split('\n').slice(-LINES);
    for (const line of lines) say(line);
    if (lines.join('') === '') say('no output yet');
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    say(error.message);
  }
}
