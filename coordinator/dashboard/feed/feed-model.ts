import { assertNever } from '../../../shared/assert-never.ts';
import type { FeedFrame } from '../../../shared/feed-frames.ts';
import { applyChange, type FeedState, stateFrom } from '../../../shared/feed-state.ts';

/**
 * What a page knows of the coordinator, by what came over the live feed (docs/protocol.md section 5).
 *
 * M1 `state` is that of `version` in `epoch`: a delta is applied only if it is the next one, and never twice.
 * M2 After a gap nothing is applied until a whole state comes.
 * M3 The link is `live` only while frames come: a close or a stall makes it `lost`, and only a frame makes it live again.
 * M4 Times come from the coordinator alone: its clock at a moment of our monotonic one. Ours may be a day off.
 */
export type FeedModel = {
  link: 'connecting' | 'live' | 'lost';
  epoch: string | null;
  version: number;
  /** Null before the first frame. It is changed in place: `version` says that it was. */
  state: FeedState | null;
  hasGap: boolean;
  /** When the last frame came; monotonic milliseconds, as every `at` here. */
  heardAt: number;
  clock: { server: number; at: number } | null;
};

export type FeedInput =
  | { type: 'opened'; at: number }
  | { type: 'frame'; frame: FeedFrame; at: number }
  | { type: 'closed'; at: number }
  | { type: 'tick'; at: number };

export type FeedEffect =
  /** Send `get_state`. */
  | 'ask_state'
  /** Close the socket, if it is open, and open another. */
  | 'reconnect';

export type FeedStep = { model: FeedModel; effect: FeedEffect | null };

/** The coordinator says something every 15 s. It is noticed at the next tick, and said within 45 s. */
export const STALL_MS = 43_000;

export const newFeedModel = (): FeedModel => ({
  link: 'connecting',
  epoch: null,
  version: 0,
  state: null,
  hasGap: false,
  heardAt: 0,
  clock: null,
});

export function reduceFeed(model: FeedModel, input: FeedInput): FeedStep {
  switch (input.type) {
    case 'opened':
      return { model: { ...model, heardAt: input.at }, effect: null };
    case 'frame':
      return reduceFrame({ ...model, heardAt: input.at }, input.frame, input.at);
    case 'closed':
      return { model: { ...model, link: 'lost' }, effect: 'reconnect' };
    case 'tick': {
      const hasStalled = model.link === 'live' && input.at - model.heardAt >= STALL_MS;
      return hasStalled ? { model: { ...model, link: 'lost' }, effect: 'reconnect' } : { model, effect: null };
    }
    default:
      return assertNever(input);
  }
}

function reduceFrame(model: FeedModel, frame: FeedFrame, at: number): FeedStep {
  switch (frame.type) {
    case 'init':
    case 'full_state': {
      const { epoch, version, serverTime: server } = frame;
      const state = stateFrom(frame.state);
      const whole = { ...model, link: 'live' as const, epoch, version, state, hasGap: false, clock: { server, at } };
      return { model: whole, effect: null };
    }
    case 'delta': {
      if (model.state === null || model.hasGap || frame.version <= model.version) return { model, effect: null };
      if (frame.version > model.version + 1) return { model: { ...model, hasGap: true }, effect: 'ask_state' };
      for (const change of frame.changes) applyChange(model.state, change);
      return { model: { ...model, link: 'live', version: frame.version }, effect: null };
    }
    case 'sync': {
      const known = { ...model, clock: { server: frame.serverTime, at } };
      if (model.state === null || model.hasGap) return { model: known, effect: null };
      const isBehind = frame.version !== model.version;
      return isBehind
        ? { model: { ...known, hasGap: true }, effect: 'ask_state' }
        : { model: { ...known, link: 'live' }, effect: null };
    }
    case 'output':
    case 'error':
      return { model, effect: null };
    default:
      return assertNever(frame);
  }
}

/** The coordinator's time at the moment `at`; null before it has told it. */
export const serverTime = ({ clock }: FeedModel, at: number): number | null =>
  clock && clock.server + Math.round(at - clock.at);

/** What a new connection asks for: the deltas after what is known, else everything. */
export const feedQuery = ({ epoch, version, state, hasGap }: FeedModel): string =>
  epoch !== null && state !== null && !hasGap ? `?epoch=${epoch}&version=${version}` : '';
