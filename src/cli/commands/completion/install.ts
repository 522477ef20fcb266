// `completion install`: puts the script where the shell looks for it, and says where that was.

import { type Command, Option } from 'commander'
import { again } from '../../../core/errors/advice.ts'
import { CalreconnectError } from '../../../core/errors/errors.ts'
import { contentOf, placeOf, shellOf, writeScript } from '../../completion/place.ts'
import { completionScript, type Shell, SHELLS } from '../../completion/scripts.ts'
import type { Context } from '../../context.ts'

const EXAMPLES = `
Examples:
  $ calreconnect completion install --shell bash
  $ calreconnect completion install --shell fish --dry-run

Writes one file and no other; your shell's own start files are never changed.`

export function addInstall(parent: Command, ctx: Context): void {
  parent
    .command('install')
    .description('Write the completion script where the shell looks for it, and say where.')
    .addOption(new Option('--shell <shell>', 'default: the one that SHELL names').choices([...SHELLS]))
    .option('--dry-run', 'say where, and write nothing')
    .addHelpText('after', EXAMPLES)
    .action((flags: { readonly shell?: Shell; readonly dryRun?: boolean }) => runInstall(ctx, flags))
}

/** @throws INPUT_REQUIRED, SETTING_MISSING, FILE_UNWRITABLE */
async function runInstall(ctx: Context, flags: { readonly shell?: Shell; readonly dryRun?: boolean }): Promise<void> {
  const shell = flags.shell ?? shellOf(ctx.env['SHELL'])
  if (shell === null) {
    throw new CalreconnectError('INPUT_REQUIRED', 'It is not known which shell to complete in: SHELL names none of them', {
      hint: again({ add: ['--shell', 'bash'] }),
    })
  }
  const { path, also } = placeOf(shell, ctx.env)
  const script = completionScript(shell)
  const before = await contentOf(path)
  const isThere = before === script
  if (flags.dryRun !== true && !isThere) await writeScript(path, shell)
  const outcome = isThere ? 'unchanged' : flags.dryRun === true ? 'planned' : before === null ? 'written' : 'replaced'
  ctx.show({ shell, path, outcome, also }, () => `${SAID[outcome]} ${path}`)
  if (also !== null) ctx.hint(also)
  if (outcome !== 'planned') ctx.hint('New shells complete calreconnect')
}

const SAID = { unchanged: 'Is there already:', planned: 'Would write', written: 'Wrote', replaced: 'Replaced' } as const
