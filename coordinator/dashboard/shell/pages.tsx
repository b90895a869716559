import { type Component, createMemo, type JSX, lazy, Show } from 'solid-js';
import { matchPath } from '../app/match-path.ts';
import { path } from '../app/router.ts';
import { href } from '../feed/root.ts';
import { Attention } from '../pages/attention.tsx';
import { CommandPage } from '../pages/command.tsx';
import { Commands } from '../pages/commands.tsx';
import { DispatchPage } from '../pages/dispatch.tsx';
import { Events } from '../pages/events.tsx';
import { Fleet } from '../pages/fleet.tsx';
import { HostPage } from '../pages/host.tsx';
import { Settings } from '../pages/settings.tsx';
import { Empty } from '../parts/basics/empty.tsx';

// Fetched when first visited: the fleet is there sooner on a slow link.
const Rollouts = later(async () => (await import('../pages/rollouts.tsx')).Rollouts);
const Dispatches = later(async () => (await import('../pages/dispatches.tsx')).Dispatches);
const NewRollout = later(async () => (await import('../pages/new-rollout.tsx')).NewRollout);
const People = later(async () => (await import('../pages/people.tsx')).People);
const RolloutPage = later(async () => (await import('../pages/rollout.tsx')).RolloutPage);

/** A component fetched when first shown. If it can't be loaded it says so. */
function later<Props extends object>(load: () => Promise<Component<Props>>): Component<Props> {
  return lazy<Component<Props>>(() =>
    load().then(
      (page) => ({ default: page }),
      () => ({ default: Missing }),
    ),
  );
}

function Missing() {
  return (
    <Empty title="This page could not be loaded">
      <p>The coordinator does not answer, or was updated.</p>
      <button type="button" class="button" onClick={() => location.reload()}>
        Load it again
      </button>
    </Empty>
  );
}

type Words = Record<string, string>;

/** Every page by the pattern of its path; the first match wins. */
const PAGES: readonly [pattern: string, page: (words: Words) => JSX.Element][] = [
  ['/', () => <Fleet />],
  ['/attention', () => <Attention />],
  ['/rollouts', () => <Rollouts />],
  ['/rollouts/new', () => <NewRollout />],
  ['/rollouts/:id', ({ id = '' }) => <RolloutPage id={id} />],
  ['/commands', () => <Commands />],
  ['/commands/:id', ({ id = '' }) => <CommandPage id={id} />],
  ['/dispatches', () => <Dispatches />],
  ['/dispatches/:id', ({ id = '' }) => <DispatchPage id={id} />],
  ['/events', () => <Events />],
  ['/hosts/:name', ({ name = '' }) => <HostPage name={name} />],
  ['/people', () => <People />],
  ['/settings', () => <Settings />],
];

/** The page of the present path. */
export function Page() {
  const found = createMemo(() => {
    for (const [pattern, page] of PAGES) {
      const words = matchPath(pattern, path());
      if (words) return { page, words };
    }
    return null;
  });
  return (
    <Show
      when={found()}
      keyed
      fallback={
        <Empty title="There is no such page">
          <a class="button" href={href('/')}>
            See the fleet
          </a>
        </Empty>
      }
    >
      {({ page, words }) => page(words)}
    </Show>
  );
}
