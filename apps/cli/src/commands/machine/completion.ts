import type { Context, GlobalOptions } from '../../context.ts';
import { CliFailure, exitCodes } from '../../exit-code.ts';

/** Each script asks this very command what could follow, so that it knows every command, and names of services too, without being made anew. */
const scripts: Readonly<Record<string, string>> = {
  bash: `# sconce completion for bash. Put this into ~/.bashrc:  source <(sconce completion bash)
_sconce() {
  local IFS=$'\\n' words=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  local offered=($(sconce complete -- "\${words[@]}" 2>/dev/null))
  COMPREPLY=()
  local line
  for line in "\${offered[@]}"; do
    if [[ $line == :file ]]; then
      compopt -o default 2>/dev/null
    else
      COMPREPLY+=("\${line%%$'\\t'*}")
    fi
  done
}
complete -F _sconce sconce`,
  zsh: `#compdef sconce
# sconce completion for zsh. Put this into ~/.zshrc, after compinit:  source <(sconce completion zsh)
_sconce() {
  local line file=0
  local -a offered
  for line in "\${(@f)$(sconce complete -- "\${(@)words[2,$CURRENT]}" 2>/dev/null)}"; do
    if [[ $line == :file ]]; then
      file=1
    elif [[ -n $line ]]; then
      line=\${line//:/\\\\:}
      offered+=("\${line/$'\\t'/:}")
    fi
  done
  if (( file )); then _files; else _describe sconce offered; fi
}
compdef _sconce sconce`,
  fish: `# sconce completion for fish. Put this into ~/.config/fish/config.fish:  sconce completion fish | source
function __sconce_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in (sconce complete -- $words[2..-1] 2>/dev/null)
        if test "$line" = :file
            __fish_complete_path (commandline -ct)
        else
            echo $line
        end
    end
end
complete -c sconce -f -a '(__sconce_complete)'`,
};

export async function completion(context: Context, _options: GlobalOptions, shell: string): Promise<void> {
  const script = scripts[shell];
  if (script === undefined)
    throw new CliFailure(`There is no completion for ${shell.slice(0, 40)}: ${Object.keys(scripts).join(', ')}`, {
      exitCode: exitCodes.usage,
      code: 'invalid',
    });
  context.terminal.line(script);
}
