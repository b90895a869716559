import { Show } from 'solid-js';
import { named } from '../../../../shared/model/actor.ts';
import type { Command } from '../../../../shared/model/command.ts';
import { commandPath, dispatchPath } from '../../app/router.ts';
import { Time } from '../basics/time.tsx';

/** Who asked for a command and when, and what is known of its process. */
export function CommandFacts(props: { command: Command }) {
  const exit = () => {
    const { exitCode, signal } = props.command;
    return signal ?? (exitCode === null ? null : `code ${exitCode}`);
  };
  return (
    <dl class="facts">
      <dt>Requested</dt>
      <dd>
        <Time at={props.command.createdAt} /> by {named(props.command.requestedBy, props.command.requestedByName)}
        {props.command.force ? ', forced' : ''}
      </dd>
      <dt>Dispatch</dt>
      <dd>
        <a href={dispatchPath(props.command.dispatchId)}>View dispatch</a>
      </dd>
      <Show when={props.command.targetCommandId}>
        {(id) => (
          <>
            <dt>Aims at</dt>
            <dd>
              <a href={commandPath(id())}>this command</a>
            </dd>
          </>
        )}
      </Show>
      <Show when={props.command.kill}>
        {(kill) => (
          <>
            <dt>Kill</dt>
            <dd>
              <a href={commandPath(kill().commandId)}>{kill().signal}</a>, {kill().stage ?? 'asked for'}
              {kill().escalatedAt === null ? '' : ', SIGKILL was needed'}
            </dd>
          </>
        )}
      </Show>
      <Show when={props.command.startedAt}>
        {(at) => (
          <>
            <dt>Started</dt>
            <dd>
              <Time at={at()} />
              {props.command.pid === null ? '' : `, pid ${props.command.pid}`}
            </dd>
          </>
        )}
      </Show>
      <Show when={exit()}>
        {(words) => (
          <>
            <dt>Exited</dt>
            <dd>
              <Time at={props.command.exitedAt} /> with {words()}
            </dd>
          </>
        )}
      </Show>
      <Show when={props.command.code}>
        {(code) => (
          <>
            <dt>Code</dt>
            <dd class="mono">{code()}</dd>
          </>
        )}
      </Show>
      <dt>Id</dt>
      <dd class="mono">{props.command.id}</dd>
    </dl>
  );
}
