import { lengthInWords } from '../../../../shared/time/spans.ts';
import { type Approval, type RolloutDraft, SOAKS } from '../../app/rollout-draft.ts';
import { ChoiceField, TextField } from '../basics/text-field.tsx';
import { RolloutMore } from './more.tsx';
import { RolloutSteps } from './steps.tsx';
import { RolloutWhere } from './where.tsx';

const APPROVALS: readonly (readonly [Approval, string])[] = [
  ['none', 'Not needed'],
  ['start', 'Before it begins'],
  ['second', 'After the first wave'],
];

/** The fields of a new rollout: the common ones, and the others folded away. */
export function RolloutForm(props: {
  draft: RolloutDraft;
  selected: readonly string[];
  onClearSelected: () => void;
  /** The fault that the coordinator found in the expression. */
  whereFault: string | null;
}) {
  return (
    <>
      <RolloutSteps draft={props.draft} />
      <RolloutWhere
        draft={props.draft}
        selected={props.selected}
        onClearSelected={props.onClearSelected}
        whereFault={props.whereFault}
      />
      <TextField
        label="Waves"
        value={props.draft.waves()}
        onInput={props.draft.setWaves}
        hintId="waves-hint"
        hint="Counts, or percents of all hosts. Those that no wave names go last."
      />
      <ChoiceField
        label="Soak after each wave"
        value={String(props.draft.soakMs())}
        choices={SOAKS.map((ms) => [String(ms), ms === 0 ? 'None' : lengthInWords(ms)] as const)}
        onChoose={(ms) => props.draft.setSoakMs(Number(ms))}
      />
      <TextField
        label="Hosts that may fail"
        value={props.draft.maxFailures()}
        onInput={props.draft.setMaxFailures}
        hintId="failures-hint"
        hint="One more and it pauses. A number over all, or a percent of each wave."
      />
      <ChoiceField
        label="Approval"
        value={props.draft.approval()}
        choices={APPROVALS}
        onChoose={(one) => props.draft.setApproval(one as Approval)}
      />
      <RolloutMore draft={props.draft} />
    </>
  );
}
