import { useApp } from '../../app/context.ts';
import { query } from '../../app/router.ts';
import { href } from '../../feed/root.ts';
import { plural } from '../../words/duration.ts';
import { Icon } from '../basics/icon.tsx';

/** The actions on the selected hosts of the fleet. */
export function SelectionBar(props: { selected: readonly string[]; onClear: () => void }) {
  const { openDispatch, canAct } = useApp();
  return (
    <div class="selection-bar" role="toolbar" aria-label="Selected hosts">
      <span class="strong num">{plural(props.selected.length, 'host')} selected</span>
      <button
        type="button"
        class="button primary"
        disabled={!canAct()}
        onClick={() => openDispatch({ hosts: [...props.selected] })}
      >
        <Icon name="play" />
        Run…
      </button>
      <a class="button" href={`${href('/rollouts/new')}?sel=${encodeURIComponent(query('sel'))}`}>
        Roll out…
      </a>
      <button type="button" class="button" onClick={() => props.onClear()}>
        Clear
      </button>
    </div>
  );
}
