/** Simulates agents for any coordinator; see `--help`. Programs of this folder start it too, and control it by questions. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { MAX_UNACKED_OUTPUT_BYTES } from '../shared/wire/protocol.ts';
import { createFleet } from './fleet.ts';
import { answerQuestions } from './questions.ts';
import { registerHosts } from './register-hosts.ts';
import { createTunnelTo } from './tunnel.ts';

const HELP = `Simulates agents: one process, a real connection each, real frames.

  node bench/simulator.ts --url URL (--tokens FILE | --admin-token-file FILE) [options]

  --url URL[,URL…]         of the coordinators: http://, https://, ws:// or wss://
  --from ADDRESS[,…]       local addresses that the agents connect from, in turn (28,000 connections fit on one)
  --tunnel PORT[,PORT…]    one per coordinator: 100 connections go through one socket to it (see tunnel.ts)
  --tokens FILE            host tokens, one a line; each agent takes one
  --admin-token-file FILE  registers the hosts simulated-N first, and gives each its token; those that exist get a new token
  --agents N               how many (default: a token each, or 1000)
  --heartbeat-ms MS        between two heartbeats of an agent (default 5000; 0: none by themselves)
  --run-ms MS              how long each command takes (default 1000), or "never" ends
  --output-bytes N         what each command prints (default 0, at most 1048576)

It answers what it is sent: runs are accepted, started and ended, kills end them, restarts and reboots come back as another
process or boot. Every 5 seconds it prints how many agents are connected, and how many heartbeats and runs there were.`;

const SAY_EVERY_MS = 5_000;
/** Connections that share a socket of a tunnel. */
const PER_SOCKET = 100;
/** Files that a process has open beside its connections. */
const OTHER_FILES = 100;

function readOptions() {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      url: text,
      from: text,
      tunnel: text,
      tokens: text,
      'admin-token-file': text,
      agents: text,
      'heartbeat-ms': { ...text, default: '5000' },
      'run-ms': { ...text, default: '1000' },
      'output-bytes': { ...text, default: '0' },
      help: { type: 'boolean', default: false },
    },
  });
  return values;
}

const linesOf = (file: string): string[] => readFileSync(file, 'utf8').split('\n').filter(Boolean);

/** Throws with one line if an option is missing or not a number. */
async function tokensOf(options: ReturnType<typeof readOptions>, httpUrl: string): Promise<string[]> {
  const agents = options.agents === undefined ? undefined : number('--agents', options.agents);
  if (options.tokens) {
    const tokens = linesOf(options.tokens);
    if (agents !== undefined && agents > tokens.length)
      throw new Error(`--agents ${agents}: ${options.tokens} holds ${tokens.length} tokens`);
    return tokens.slice(0, agents);
  }
  const [adminToken] = options['admin-token-file'] ? linesOf(options['admin-token-file']) : [];
  if (!adminToken) throw new Error('--tokens FILE or --admin-token-file FILE is needed');
  return registerHosts({ url: httpUrl, adminToken, count: agents ?? 1000 });
}

function number(name: string, text: string, most = Number.MAX_SAFE_INTEGER): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > most)
    throw new Error(`${name} takes a whole number up to ${most}, not "${text}"`);
  return value;
}

/** Node raises the soft limit to the hard one by itself; only root can go beyond that. */
function checkOpenFiles(agents: number): void {
  const limit = Number(execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }));
  if (agents + OTHER_FILES > limit)
    throw new Error(
      `${agents} connections need more open files than the ${limit} that this shell allows: raise ulimit -n`,
    );
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options.help) {
    console.log(HELP);
    return;
  }
  if (!options.url) throw new Error('--url is needed');
  const given = options.url.split(',').map((url) => url.replace(/\/$/, ''));
  const urls = given.map((url) => `${url.replace(/^http/, 'ws')}/ws/agent`);
  const tokens = await tokensOf(options, (given[0] ?? '').replace(/^ws/, 'http'));
  const sockets = Math.ceil(tokens.length / PER_SOCKET);
  const tunnels = options.tunnel?.split(',').map((port) => createTunnelTo(Number(port), sockets));
  if (!tunnels) checkOpenFiles(tokens.length);
  const fleet = createFleet({
    urls,
    from: options.from?.split(',') ?? [],
    tunnels,
    tokens,
    heartbeatMs: number('--heartbeat-ms', options['heartbeat-ms']),
    runMs: options['run-ms'] === 'never' ? null : number('--run-ms', options['run-ms']),
    outputBytes: number('--output-bytes', options['output-bytes'], MAX_UNACKED_OUTPUT_BYTES),
  });
  const connecting = fleet.connect();
  const { storm, runs, counts, starts, setBehaviour } = fleet;
  if (process.send) answerQuestions({ connected: () => connecting, storm, runs, counts, starts, setBehaviour });
  else {
    const say = () => {
      const { connected, heartbeats, runs } = counts();
      console.log(`${connected} of ${tokens.length} connected, ${heartbeats} heartbeats, ${runs} runs`);
    };
    setInterval(say, SAY_EVERY_MS);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit());
  }
  await connecting;
}

try {
  await main();
} catch (error) {
  console.error(`simulator: ${error instanceof Error ? error.message : error}`);
  process.exit(2);
}
