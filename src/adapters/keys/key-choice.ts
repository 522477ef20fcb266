// Which place was chosen for the key, and which were chosen before it: a small settings file beside the key file.

import { CalreconnectError } from '../../core/errors/errors.ts'
import { STORE_KEY_PLACES, type StoreKeyPlace } from '../../core/ports/store-keys.ts'
import { readOwnFile } from '../files/own-file.ts'

const BYTES_MAX = 4 * 1024

export interface Choice {
  readonly chosen: StoreKeyPlace
  readonly earlier: readonly StoreKeyPlace[]
}

/** Null when nothing was chosen. @throws STORE_KEY_MISSING when the settings cannot be read, so that no other key is taken */
export function readChoice(path: string): Choice | null {
  let text: string | null
  try {
    text = readOwnFile(path, BYTES_MAX)
  } catch (thrown) {
    throw unreadable(path, thrown)
  }
  if (text === null) return null
  const [chosen, ...rest] = namesIn(text)
  if (chosen === undefined) throw unreadable(path)
  return { chosen, earlier: rest }
}

/** Place names of `{"key_source": …, "earlier": […]}`; none when it is anything else. */
function namesIn(text: string): readonly StoreKeyPlace[] {
  let settings: unknown
  try {
    settings = JSON.parse(text)
  } catch {
    return []
  }
  if (typeof settings !== 'object' || settings === null || !('key_source' in settings)) return []
  const earlier: readonly unknown[] = 'earlier' in settings && Array.isArray(settings.earlier) ? settings.earlier : []
  const names = [settings.key_source, ...earlier].map((name) => STORE_KEY_PLACES.find((place) => place === name))
  return names[0] === undefined ? [] : names.filter((name) => name !== undefined)
}

function unreadable(path: string, cause?: unknown): CalreconnectError {
  return new CalreconnectError('STORE_KEY_MISSING', `The settings file ${path} cannot be read, or is damaged`, {
    hint: `Remove ${path}, then calreconnect store key use file|env|keyring`,
    cause,
  })
}
