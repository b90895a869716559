import { createResource, onCleanup, Show } from 'solid-js';
import { isPerson } from '../../../../shared/model/actor.ts';
import { api } from '../../app/api.ts';
import { providerName, providerPath } from '../../app/provider.ts';

const LOOK_EVERY_MS = 1_000;

/** Lets a person of the identity provider sign in there afresh, in a new tab. */
export function StepUpByProvider(props: { onShown: () => void }) {
  const [known] = createResource(async () => {
    const who = await api.whoami();
    const name = who.ok && isPerson(who.body.actor) ? await providerName() : null;
    return name !== null && who.ok ? { name, before: who.body.steppedUpUntil } : null;
  });
  let looking: ReturnType<typeof setInterval> | undefined;
  onCleanup(() => clearInterval(looking));

  async function look(before: number | null): Promise<void> {
    const who = await api.whoami();
    if (who.ok && who.body.steppedUpUntil !== null && who.body.steppedUpUntil !== before) props.onShown();
  }

  return (
    <Show when={known()}>
      {(provider) => (
        <div>
          <a
            class="button primary"
            href={providerPath({ stepUp: 'true' })}
            target="_blank"
            rel="noopener"
            onClick={() => {
              looking ??= setInterval(() => void look(provider().before), LOOK_EVERY_MS);
            }}
          >
            Prove it at {provider().name}
          </a>
        </div>
      )}
    </Show>
  );
}
