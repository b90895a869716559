/**
 * What the guard's program (guard-script.ts) can do, as functions of POSIX sh: measure time, write its files, run and end processes, and
 * activate a system. They read the settings of the guard's folder as variables.
 */
export const GUARD_ACTIONS = `# Sets t to the time since the boot, or without /proc to the time of day, in hundredths of a second.
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
`;
