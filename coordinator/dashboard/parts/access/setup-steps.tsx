import { createSignal, For } from 'solid-js';
import { agentSetup, SETUP_NAMES, SETUPS, type Setup, type SetupToken } from '../../../../shared/looks/agent-setup.ts';
import { href } from '../../feed/root.ts';
import { CopyLine } from '../basics/empty.tsx';

/** Text to paste on a host, for the chosen platform. */
export function SetupSteps(props: { token: SetupToken }) {
  const [setup, setSetup] = createSignal<Setup>('nixos');
  const steps = () => agentSetup(setup(), { server: `${location.origin}${href('/')}`, token: props.token });
  return (
    <div class="setup">
      <fieldset class="choice">
        <legend>The host has</legend>
        <For each={SETUPS}>
          {(one) => (
            <label>
              <input
                type="radio"
                name={`setup-${props.token}`}
                checked={setup() === one}
                onChange={() => setSetup(one)}
              />
              <span>{SETUP_NAMES[one]}</span>
            </label>
          )}
        </For>
      </fieldset>
      <ol class="setup-steps">
        <For each={steps()}>
          {({ title, text }) => (
            <li>
              <p>{title}:</p>
              <CopyLine text={text} what="The text" />
            </li>
          )}
        </For>
      </ol>
    </div>
  );
}
