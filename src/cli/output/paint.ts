// Colour only where a terminal is there and nobody objects. chalk is loaded when there will be colour.

import { PLAIN, type Paint } from '../render/view.ts'
import type { Host } from './streams.ts'

/** @see https://no-color.org and https://force-color.org */
function wantsColour(env: Host['env'], stream: NodeJS.WriteStream, noColor: boolean): boolean {
  if (noColor) return false
  const force = env['FORCE_COLOR']
  if (force !== undefined && force !== '') return force !== '0' && force !== 'false'
  if ((env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb') return false
  return stream.isTTY
}

export async function loadPaint(host: Pick<Host, 'env'>, stream: NodeJS.WriteStream, noColor: boolean): Promise<Paint> {
  if (!wantsColour(host.env, stream, noColor)) return PLAIN
  const { Chalk } = await import('chalk')
  const chalk = new Chalk({ level: 1 })
  return {
    bold: (text) => chalk.bold(text),
    dim: (text) => chalk.dim(text),
    red: (text) => chalk.red(text),
    green: (text) => chalk.green(text),
    yellow: (text) => chalk.yellow(text),
    cyan: (text) => chalk.cyan(text),
  }
}
