/**
 * Each shell's code that asks `switchyard __complete` for the next words. A shell acts on its command line, so this drops once
 * more any word with characters that names, lists and flags don't need.
 */
export const COMPLETIONS: Readonly<Record<string, string>> = {
  bash: `_switchyard() {
  local word
  COMPREPLY=()
  while IFS= read -r word; do
    [[ -z $word || $word == *[!A-Za-z0-9._,-]* ]] || COMPREPLY+=("$word")
  done < <(switchyard __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  [[ \${COMPREPLY[0]} == *, ]] && compopt -o nospace
  return 0
}
complete -F _switchyard switchyard`,
  zsh: `#compdef switchyard
_switchyard() {
  local -a found
  found=(\${(f)"$(switchyard __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  found=(\${found:#*[^A-Za-z0-9._,-]*})
  compadd -a found
}
# Found in $fpath, all of this is run as the function itself, at the first key; sourced, it only declares it.
if [[ $funcstack[1] == _switchyard ]]; then _switchyard; else compdef _switchyard switchyard; fi`,
  fish: `function __switchyard_complete
  set -l words (commandline -opc) (commandline -ct)
  switchyard __complete -- $words[2..-1] 2>/dev/null | string match -r '^[A-Za-z0-9._,-]+$'
end
complete -c switchyard -f -a '(__switchyard_complete)'`,
};
