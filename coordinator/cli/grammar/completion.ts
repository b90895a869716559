/** What each shell needs to ask `switchyard __complete` for the words that may come next. */
export const COMPLETIONS: Readonly<Record<string, string>> = {
  bash: `_switchyard() {
  local cur=\${COMP_WORDS[COMP_CWORD]} IFS=$'\\n'
  COMPREPLY=($(switchyard __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  [[ \${COMPREPLY[0]} == *, ]] && compopt -o nospace
  return 0
}
complete -F _switchyard switchyard`,
  zsh: `#compdef switchyard
_switchyard() {
  local -a found
  found=(\${(f)"$(switchyard __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  compadd -Q -a found
}
# Found in $fpath, all of this is run as the function itself, at the first key; sourced, it only declares it.
if [[ $funcstack[1] == _switchyard ]]; then _switchyard; else compdef _switchyard switchyard; fi`,
  fish: `function __switchyard_complete
  set -l words (commandline -opc) (commandline -ct)
  switchyard __complete -- $words[2..-1] 2>/dev/null
end
complete -c switchyard -f -a '(__switchyard_complete)'`,
};
