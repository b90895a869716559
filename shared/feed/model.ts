import type { FeedFrame } from './frames.ts';
import { applyChange, type FeedState, stateFrom } from './state.ts';

/**
 * A client’s knowledge of the coordinator from the live feed (docs/protocol.md section 5).
 * M1 `state` is that of `version` in `epoch`: only the next delta is applied, and none twice.
 * M2 After a gap nothing is applied until a whole state comes.
 * M3 The link is `live` only while frames come: a close or a stall makes it `lost`, and only a frame makes it live again.
 * M4 Times come only from the coordinator: its clock at a moment of our monotonic one. Our clock may be a day off.
 * M5 News from a newer coordinator that this client does not know is skipped.
 */
export type FeedModel = {
  link: 'connecting' | 'live' | 'lost';
  epoch: string | null;
  version: number;
  /** Null before the first frame. Changed in place; `version` shows that it changed. */
  state: FeedState | null;
  hasGap: boolean;
  /** When the last frame came, in monotonic milliseconds like every `at` here. */
  heardAt: number;
  clock: { server: number; at: number } | null;
};

export type FeedNews =
  /** A whole state came. */
  | 'whole'
  /** The frame's changes are in the state. */
  | 'changes'
  /** Something was missed: send `get_state`. */
  | 'gap'
  /** The state is unchanged. */
  | 'none';

export type FeedStep = { model: FeedModel; news: FeedNews };

export const newFeedModel = (): FeedModel => ({
  link: 'connecting',
  epoch: null,
  version: 0,
  state: null,
  hasGap: false,
  heardAt: 0,
  clock: null,
});

/** The model after a frame received at `at`. */
export function takeFrame(before: FeedModel, frame: FeedFrame, at: number): FeedStep {
  const model: FeedModel = { ...before, heardAt: at };
  switch (frame.type) {
    case 'init':
    case 'full_state': {
      const { epoch, version, serverTime: server } = frame;
      const state = stateFrom(frame.state);
      return {
        model: { ...model, link: 'live', epoch, version, state, hasGap: false, clock: { server, at } },
        news: 'whole',
      };
    }
    case 'delta': {
      if (model.state === null || model.hasGap || frame.version <= model.version) return { model, news: 'none' };
      if (frame.version > model.version + 1) return { model: { ...model, hasGap: true }, news: 'gap' };
      for (const change of frame.changes) applyChange(model.state, change);
      return { model: { ...model, link: 'live', version: frame.version }, news: 'changes' };
    }
    case 'sync': {
      const known: FeedModel = { ...model, clock: { server: frame.serverTime, at } };
      if (model.state === null || model.hasGap) return { model: known, news: 'none' };
      return frame.version === model.version
        ? { model: { ...known, link: 'live' }, news: 'none' }
        : { model: { ...known, hasGap: true }, news: 'gap' };
    }
    case 'output':
    case 'error':
      return { model, news: 'none' };
    default:
      frame satisfies never;
      return { model, news: 'none' };
  }
}

/** The model after the connection was lost. */
export const withoutLink = (model: FeedModel): FeedModel => ({ ...model, link: 'lost' });

/** The coordinator's time at `at`; null before its first word. */
export const serverTime = ({ clock }: Pick<FeedModel, 'clock'>, at: number): number | null =>
  clock && clock.server + Math.round(at - clock.at);

/** The query of a new connection: the deltas since the known version, or everything. */
export const feedQuery = ({ epoch, version, state, hasGap }: FeedModel): string =>
  epoch !== null && state !== null && !hasGap ? `?epoch=${epoch}&version=${version}` : '';
