// What each shell is given once: it asks `calreconnect __complete` at every Tab. Pure.

export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const
export type Shell = (typeof SHELLS)[number]

/**
 * bash parts words at `@`, `:` and `=` too, and replaces the part behind the last of them: so words are read from the line itself, and
 * what stands before that part is taken off each candidate.
 */
const BASH = String.raw`# calreconnect completion for bash
_calreconnect() {
  local line="\${COMP_LINE:0:COMP_POINT}" part="\${COMP_WORDS[COMP_CWORD]}" word candidate
  local -a words
  read -ra words <<< "$line"
  [[ -z $line || $line == *[[:space:]] ]] && words+=('')
  while [[ \${#words[@]} -gt 1 && \${words[0]} == *=* ]]; do words=("\${words[@]:1}"); done
  word="\${words[\${#words[@]}-1]}"
  case $part in [@:=]) part='' ;; esac
  COMPREPLY=()
  while IFS= read -r candidate; do
    if [[ $candidate == :files ]]; then
      compopt -o default 2> /dev/null
    else
      candidate="\${candidate%%$'\t'*}"
      COMPREPLY+=("\${candidate#"\${word%"$part"}"}")
    fi
  done < <("\${words[0]}" __complete "$((\${#words[@]} - 2))" "\${words[@]:1}" 2> /dev/null)
  [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *, ]] && compopt -o nospace 2> /dev/null
}
complete -F _calreconnect calreconnect
`

const ZSH = String.raw`#compdef calreconnect
# calreconnect completion for zsh
_calreconnect() {
  local line value
  local -a candidates
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      _files
      return
    fi
    value="\${line%%$'\t'*}"
    if [[ $line == *$'\t'* ]]; then
      candidates+=("\${value//:/\\:}:\${line#*$'\t'}")
    else
      candidates+=("\${value//:/\\:}")
    fi
  done < <("\${words[1]}" __complete "$((CURRENT - 2))" "\${(@Q)words[2,CURRENT]}" 2> /dev/null)
  (( \${#candidates} )) && _describe -t values calreconnect candidates
}
if [[ \${funcstack[1]} == _calreconnect ]]; then
  _calreconnect "$@"
else
  compdef _calreconnect calreconnect
fi
`

const FISH = String.raw`# calreconnect completion for fish
function __calreconnect_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found (command $words[1] __complete (math (count $words) - 2) $words[2..-1] 2> /dev/null)
  for line in $found
    if test "$line" = ':files'
      __fish_complete_path (commandline -ct)
    else
      printf '%s\n' $line
    end
  end
end
complete -c calreconnect -f -a '(__calreconnect_complete)'
`

const POWERSHELL = String.raw`# calreconnect completion for PowerShell
Register-ArgumentCompleter -Native -CommandName calreconnect -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Where-Object { $_.Extent.StartOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
  $program = $words[0]
  $words = @($words | Select-Object -Skip 1)
  $index = if ($wordToComplete -eq '') { $words.Count } else { $words.Count - 1 }
  & $program __complete $index @words 2> $null | ForEach-Object {
    $value, $about = $_ -split '\t', 2
    if ($value -eq ':files') { return }
    if (-not $about) { $about = $value }
    [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $about)
  }
}
`

const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH, powershell: POWERSHELL }

export function completionScript(shell: Shell): string {
  // Shells write `${` as template literals do.
  return SCRIPTS[shell].replaceAll(String.raw`\${`, '${')
}
