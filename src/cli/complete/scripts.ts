import type { Shell } from "./shells.ts";

/*
 * Each script asks `agent-sessions __complete` for the candidates, one on a line, each followed by a tab and what it is. A
 * line that begins with a tab leaves paths to the shell, which knows `~`, `$HOME` and its own quoting better.
 */

/**
 * For bash the candidates come as they are to be inserted: bash quotes none, and splits the line at `:` and `=` too.
 * It also works in the bash 3.2 of macOS, which has no `compopt`.
 */
const BASH = String.raw`# bash completion for agent-sessions and tbc
_agent_sessions() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      '') ;;
      $'\tfolders') compopt -o dirnames -o nospace 2>/dev/null ;;
      $'\tfiles') compopt -o default 2>/dev/null ;;
      *) COMPREPLY[${"$"}{#COMPREPLY[@]}]=$line ;;
    esac
  done <<< "$(command agent-sessions __complete bash "$COMP_WORDBREAKS" -- "${"$"}{COMP_LINE:0:$COMP_POINT}" 2>/dev/null </dev/null)"
}
complete -o nosort -F _agent_sessions agent-sessions tbc 2>/dev/null || complete -F _agent_sessions agent-sessions tbc
`;

/** \`compadd\` itself and not \`_describe\`, which splits names at \`:\` and joins those whose descriptions are equal. */
const ZSH = String.raw`#compdef agent-sessions tbc
# zsh completion for agent-sessions and tbc
_agent_sessions() {
  local line paths
  local -a found about shown
  local -i width=0
  for line in "${"$"}{(@f)$(command agent-sessions __complete -- "${"$"}{(@Q)words[2,CURRENT-1]}" "${"$"}{(Q)PREFIX}" 2>/dev/null </dev/null)}"; do
    case $line in
      '') ;;
      $'\tfolders') paths=-/ ;;
      $'\tfiles') paths=-f ;;
      *)
        found+=("${"$"}{line%%$'\t'*}")
        about+=("${"$"}{${"$"}{line#*$'\t'}:#$line}")
        (( ${"$"}{(m)#found[-1]} > width )) && width=${"$"}{(m)#found[-1]}
        ;;
    esac
  done
  if [[ -n $paths ]]; then
    compset -P '--*='
    _files $paths
    return
  fi
  (( $#found )) || return 1
  local -i at
  for (( at = 1; at <= $#found; at++ )); do
    if [[ -z $about[at] ]]; then shown+=("$found[at]")
    else shown+=("${"$"}{(mr:width:)found[at]}  -- $about[at]")
    fi
  done
  compadd -l -V agent-sessions -d shown -- "$found[@]"
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
if [[ $funcstack[1] == _agent[-_]sessions ]]; then
  _agent_sessions "$@"
else
  compdef _agent_sessions agent-sessions tbc
fi
`;

const FISH = String.raw`# fish completion for agent-sessions and tbc
function __agent_sessions_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    set -l path (string replace -r -- '^--[^=]*=' '' $word)
    set -l flag (string match -r -- '^--[^=]*=' $word)
    for line in (command agent-sessions __complete -- $words[2..-1] "$word" 2>/dev/null </dev/null)
        switch $line
            case \tfolders
                for one in (__fish_complete_directories "$path")
                    string join '' -- $flag $one
                end
            case \tfiles
                for one in (__fish_complete_path "$path")
                    string join '' -- $flag $one
                end
            case '*'
                echo $line
        end
    end
end
for program in agent-sessions tbc
    complete -c $program -f -k -a '(__agent_sessions_complete)'
end
`;

const SCRIPTS: Record<Shell, string> = { bash: BASH, zsh: ZSH, fish: FISH };

/** Returns the script with which a shell completes our command lines. */
export function scriptFor(shell: Shell): string {
  return SCRIPTS[shell];
}
