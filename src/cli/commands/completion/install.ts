// `completion install`: puts the script where the shell looks for it, and says where that was.

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type Command, Option } from 'commander'
import { again, next } from '../../../core/errors/advice.ts'
import { CalreconnectError } from '../../../core/errors/errors.ts'
import { completionScript, type Shell, SHELLS } from '../../completion/scripts.ts'
import type { Context } from '../../context.ts'
import { nonEmpty } from '../../input/globals.ts'

interface Place {
  readonly path: string
  /** What else must be done, once; null: nothing. */
  readonly also: string | null
}

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
  if (flags.dryRun !== true && !isThere) await write(path, script, shell)
  const outcome = isThere ? 'unchanged' : flags.dryRun === true ? 'planned' : before === null ? 'written' : 'replaced'
  ctx.show({ shell, path, outcome, also }, () => `${SAID[outcome]} ${path}`)
  if (also !== null) ctx.hint(also)
  if (outcome !== 'planned') ctx.hint('New shells complete calreconnect')
}

const SAID = { unchanged: 'Is there already:', planned: 'Would write', written: 'Wrote', replaced: 'Replaced' } as const

function shellOf(path: string | undefined): Shell | null {
  const name = basename(path ?? '').replace(/\.exe$/i, '')
  return SHELLS.find((shell) => shell === name || (shell === 'powershell' && name === 'pwsh')) ?? null
}

function placeOf(shell: Shell, env: Context['env']): Place {
  const home = nonEmpty(env['HOME']) ?? nonEmpty(env['USERPROFILE'])
  const data = nonEmpty(env['XDG_DATA_HOME']) ?? (home === null ? null : join(home, '.local', 'share'))
  const config = nonEmpty(env['XDG_CONFIG_HOME']) ?? (home === null ? null : join(home, '.config'))
  if (data === null || config === null) {
    throw new CalreconnectError('SETTING_MISSING', 'There is no home folder to put the script in: HOME is not set', {
      hint: next('completion', shell),
    })
  }
  switch (shell) {
    case 'bash':
      return { path: join(data, 'bash-completion', 'completions', 'calreconnect'), also: null }
    case 'fish':
      return { path: join(config, 'fish', 'completions', 'calreconnect.fish'), also: null }
    case 'zsh': {
      const folder = join(data, 'zsh', 'site-functions')
      return { path: join(folder, '_calreconnect'), also: `Once, in .zshrc before compinit: fpath=(${folder} $fpath)` }
    }
    case 'powershell': {
      const path = join(config, 'powershell', 'calreconnect-completion.ps1')
      return { path, also: `Once, in the file that $PROFILE names: . '${path}'` }
    }
  }
}

async function contentOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error) return null
    throw error
  }
}

async function write(path: string, script: string, shell: Shell): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, script)
  } catch (cause) {
    throw new CalreconnectError('FILE_UNWRITABLE', `Cannot write ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
      hint: next('completion', shell),
    })
  }
}
