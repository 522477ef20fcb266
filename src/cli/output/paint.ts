// Colour only where a terminal is there and nobody objects.

import type { Paint } from '../render/view.ts'
import type { Screen } from './screen.ts'
import type { Host } from './streams.ts'

/** @see https://no-color.org and https://force-color.org */
function wantsColour(env: Host['env'], screen: Screen, noColor: boolean): boolean {
  if (noColor) return false
  const force = env['FORCE_COLOR']
  if (force !== undefined && force !== '') return force !== '0' && force !== 'false'
  if ((env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb') return false
  return screen.isTTY
}

export function paintOf(host: Pick<Host, 'env'>, screen: Screen, noColor: boolean): Paint {
  return screen.paint(wantsColour(host.env, screen, noColor))
}
