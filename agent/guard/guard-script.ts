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

# Sets t to the time since the boot, or without /proc to the time of day, in hundredths of a second.
now() {
  if [ -n "$date" ]; then
    t=$(($("$date" +%s) * 100))
    return
  fi
  read -r up _ </proc/uptime
  fraction=\${up#*.}
  t=$((\${up%.*} * 100 + 1$fraction - 100))
}

# Sets gap to the time since the previous look, in hundredths of a second.
look() {
  was=$t
  now
  gap=$((t - was))
  [ $gap -ge 0 ] || gap=0
  [ $gap -le 200 ] || gap=200
}

tick() {
  "$sleep" 0.2
  look
}

# Replaces file $1 atomically with the other arguments.
say() {
  file=$1
  shift
  echo "$*" >"$file.new" && "$mv" -f "$file.new" "$file"
}

decide() { "$ln" "word.$1" decision 2>/dev/null; }

active() { "$readlink" -f "$current"; }

# Runs a program for at most $1 hundredths of a second. Returns its status, or 124 if it was killed for taking longer.
run() {
  limit=$1 ran=0
  shift
  "$@" </dev/null &
  pid=$!
  look
  while kill -0 $pid 2>/dev/null; do
    if [ $ran -ge "$limit" ]; then
      kill -KILL $pid 2>/dev/null
      wait $pid 2>/dev/null
      return 124
    fi
    tick
    ran=$((ran + gap))
  done
  wait $pid
}

# The end is recorded after the cleanup, so that nothing is left behind.
finish() {
  for root in $roots; do "$rm" -f "$root"; done
  # Nobody would learn the end without the record, so the guard waits while /run is full.
  until say end "$@"; do "$sleep" 1; done
  exit 0
}

# True while the activating step lives. The start time distinguishes it from a later process with the same pid. ps prints UTC, because an
# activation may change the time zone.
step_lives() {
  if [ -n "$ps" ]; then
    set -- $(LC_ALL=C TZ=UTC0 "$ps" -o stat= -o lstart= -p "$step" 2>/dev/null)
    case \${1:-Z} in Z*) return 1 ;; esac
    shift
    [ "$*" = "$step_start" ]
    return
  fi
  { read -r line </proc/$step/stat; } 2>/dev/null || return 1
  set -- \${line##*) }
  [ "$1" != Z ] && [ "\${20}" = "$step_start" ]
}

command_lives() {
  if [ -n "$command_unit" ]; then
    "$systemctl" --quiet is-active "$command_unit"
  else
    kill -0 "-$command_group" 2>/dev/null
  fi
}

end_command() {
  # A failed activation has time to report its own end.
  if [ "$1" = activation ]; then
    waited=0
    look
    while [ $waited -lt 1000 ] && command_lives; do
      tick
      waited=$((waited + gap))
    done
  fi
  if [ -n "$command_unit" ]; then
    "$systemctl" kill --signal=KILL "$command_unit" 2>/dev/null
  else
    kill -KILL "-$command_group" 2>/dev/null
  fi
}

# Clears the way for the next activation: removes an interrupted one's lock, which a hanging process may hold, and its lists.
clear_traces() {
  for trace in $traces; do "$rm" -f "$trace"; done
}

set_profile() { "$nix_env" --profile "$profile" "$@"; }

profile_back() {
  [ -n "$back" ] || return 0
  set_profile $back && "$sync"
}

activate() { run "$activation_limit" "$1"/$activate; }

make_default() { [ -z "$make_default" ] || run "$activation_limit" "$1"/$make_default; }

restart_agent() {
  [ -n "$restart_agent" ] || return 0
  $reset_agent 2>/dev/null
  run 6000 $restart_agent
}

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
