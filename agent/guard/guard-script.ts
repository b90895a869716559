/**
 * The POSIX sh program that watches one activation and, alone, keeps or undoes it. Works under dash, bash and busybox sh.
 *
 * G1  It runs in the folder of its activation (guard-folder.ts) and reads nothing else; each tool is a path of the system that was active
 *     before, so neither an activation nor a lost STATE_DIR takes anything from it.
 * G2  Its files are its state: started again at any moment, it goes on where it was. What has been decided, done or ended is a file that
 *     came by one rename or link.
 * G3  `decision` is a link that can be made once: deadline, agent, person and activation only try to make it. Nothing is kept or undone
 *     before it stands.
 * G4  It acts only while the active system is the old or the new one. Whoever activated a third one is left alone.
 * G5  The deadline counts time awake: of the time between two looks no more than 2 s are counted, since a machine that was suspended, or
 *     stopped as a whole, has used none of it.
 * G6  An undo is proved by what is active, never by an exit code; a keep by the exit 0 of `boot` behind a profile that was set and synced.
 */
export const GUARD_SH = `
. ./settings || exit 1
spent=0 held=0 counting='' told='' t=0 gap=0

# Sets t to the time since the boot, in hundredths of a second.
now() {
  read -r up _ </proc/uptime
  fraction=\${up#*.}
  t=$((\${up%.*} * 100 + 1$fraction - 100))
}

# Sets gap to what has passed since the look before, in hundredths of a second.
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

# Replaces file $1 as a whole by the rest.
say() {
  file=$1
  shift
  echo "$*" >"$file.new" && "$mv" -f "$file.new" "$file"
}

decide() { "$ln" "word.$1" decision 2>/dev/null; }

active() { "$readlink" -f "$current"; }

# Runs a program for $1 hundredths at most; its status, 124 where it took longer. What it waits for is not waited for twice.
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

# Last word, in this order: what would be left behind goes first.
finish() {
  for root in $roots; do "$rm" -f "$root"; done
  # Without its last word nobody would know: a full /run is waited out.
  until say end "$@"; do "$sleep" 1; done
  exit 0
}

# The step that activates, or a later process with its pid.
step_lives() {
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
  # An activation that has failed tells its own end first.
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

# What an activation that was cut off leaves in the way of the next: its lock, held by what may still hang, and its lists.
clear_traces() {
  for trace in $traces; do "$rm" -f "$trace"; done
}

set_profile() { "$nix_env" --profile "$profile" "$@"; }

profile_back() {
  [ -n "$back" ] || return 0
  set_profile $back && "$sync"
}

activate() { run "$activation_limit" "$1/bin/switch-to-configuration" test; }

make_default() { run "$activation_limit" "$1/bin/switch-to-configuration" boot; }

restart_agent() {
  [ -n "$agent_restart" ] || return 0
  [ -z "$agent_unit" ] || "$systemctl" reset-failed "$agent_unit" 2>/dev/null
  run 6000 $agent_restart
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
  finish undone "$1" "$([ $status -eq 0 ] || echo "switch-to-configuration ended with status $status")"
}

# Where the old system does not come into contact either, and boots by itself, a reboot may do what an activation could not.
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
  "$systemctl" reboot
  "$sleep" 600
}

# Whether the time in file $1 is past $2.
is_newer() {
  { read -r stamped <"$1"; } 2>/dev/null && [ "$stamped" -gt "$2" ] 2>/dev/null
}

keep() {
  say state keeping
  is=$(active)
  # Both may be the same system.
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

# Started anew in a boot that leads to the old system: a keep was cut off, or nothing but the power.
go_back() {
  say state undoing
  is=$(active)
  [ "$is" = "$old" ] || finish superseded "$1" "$is is active"
  profile_back
  make_default "$old" || finish rollback_failed "$1" "the boot default could not be written for the old system"
  "$sync"
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

# Without its folder it could decide nothing: the agent lays that anew, and starts another.
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
      # A link, since a full /run takes no other file; once a process, since without the link the count would never grow.
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
    # Asked in this order: a step that leaves between the two has said before that it had activated.
    spent=$((spent + gap))
    if ! step_lives && [ ! -e activated ]; then decide activation; fi
    [ $spent -lt $activation_limit ] || decide activation
  fi
  if [ $((t - saved)) -ge 100 ] || [ $t -lt $saved ]; then
    echo "$spent $held" >spent
    saved=$t
  fi
done
exit 0
`;
