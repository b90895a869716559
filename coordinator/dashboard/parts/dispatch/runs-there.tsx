import { useLive } from '../../app/context.ts';
import { firstNames } from '../../words/first-names.ts';
import { Icon } from '../basics/icon.tsx';

/** The commands that a reboot would cut off. */
export function RunsThere(props: { hosts: readonly string[] }) {
  const live = useLive();
  const running = () =>
    props.hosts.flatMap((name) => {
      const host = live.host(name);
      const command = live.command(host?.activeCommandId ?? '') ?? live.untracked(host?.id ?? '');
      const phase = command && 'progress' in command && command.progress ? `, in phase ${command.progress.phase}` : '';
      return host && command ? [`${command.op} on ${host.name}${phase}`] : [];
    });
  return (
    <p class="warns" data-tone="attention">
      <Icon name="triangle" />
      <span>
        {running().length === 0
          ? 'Nothing runs there that Switchyard knows of. What else runs there ends.'
          : `A reboot cuts this off: ${firstNames(running(), '; ')}.`}
      </span>
    </p>
  );
}
