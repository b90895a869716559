/** Measures a fleet of up to 100,000 hosts with both stores: at rest, after a kill, at a dispatch to all, and with a live feed. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DispatchSummary } from '../shared/model/dispatch.ts';
import { whenIdle } from './api.ts';
import { type Crowd, startCrowd } from './crowd.ts';
import { watchFeed } from './feed-watch.ts';
import { rounded } from './figures.ts';
import { latency } from './latency.ts';
import type { Usage } from './probe.ts';
import { type Bench, runProgram, type Table } from './program.ts';
import { mostSockets, type Scene, STORES, type StoreName, startScene } from './scale-scene.ts';
import { memoryOf } from './usage.ts';

const HEARTBEAT_MS = 30_000;
/** Covers one write of each host's last known state. */
const REST_MS = 60_000;
const SETTLE_MS = 5_000;
const RUN_MS = 3_000;
const WITHIN_MS = 300_000;
const LISTS = 10;
const FEED_MS = 10_000;

/** Comma-separated lists, and from how many hosts on the agents come through a tunnel. */
const OPTIONS = {
  sizes: '1000,10000,30000,100000',
  stores: STORES.join(','),
  'tunnel-above': String(mostSockets()),
  /** A folder for CPU profiles of the leader, one of each table; none by default. */
  profiles: '',
};

type Line = (string | number)[];
type Lines = { rest: Line; back: Line; dispatch: Line; feed: Line };

const seconds = (ms: number): string => rounded(ms / 1000);

async function measured(bench: Bench, store: StoreName, hosts: number): Promise<Lines> {
  const tunnelled = hosts > Number(bench.options['tunnel-above']);
  const head = [store, `${hosts.toLocaleString('en-US')}${tunnelled ? ' *' : ''}`];
  const scene = await startScene(bench, store, hosts, tunnelled);
  const profiled = async (part: string): Promise<void> => {
    const { profiles } = bench.options;
    if (profiles) await scene.leader().ask('writeProfile', join(profiles, `${store}-${hosts}-${part}.cpuprofile`));
  };
  const startedAt = Date.now();
  const crowd = await startCrowd(bench, { ...scene, heartbeatMs: HEARTBEAT_MS, runMs: RUN_MS });
  const { all } = await crowd.back(WITHIN_MS);
  bench.say(`${head.join(', ')}: all agents are connected after ${seconds(all - startedAt)} s`);
  const rest = await atRest(scene);
  bench.say(`at rest: ${rest.join(', ')}`);
  await profiled('rest');
  const back = await afterKill(scene, crowd);
  bench.say(`after a kill: ${back.join(', ')}`);
  await profiled('back');
  const dispatch = await dispatched(scene, crowd);
  bench.say(`a dispatch to all: ${dispatch.join(', ')}`);
  await profiled('dispatch');
  const feed = await followed(scene);
  bench.say(`a live feed: ${feed.join(', ')}`);
  await profiled('feed');
  return {
    rest: [...head, seconds(all - startedAt), ...rest],
    back: [...head, ...back],
    dispatch: [...head, ...dispatch],
    feed: [...head, ...feed],
  };
}

async function atRest(scene: Scene): Promise<Line> {
  await sleep(SETTLE_MS);
  const server = scene.leader();
  const before = await server.ask<Usage>('settledUsage');
  await sleep(REST_MS);
  const cpuMs = (await server.ask<Usage>('usage')).cpuMs - before.cpuMs;
  const { now, peak } = memoryOf(server.pid);
  await server.ask('watchStalls');
  await sleep(HEARTBEAT_MS / 3);
  const stallMs = await server.ask<number>('longestStallMs');
  const lists = await latency(LISTS, () => scene.api().get('/api/hosts?limit=100'));
  return [rounded((cpuMs / REST_MS) * 100), rounded(now), rounded(peak), rounded(stallMs), lists];
}

async function afterKill(scene: Scene, crowd: Crowd): Promise<Line> {
  const { tries } = await crowd.counts();
  const killedAt = Date.now();
  await scene.replace();
  const readyAt = Date.now();
  const { half, most, all } = await crowd.back(WITHIN_MS);
  const { cpuMs } = await scene.leader().ask<Usage>('usage');
  const tried = (await crowd.counts()).tries - tries;
  return [
    ...[readyAt, half, most, all].map((at) => seconds(at - killedAt)),
    rounded(tried / scene.tokens.length),
    seconds(cpuMs),
    rounded(memoryOf(scene.leader().pid).peak),
  ];
}

async function dispatched(scene: Scene, crowd: Crowd): Promise<Line> {
  const server = scene.leader();
  await sleep(SETTLE_MS);
  await server.ask('watchStalls');
  const { lost } = await crowd.counts();
  const allCame = crowd.started(1);
  const startedAt = Date.now();
  const answered = scene
    .api()
    .post('/api/dispatch', { op: 'check-version', tags: ['simulated'] })
    .then(() => Date.now());
  const moments = await Promise.all([answered, allCame]);
  await whenIdle(scene.api(), WITHIN_MS);
  const endedAt = Date.now();
  const stallMs = await server.ask<number>('longestStallMs');
  return [
    ...[...moments, endedAt].map((at) => seconds(at - startedAt)),
    await outcomes(scene),
    (await crowd.counts()).lost - lost,
    seconds(stallMs),
    rounded(memoryOf(server.pid).peak),
  ];
}

/** How the commands of the newest dispatch ended. */
async function outcomes(scene: Scene): Promise<string> {
  const { items } = await scene.api().get<{ items: DispatchSummary[] }>('/api/dispatches?limit=1');
  const statuses = Object.entries(items[0]?.statuses ?? {});
  return statuses.map(([status, count]) => `${count.toLocaleString('en-US')} ${status}`).join(', ');
}

async function followed(scene: Scene): Promise<Line> {
  const server = scene.leader();
  const startedAt = Date.now();
  const feed = await watchFeed(scene.addresses, scene.adminToken);
  const caughtUp = feed.upToDate.then(() => Date.now());
  const upToDateAt = await Promise.race([caughtUp, sleep(WITHIN_MS, null, { ref: false }).then(() => Number.NaN)]);
  const behind = feed.bytes() - feed.wholeBytes;
  const wholes = feed.wholes();
  const { cpuMs } = await server.ask<Usage>('usage');
  const before = feed.bytes();
  await sleep(FEED_MS);
  const after = await server.ask<Usage>('usage');
  const perSecond = (feed.bytes() - before) / (FEED_MS / 1000);
  feed.close();
  return [
    ...[seconds(feed.wholeAfterMs), rounded(feed.wholeBytes / 1e6)],
    ...[seconds(upToDateAt - startedAt), rounded(behind / 1e6), wholes],
    rounded(perSecond / 1e6),
    rounded(((after.cpuMs - cpuMs) / FEED_MS) * 100),
    ...[after.rssBytes / 1e6, memoryOf(server.pid).peak].map(rounded),
  ];
}

const table = (title: string, columns: readonly string[], lines: readonly Line[]): Table => ({
  title,
  columns: ['store', 'hosts', ...columns],
  lines,
});

const REST = [
  ...['all connected, s', 'CPU, % of a core', 'resident, MB', 'at its peak, MB', 'longest stall, ms'],
  'list of 100 hosts, p50 / p99 ms',
];
const BACK = [
  ...['ready after, s', 'half back, s', '99 %, s', 'all, s', 'tries of an agent', 'CPU until then, s'],
  'peak memory, MB',
];
const DISPATCH = [
  ...['answered, s', 'all sent, s', 'all ended, s', 'ends', 'connections lost meanwhile', 'longest stall, s'],
  'peak memory, MB',
];
const FEED = [
  ...['whole state after, s', 'whole state, MB', 'up to date after, s', 'MB until then', 'whole states'],
  ...['deltas, MB a second', 'CPU, % of a core', 'resident, MB', 'peak memory, MB'],
];

/** Ends what one size started before the next size begins. */
async function apart<Result>(bench: Bench, work: (own: Bench) => Promise<Result>): Promise<Result> {
  const closings: (() => void | Promise<void>)[] = [];
  const end = async () => {
    for (let close = closings.pop(); close; close = closings.pop()) await close();
  };
  bench.onEnd(end);
  const result = await work({ ...bench, onEnd: (close) => void closings.push(close) });
  await end();
  return result;
}

async function all(bench: Bench): Promise<Lines[]> {
  const { sizes = '', stores = '' } = bench.options;
  const lines: Lines[] = [];
  for (const store of STORES.filter((name) => stores.split(',').includes(name)))
    for (const size of sizes.split(',')) lines.push(await apart(bench, (own) => measured(own, store, Number(size))));
  return lines;
}

await runProgram(
  'scale',
  async (bench) => {
    const lines = await all(bench);
    return {
      measured: [],
      tables: [
        table(
          'A fleet at rest: each host sends a heartbeat every 30 s and a ping every 10 s',
          REST,
          lines.map(({ rest }) => rest),
        ),
        table(
          'The coordinator is killed: with SQLite it starts again, with PostgreSQL another takes over',
          BACK,
          lines.map(({ back }) => back),
        ),
        table(
          'A dispatch to all hosts, whose commands run for 3 s',
          DISPATCH,
          lines.map(({ dispatch }) => dispatch),
        ),
        table(
          'A live feed of the fleet',
          FEED,
          lines.map(({ feed }) => feed),
        ),
      ],
    };
  },
  OPTIONS,
);
