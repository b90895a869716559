import { Show } from 'solid-js';
import { useApp } from '../../app/context.ts';
import { AskButton, Asked, AskPlace } from './ask.tsx';
import { createInPlaceQuestion } from './in-place-question.ts';

/** Asks once more in place, naming what it does. */
export function Sure(props: { label: string; of: string; ask: string; yes: string; onSure: () => void }) {
  const { canAct } = useApp();
  const question = createInPlaceQuestion<'sure'>();
  return (
    <AskPlace question={question}>
      <Show
        when={question.asked()}
        fallback={
          <AskButton question={question} asks="sure" label={props.label} of={props.of} tone="small" isOff={!canAct()} />
        }
      >
        <Asked
          question={question}
          text={props.ask}
          yes={props.yes}
          back="No"
          isSmall
          isOff={!canAct()}
          onYes={() => {
            question.answered();
            props.onSure();
          }}
        />
      </Show>
    </AskPlace>
  );
}
