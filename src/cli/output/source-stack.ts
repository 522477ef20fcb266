// A stack of the built program, told in files and lines of src/. What it reads is read only when a stack is printed.

import { readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

type Payload = ConstructorParameters<typeof SourceMap>[0]

/** Where this runs from: in the build, the folder of the built files. */
const FOLDER = dirname(fileURLToPath(import.meta.url))
const FRAMES_MAX = 25
const PLACE = /(?<![\w.-])([\w.-]+\.js):(\d+):(\d+)/g

/** What `thrown` and its causes have to say, a frame a line. */
export function sourceStack(thrown: unknown): string {
  const stacks: string[] = []
  for (let each: unknown = thrown, depth = 0; each !== undefined && depth < 5; depth += 1) {
    stacks.push(each instanceof Error ? frames(each.stack ?? each.message) : `(${typeof each} thrown, no error)`)
    each = each instanceof Error ? each.cause : undefined
  }
  return inSource(stacks.join('\n'))
}

function frames(stack: string): string {
  const lines = stack.split('\n')
  const first = lines.findIndex((line) => /^\s+at /.test(line))
  return first === -1 ? stack : lines.slice(0, first + FRAMES_MAX).join('\n')
}

function inSource(stack: string): string {
  if (!stack.includes(FOLDER)) return stack
  const maps = readMaps()
  if (maps === null) return stack
  return stack
    .replaceAll(PLACE, (place, file: string, line: string, column: string) => {
      const payload = maps[file]
      if (payload === undefined) return place
      // A package's lines are not kept.
      const entry = new SourceMap(payload).findEntry(Number(line) - 1, Number(column) - 1)
      if (!('originalSource' in entry)) return place
      return entry.originalSource.startsWith('src') ? `${entry.originalSource}:${entry.originalLine + 1}` : entry.originalSource
    })
    .replaceAll(`${FOLDER}${sep}`, '')
}

/** Null in a checkout's own source, or where the file is gone: the stack is shown as it is then. */
function readMaps(): Readonly<Record<string, Payload>> | null {
  try {
    const maps: Readonly<Record<string, Payload>> = JSON.parse(readFileSync(join(FOLDER, 'lines.json'), 'utf8'))
    return maps
  } catch {
    // An error about an error would hide the first.
    return null
  }
}
