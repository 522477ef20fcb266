// Where each shell looks for a completion script, and whether ours is there.

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { next } from '../../core/errors/advice.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Context } from '../context.ts'
import { nonEmpty } from '../input/globals.ts'
import { completionScript, type Shell, SHELLS } from './scripts.ts'

interface Place {
  readonly path: string
  /** What else must be done, once; null: nothing. */
  readonly also: string | null
}

/** The shell that a path such as SHELL names. */
export function shellOf(path: string | undefined): Shell | null {
  const name = basename(path ?? '').replace(/\.exe$/i, '')
  return SHELLS.find((shell) => shell === name || (shell === 'powershell' && name === 'pwsh')) ?? null
}

/** @throws SETTING_MISSING without a home folder */
export function placeOf(shell: Shell, env: Context['env']): Place {
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

/** The script that is there; null: none. */
export async function contentOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error) return null
    throw error
  }
}

/** @throws FILE_UNWRITABLE */
export async function writeScript(path: string, shell: Shell): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, completionScript(shell))
  } catch (cause) {
    throw new CalreconnectError('FILE_UNWRITABLE', `Cannot write ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
      hint: next('completion', shell),
    })
  }
}
