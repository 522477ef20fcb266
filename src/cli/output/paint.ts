// Colour only where a terminal is there and nobody objects.

import type { Paint } from '../render/view.ts'
import type { Colour, Palette, Screen } from './screen.ts'
import type { Host } from './streams.ts'

/** @see https://no-color.org and https://force-color.org */
function wantsColour(env: Host['env'], screen: Screen, noColor: boolean): boolean {
  if (noColor) return false
  const force = env['FORCE_COLOR']
  if (force !== undefined && force !== '') return force !== '0' && force !== 'false'
  if ((env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb') return false
  return screen.isTTY
}

/** chalk is loaded when there will be colour. */
export async function paintOf(host: Pick<Host, 'env'>, screen: Screen, noColor: boolean): Promise<Paint> {
  return screen.paint(wantsColour(host.env, screen, noColor) ? await palette() : null)
}

/** chalk's colours, apart: the screen puts them around what it has made harmless. */
export async function palette(): Promise<Palette> {
  const { Chalk } = await import('chalk')
  const chalk = new Chalk({ level: 1 })
  const around = (paint: (text: string) => string): Palette[Colour] => {
    const [begin = '', end = ''] = paint('|').split('|')
    return { begin, end }
  }
  return {
    bold: around(chalk.bold),
    dim: around(chalk.dim),
    red: around(chalk.red),
    green: around(chalk.green),
    yellow: around(chalk.yellow),
    cyan: around(chalk.cyan),
  }
}
