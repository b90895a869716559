import { TAG_VARIABLE } from '../config/command-environment.ts';
import type { Step } from './platform.ts';

/**
 * The POSIX sh script that runs one command, so that the command outlives the agent. Works under dash, bash and busybox sh.
 * W1  Nothing of a step runs before `started` exists, and of two that create `started` only one can succeed: it is written aside
 *    and linked into place. FIFO and reader stand before it, so that a reader of `started` may signal at once.
 * W2  Steps write into a FIFO, never into the file: a step that reopens /dev/stderr would truncate the file. The reader ignores
 *    SIGTERM and goes on draining when the disk is full, so a step is neither killed nor blocked by its own output; `output.cut`
 *    then records that not all of it was kept. Otherwise `drained` records that the reader outlived every writer.
 * W3  The trap is the shell's own (steps would inherit `trap '' TERM`). `k` is checked before each step, because a step that
 *    exits 0 on SIGTERM must not lead to the next one. A step that begins checks for `kill.json` itself: the killer writes it
 *    before it lists the tree, so a step is either listed or does not run.
 * W4  The phase changes by renaming or linking an existing file: that needs no space, so a kill can trust it on a full disk. A
 *    step's progress goes before the phase of the next one stands.
 * W5  Once all steps have run, or one has failed, the wrapper claims the end as `over`, before the phase changes: a later kill
 *    finds it. A kill that has signalled a step was first, and so was one that has kept a step from running (`stopped`): the
 *    wrapper waits for its claim, or nobody would say that it was a kill.
 * W6  The tag that finds a command's processes is exported here, and passed to other programs on their stdin: everybody can read
 *    argv.
 * W7  Processes that outlive the last step are ended before `exit` is written; while `kill.json` stands the agent's killer does that,
 *    with its own grace. Once `exit` stands, `output` grows no more.
 */
const HEAD = String.raw`
k='' code=0 leftovers=0
trap 'k=1' TERM
cd "$dir" && exec 2>>wrapper.log || exit 125
steps_path=$PATH
PATH=$PATH:/run/current-system/sw/bin:/nix/var/nix/profiles/default/bin:/usr/bin:/bin

mkfifo fifo || exit 125
(trap '' TERM; exec <fifo; cat >>output || { ln phase.end output.cut; exec cat >/dev/null; }; : >drained) 2>/dev/null &
reader=$!
exec 3>fifo

# The 22nd field of stat, the start in clock ticks; without /proc, ps's, in UTC.
if [ -r /proc/$$/stat ]; then
  read -r _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ start _ </proc/$$/stat
else
  start=$(LC_ALL=C TZ=UTC0 ps -o lstart= -p $$)
fi
echo "$boot $$ $reader" $start >started.$$ && ln started.$$ started || exit 125

# While a kill is under way no step begins: it may have waited for an activation to end. Should it fail, the command goes on.
begin() {
  [ $code -eq 0 ] || return
  if [ -e kill.json ]; then
    ln -f phase.end phase
    while [ -e kill.json ] && [ -z "$k" ]; do sleep 0.05; done
  fi
  [ -n "$k" ] || [ ! -e evidence/progress ] || rm -f evidence/progress
  [ -n "$k" ] || mv -f phase.$1 phase
  [ -z "$k" ] || { ln phase.end stopped; code=143; return 1; }
}

# "pid ppid" of each live process of this session and, where the command has a unit, of its cgroup, which is named by the id and no
# user's own; and "pid 0" of those that carry the tag in their environment.
members() {
  if [ -r /proc/$$/stat ]; then
    sed -nE "s/^([0-9]+) \(.*\) [^ZX] ([0-9]+) [0-9]+ $$ .*/\1 \2/p" /proc/[0-9]*/stat 2>/dev/null
    set -- $(grep -lE -e "^[^@]*/system[.]slice/switchyard-[^/]*-$id-[0-9a-f]+[.]service(/|$)" /proc/[0-9]*/cgroup 2>/dev/null | sed 's,cgroup$,stat,')
    [ $# -eq 0 ] || sed -nE 's/^([0-9]+) \(.*\) [^ZX] ([0-9]+) .*/\1 \2/p' "$@" 2>/dev/null
    echo "$tag_line" | grep -lFf - /proc/[0-9]*/environ 2>/dev/null | sed 's,/proc/\([0-9]*\)/.*,\1 0,'
  else
    LC_ALL=C ps -A -o pid=,ppid=,pgid=,stat= | sed -nE "s/^ *([0-9]+) +([0-9]+) +$$ +[^ZX].*/\1 \2/p"
  fi
}

# Sets left to the pids that live beside wrapper and reader. The helpers of the listing are in it, and gone when asked for.
list_left() {
  readers=" $reader " left=''
  set -- $(members)
  while [ $# -gt 1 ]; do
    [ "$2" != $reader ] || readers="$readers$1 "
    case " $$ $readers $left " in
      *" $1 "*) ;;
      *) kill -0 "$1" 2>/dev/null && left="$left $1" ;;
    esac
    shift 2
  done
  [ -n "$left" ]
}

# The same for what hid from that, began after the wrapper, and may still write into the FIFO.
list_holders() {
  left=''
  for fd in /proc/[0-9]*/fd/*; do
    [ "$fd" -ef fifo ] || continue
    IFS=/
    set -- $fd
    unset IFS
    grep -q '^flags:.*[12]$' "/proc/$3/fdinfo/$5" 2>/dev/null || continue
    began=$(sed -nE 's/^[0-9]+ \(.*\) [^ZX] ([^ ]+ ){18}([0-9]+) .*/\2/p' "/proc/$3/stat" 2>/dev/null)
    [ -n "$began" ] && [ "$began" -ge "$start" ] || continue
    case " $left " in *" $3 "*) ;; *) left="$left $3" ;; esac
  done
  [ -n "$left" ]
}

# Ends what $1 lists, and counts it.
end_all() {
  $1 || return
  while [ -e kill.json ]; do
    sleep 0.1
    $1 || return
  done
  tick=0
  for pid in $left; do leftovers=$((leftovers + 1)); done
  kill -TERM $left 2>/dev/null
  kill -CONT $left 2>/dev/null
  while $1 && [ $tick -lt 60 ]; do
    [ $tick -lt 20 ] || kill -KILL $left 2>/dev/null
    tick=$((tick + 1))
    sleep 0.1
  done
}

# A reader that does not see the end is held up by a disk, or something holds the FIFO. It gets two seconds more, and is ended then.
close_output() {
  exec 3>&-
  tick=0
  sleep 0.01
  while kill -0 $reader 2>/dev/null && [ $tick -lt 4 ]; do
    tick=$((tick + 1))
    sleep 0.05
  done
  kill -0 $reader 2>/dev/null && end_all list_holders
  tick=0
  while kill -0 $reader 2>/dev/null; do
    [ $tick -lt 40 ] || kill -KILL $readers 2>/dev/null
    tick=$((tick + 1))
    sleep 0.05
  done
}
`;

const TAIL = `
[ -e stopped ] || ln phase.end over
ln -f phase.end phase
while [ -e stopped ] && [ -e kill.json ] && [ ! -e over ]; do sleep 0.05; done
end_all list_left
close_output
[ -z "$witness" ] || echo "$code $leftovers end" >"$witness"
echo "$code $leftovers end" >exit
exit $code
`;

/** The phase while the wrapper cleans up behind the last step. */
export const FINISH_PHASE = 'finish';

export type WrapperSpec = {
  id: string;
  /** A secret that no other process has. */
  tag: string;
  bootId: string;
  /** The command's folder. */
  dir: string;
  /** Where the exit is written a second time, on another file system; null if there is none. */
  witness: string | null;
  steps: readonly Step[];
};

/** The script's text. It finds beside itself `phase.0` …, one per step, and `phase.end`: the words to rename into `phase`. */
export function wrapperScript(spec: WrapperSpec): string {
  const settings = {
    id: spec.id,
    boot: spec.bootId,
    dir: spec.dir,
    witness: spec.witness ?? '',
  };
  const assignments = Object.entries(settings).map(([name, value]) => `${name}=${quote(value)}`);
  // An empty line would find every process.
  if (spec.tag === '') throw new Error('a command has no tag');
  const tagged = [`export ${TAG_VARIABLE}=${quote(spec.tag)}`, `tag_line="${TAG_VARIABLE}=$${TAG_VARIABLE}"`];
  return ['#!/bin/sh', ...assignments, ...tagged, HEAD.trim(), ...spec.steps.map(stepText), TAIL.trim(), ''].join('\n');
}

/** One subshell per step, so that its folder and environment end with it; its traps are the default ones again. */
function stepText(step: Step, index: number): string {
  const exports = Object.entries(step.env ?? {}).map(([name, value]) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new Error(`not the name of a variable: ${name}`);
    return `  export ${name}=${quote(value)}`;
  });
  return [
    `begin ${index} && {`,
    '  ([ ! -e kill.json ] || { ln phase.end stopped; exit 143; }',
    '  PATH=$steps_path',
    ...(step.cwd ? [`  cd ${quote(step.cwd)} || exit 126`] : []),
    ...exports,
    `  exec ${step.argv.map(quote).join(' ')}) </dev/null >&3 2>&3 3>&-`,
    '  code=$?',
    '}',
  ].join('\n');
}

/** Single quotes keep every byte but themselves; NUL cannot be in an argument. */
function quote(text: string): string {
  if (text.includes('\0')) throw new Error('an argument cannot hold a NUL byte');
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
