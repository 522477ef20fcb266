// `completion`: the script that a shell needs to complete commands, flags, accounts and subscriptions; and where it belongs.

import type { Command } from 'commander'
import { next } from '../../core/errors/advice.ts'
import type { Context } from '../context.ts'
import { type Shell, SHELLS } from '../completion/scripts.ts'
import { addInstall } from './completion/install.ts'

const EXAMPLES = `
Examples:
  $ calreconnect completion install --shell bash
  $ calreconnect completion bash > ~/.local/share/bash-completion/completions/calreconnect
  $ calreconnect completion zsh > ~/.zfunc/_calreconnect
  $ calreconnect completion fish > ~/.config/fish/completions/calreconnect.fish
  $ calreconnect completion powershell >> $PROFILE

Names of accounts and ids of subscriptions come from the store, offline. Completing asks nobody and makes nothing.`

const LOADED: Readonly<Record<Shell, string>> = {
  bash: 'source <(calreconnect completion bash)',
  zsh: 'source <(calreconnect completion zsh)',
  fish: 'calreconnect completion fish | source',
  powershell: 'calreconnect completion powershell | Out-String | Invoke-Expression',
}

export function addCompletion(parent: Command, ctx: Context): void {
  const completion = parent
    .command('completion')
    .description('Shell completion: the script, or its installation.')
    .addHelpText('after', EXAMPLES)
  for (const shell of SHELLS) {
    completion
      .command(shell)
      .description(`Print the completion script for ${shell}.`)
      .addHelpText('after', `\nExamples:\n  $ ${String(next('completion', shell))}\n\nFor this session alone: ${LOADED[shell]}`)
      .action(() => runCompletion(ctx, shell))
  }
  addInstall(completion, ctx)
}

async function runCompletion(ctx: Context, shell: Shell): Promise<void> {
  const { completionScript } = await import('../completion/scripts.ts')
  ctx.show({ shell, script: completionScript(shell) }, ({ script }) => script)
}
