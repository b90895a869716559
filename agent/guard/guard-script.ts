import { GUARD_ACTIONS } from './guard-actions.ts';

/**
 * The POSIX sh program that watches one activation and, alone, keeps or undoes it. Works under dash, bash and busybox sh.
 *
 * G1  It runs in the folder of its activation (guard-folder.ts) and reads nothing else; each tool is a path of the system that was active
 *     before, so neither an activation nor a lost STATE_DIR takes anything from it.
 * G2  Its files are its state: restarted at any moment, it goes on where it was. One rename or link records each decision, step and end.
 * G3  `decision` is a link that can be made once: deadline, agent, person and activation only try to make it. Nothing is kept or undone
 *     before it stands.
 * G4  It acts only while the old or the new system is active. It leaves a third system, which a person has activated, alone.
 * G5  The deadline counts awake time: at most 2 s between two looks, because a suspended or stopped machine used no time.
 * G6  The active system proves an undo, never an exit code. Exit 0 of `boot` proves a keep, after the profile was set and synced.
 */
export const GUARD_SH = `
. ./settings || exit 1
spent=0 held=0 counting='' told='' t=0 gap=0

${GUARD_ACTIONS}
undo() {
  say state undoing
  if [ "$1" = activation ] && [ ! -e activating ]; then finish unused; fi
  end_command "$1"
  tries=0
  while :; do
    is=$(active)
    [ "$is" = "$old" ] || [ "$is" = "$new" ] || finish superseded "$1" "$is is active"
    clear_traces
    activate "$old"
    status=$?
    tries=$((tries + 1))
    is=$(active)
    [ "$is" != "$old" ] || break
    [ $tries -lt 3 ] || { restart_agent; finish rollback_failed "$1" "$is is active after $tries tries, the last ended with status $status"; }
    "$sleep" 1
  done
  restart_agent
  [ "$reboots" != 1 ] || last_resort
  program=\${activate%% *}
  finish undone "$1" "$([ $status -eq 0 ] || echo "\${program##*/} ended with status $status")"
}

# The old system makes no contact either, but it is the boot default: a reboot may do what the activation could not.
last_resort() {
  now
  since=$t spent=0
  while [ $spent -lt $confirm ]; do
    tick
    spent=$((spent + gap))
    if is_newer welcome "$since" || is_newer stamp "$since"; then return; fi
  done
  [ ! -e rebooting ] || return
  say rebooting 1
  say state rebooting
  "$sync"
  $reboot
  "$sleep" 600
}

# True if file $1 holds a time later than $2. A time ahead of the clock was written before somebody set it back.
is_newer() {
  { read -r stamped <"$1"; } 2>/dev/null && [ "$stamped" -gt "$2" ] 2>/dev/null && [ "$stamped" -le $((t + 200)) ]
}

keep() {
  say state keeping
  is=$(active)
  # Old and new may be the same system.
  if [ "$is" != "$new" ]; then
    [ "$is" != "$old" ] || { restart_agent; finish undone "$1" "it was to be kept, but the old system was active"; }
    finish superseded "$1" "$is is active"
  fi
  clear_traces
  set_profile $set && "$sync"
  status=$?
  what="nix-env ended with status $status"
  if [ $status -eq 0 ]; then
    make_default "$new"
    status=$?
    what="switch-to-configuration boot ended with status $status"
  fi
  if [ $status -eq 0 ]; then
    "$sync"
    finish kept "$1"
  fi
  profile_back || what="$what; the profile could not be put back"
  make_default "$old" || what="$what; the boot default could not be written for the old system"
  "$sync"
  finish keep_failed "$1" "$what"
}

# After a reboot into the old system: the power failed during the window or during a keep.
go_back() {
  say state undoing
  is=$(active)
  [ "$is" = "$old" ] || finish superseded "$1" "$is is active"
  what=''
  profile_back || what='the profile could not be put back'
  make_default "$old" || what="\${what:+$what; }the boot default could not be written for the old system"
  "$sync"
  [ -z "$what" ] || finish rollback_failed "$1" "$what"
  finish undone "$1" "the host was rebooted into the old system"
}

[ ! -e end ] || exit 0
{ read -r spent held <spent; } 2>/dev/null
case $spent in '' | *[!0-9]*) spent=0 ;; esac
case $held in '' | *[!0-9]*) held=0 ;; esac
now
[ -e state ] || say state armed
say ready $$
saved=$t

# Without its folder the guard can decide nothing. The agent then writes a new folder and starts another guard.
while [ -e settings ]; do
  if [ -e decision ]; then
    read -r word cause <decision
    case $word in
      keep) keep "$cause" ;;
      undo) undo "$cause" ;;
      back) go_back "$cause" ;;
      *) finish unused ;;
    esac
  fi
  tick
  if [ -e activated ]; then
    if [ -z "$counting" ]; then
      counting=1
      # A link, because a full /run takes no other file. Once per process: if the link fails, the count must still grow.
      [ -e counting ] || { "$ln" word.keep counting 2>/dev/null; spent=0 held=0; }
    fi
    if is_newer stamp "$((t - fresh))"; then
      [ "$told" = held ] || { told=held; say state held; }
      held=$((held + gap))
      [ $held -lt $hold ] || decide deadline
    else
      [ "$told" = activated ] || { told=activated; say state activated; }
      spent=$((spent + gap))
      [ $spent -lt $confirm ] || decide deadline
    fi
  else
    # In this order: a step that succeeds leaves its mark before it ends.
    spent=$((spent + gap))
    if ! step_lives && [ ! -e activated ]; then decide activation; fi
    [ $spent -lt $activation_limit ] || decide activation
  fi
  if [ $((t - saved)) -ge 100 ] || [ $t -lt $saved ]; then
    say spent "$spent $held"
    saved=$t
  fi
done
exit 0
`;
