// Where the platform keeps a person's data and settings. A container may run as a user that nobody knows: without HOME and without an
// entry in passwd there is no such place, and somebody has to name one.

import { isAbsolute } from 'node:path'
import { CalreconnectError } from '../../core/errors/errors.ts'
import { nonEmpty } from '../input/globals.ts'
import type { Host } from '../output/streams.ts'

/** @throws SETTING_MISSING when the folder cannot be known */
export async function platformFolder(kind: 'data' | 'config', host: Pick<Host, 'env' | 'platform'>): Promise<string> {
  const folder = (await ofPlatform(kind)) ?? ofXdg(kind, host)
  if (folder !== null && isAbsolute(folder)) return folder
  const what = kind === 'data' ? 'the store' : 'its key'
  throw new CalreconnectError(
    'SETTING_MISSING',
    `There is no home folder to keep ${what} in: HOME is not set, and this user has no passwd entry`,
    {
      hint: 'Set HOME to a folder that this user may write to, or both CALRECONNECT_DB (or --db) and CALRECONNECT_CONFIG_DIR',
    },
  )
}

/** Null where Node cannot tell a home folder: it throws as soon as the package asks. */
async function ofPlatform(kind: 'data' | 'config'): Promise<string | null> {
  try {
    const { default: envPaths } = await import('env-paths')
    return envPaths('calreconnect', { suffix: '' })[kind]
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_SYSTEM_ERROR') return null
    throw error
  }
}

/** What the base directory specification has without a home folder. */
function ofXdg(kind: 'data' | 'config', { env, platform }: Pick<Host, 'env' | 'platform'>): string | null {
  if (platform === 'win32' || platform === 'darwin') return null
  const base = nonEmpty(env[kind === 'data' ? 'XDG_DATA_HOME' : 'XDG_CONFIG_HOME'])
  return base === null ? null : `${base}/calreconnect`
}
