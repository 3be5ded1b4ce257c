/** Shells that completion is offered for. */
export type Shell = 'bash' | 'zsh' | 'fish' | 'pwsh';

/**
 * Completion scripts. Each hands the words typed so far to `mao __complete`, which answers with one fitting word a line,
 * or `:files` where files should be offered.
 */
export const COMPLETION_SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# mao completion for bash. Add to ~/.bashrc:  source <(mao completion bash)
_mao_complete() {
  local words=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  local found
  found=$(mao __complete "\${words[@]}" 2>/dev/null) || return 0
  COMPREPLY=()
  local word
  while IFS= read -r word; do
    if [[ $word == ":files" ]]; then
      compopt -o default 2>/dev/null
    elif [[ -n $word ]]; then
      COMPREPLY+=("$word")
    fi
  done <<< "$found"
}
complete -F _mao_complete mao
`,
  zsh: `#compdef mao
# mao completion for zsh. Add to ~/.zshrc:  source <(mao completion zsh)
_mao() {
  local -a found
  found=("\${(@f)$(mao __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if (( \${found[(Ie):files]} )); then
    _files
    found=("\${(@)found:#:files}")
  fi
  found=("\${(@)found:#}")
  (( \${#found} )) && compadd -a found
  return 0
}
compdef _mao mao
`,
  fish: `# mao completion for fish. Save as ~/.config/fish/completions/mao.fish
function __mao_complete
  set -l words (commandline -opc) (commandline -ct)
  set -e words[1]
  for word in (mao __complete $words 2>/dev/null)
    if test "$word" = ":files"
      __fish_complete_path (commandline -ct)
    else
      echo $word
    end
  end
end
complete -c mao -f -a '(__mao_complete)'
`,
  pwsh: `# mao completion for PowerShell. Add to $PROFILE:  mao completion pwsh | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName mao -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
  if ($wordToComplete -eq '') { $words += ':empty' }
  mao __complete @words 2>$null | Where-Object { $_ -and $_ -ne ':files' } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
`,
};
