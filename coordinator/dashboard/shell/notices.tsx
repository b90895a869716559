import { For } from 'solid-js';
import { dismiss, notices } from '../app/notices.ts';
import { Icon } from '../parts/basics/icon.tsx';

export function Notices() {
  return (
    <div class="notices" role="log" aria-label="Notices" aria-live="polite">
      <For each={notices()}>
        {(notice) => (
          <div class="notice" data-tone={notice.tone}>
            <Icon name={notice.tone === 'ok' ? 'check' : 'cross'} />
            <span>{notice.text}</span>
            <button type="button" class="icon-button" aria-label="Dismiss" onClick={() => dismiss(notice.text)}>
              <Icon name="cross" />
            </button>
          </div>
        )}
      </For>
    </div>
  );
}
