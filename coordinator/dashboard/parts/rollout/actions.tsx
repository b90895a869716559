import { Match, Show, Switch } from 'solid-js';
import { wantsApproval } from '../../../../shared/looks/rollout-look.ts';
import { isActiveRollout, type RolloutMaker, type RolloutSummary } from '../../../../shared/model/rollout.ts';
import { busy, decideRollout } from '../../app/actions.ts';
import { useApp } from '../../app/context.ts';
import { mayApprove } from '../../words/approver.ts';
import { plural } from '../../words/duration.ts';
import { Icon } from '../basics/icon.tsx';
import { AskButton, Asked, AskPlace } from '../question/ask.tsx';
import { createInPlaceQuestion } from '../question/in-place-question.ts';

type DecidedRollout = RolloutMaker & Pick<RolloutSummary, 'id' | 'name' | 'status' | 'reason' | 'counts'>;

/** The decisions that a person can take on a rollout now; none for a viewer. */
export function RolloutActions(props: { rollout: DecidedRollout }) {
  const { canAct, may } = useApp();
  const status = () => props.rollout.status;
  const counts = () => props.rollout.counts;
  const off = () => !canAct() || busy();
  const question = createInPlaceQuestion<'stop' | 'resume'>((what) =>
    what === 'resume' ? status() === 'PAUSED' : isActiveRollout(status()),
  );
  const decide: Decide = (...how) => {
    question.answered();
    void decideRollout(props.rollout, ...how);
  };
  return (
    <Show when={may('operator') && isActiveRollout(status())}>
      <AskPlace question={question}>
        <Switch>
          <Match when={question.asked() === null}>
            <Choices rollout={props.rollout} isOff={off()} question={question} onDecide={decide} />
          </Match>
          <Match when={question.asked() === 'resume'}>
            <span class="question">{resumeQuestion(props.rollout)}</span>
            <button type="button" class="button" disabled={off()} onClick={() => decide('resume')}>
              Go on
            </button>
            <Show when={counts().failed > 0}>
              <button
                type="button"
                class="button"
                disabled={off()}
                onClick={() => decide('resume', { skipFailed: true })}
              >
                Go on without {plural(counts().failed, 'failed host', 'failed hosts')}
              </button>
            </Show>
            <button type="button" class="button plain" data-focus onClick={question.takeBack}>
              Back
            </button>
          </Match>
          <Match when={question.asked() === 'stop'}>
            <Asked
              question={question}
              text={`Stop ${props.rollout.name}? No further host begins. ${
                counts().proven === 0
                  ? 'No host was changed for good yet.'
                  : `${plural(counts().proven, 'proven host keeps', 'proven hosts keep')} the change unless it is undone.`
              }`}
              yes="Stop"
              isOff={off()}
              onYes={() => decide('stop', { undo: 'none' })}
            >
              <Show when={counts().proven > 0}>
                <button
                  type="button"
                  class="button danger"
                  disabled={off()}
                  onClick={() => decide('stop', { undo: 'proven' })}
                >
                  Stop and undo {counts().proven}
                </button>
              </Show>
            </Asked>
          </Match>
        </Switch>
      </AskPlace>
    </Show>
  );
}

type Decide = (...how: Parameters<typeof decideRollout> extends [unknown, ...infer Rest] ? Rest : never) => void;

/** The buttons of the decisions that are possible now. */
function Choices(props: {
  rollout: DecidedRollout;
  isOff: boolean;
  question: { ask(what: 'stop' | 'resume'): void };
  onDecide: Decide;
}) {
  const { me } = useApp();
  const mayApproveIt = () => wantsApproval(props.rollout) && mayApprove(me(), props.rollout);
  const status = () => props.rollout.status;
  const counts = () => props.rollout.counts;
  return (
    <>
      <Show when={mayApproveIt()}>
        <button
          type="button"
          class="button primary"
          aria-label={`Approve ${props.rollout.name}`}
          disabled={props.isOff}
          onClick={() => props.onDecide('approve')}
        >
          <Icon name="check" />
          Approve
        </button>
      </Show>
      <Show when={status() === 'RUNNING'}>
        <button
          type="button"
          class="button"
          aria-label={`Pause ${props.rollout.name}`}
          disabled={props.isOff}
          onClick={() => props.onDecide('pause')}
        >
          Pause
        </button>
      </Show>
      <Show when={status() === 'PAUSED'}>
        <Show when={counts().failed + counts().deferred > 0}>
          <button
            type="button"
            class="button primary"
            aria-label={`Retry ${props.rollout.name}`}
            disabled={props.isOff}
            title="Another turn for the failed and deferred hosts of the present wave"
            onClick={() => props.onDecide('retry')}
          >
            Retry
          </button>
        </Show>
        <AskButton
          question={props.question}
          asks="resume"
          label="Resume…"
          of={props.rollout.name}
          isOff={props.isOff}
        />
      </Show>
      <AskButton
        question={props.question}
        asks="stop"
        label="Stop…"
        of={props.rollout.name}
        tone="danger"
        isOff={props.isOff}
      />
    </>
  );
}

function resumeQuestion({ counts: { failed }, reason }: Pick<RolloutSummary, 'counts' | 'reason'>): string {
  if (reason?.code === 'hosts_offline') return 'Go on to the next wave although no host of this one was proven?';
  const who = failed === 1 ? 'It' : 'They';
  return failed === 0 ? 'Go on?' : `Go on although ${plural(failed, 'host')} failed? ${who} will no longer count.`;
}
