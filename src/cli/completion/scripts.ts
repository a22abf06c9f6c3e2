export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/**
 * What a shell evaluates. Each asks the command itself for the words that can come next, so that jobs that are added
 * later are completed, too. `nightshift` must be found by the shell: in node_modules/.bin, or by an alias for npx.
 */
export const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# source <(npx nightshift completion bash)
_nightshift() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$("\${COMP_WORDS[0]}" __words -- "\${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _nightshift nightshift`,

  zsh: `#compdef nightshift
# source <(npx nightshift completion zsh)
_nightshift() {
  local -a candidates
  candidates=("\${(@f)$("\${words[1]}" __words -- "\${(@)words[2,CURRENT-1]}" 2>/dev/null)}")
  compadd -a candidates || _files
}
if (( $+functions[compdef] )); then compdef _nightshift nightshift; fi`,

  fish: `# npx nightshift completion fish | source
complete -c nightshift -e
complete -c nightshift -a '(set -l line (commandline -opc); $line[1] __words -- $line[2..-1] 2>/dev/null)'`,
};
