// A BROWSER program that shows nothing: it writes the page it is given into a file, for a test that has a browser of its own.

import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface BrowserProgram {
  /** For the environment variable BROWSER. */
  readonly path: string
  /** The page that it was given, once. */
  opened(): Promise<string>
}

const LOOK_EVERY_MS = 20
const LOOKS_MAX = 1_500

export function browserProgram(folder: string): BrowserProgram {
  const path = join(folder, 'browser')
  const page = `${path}.page`
  // Moved into place, so that half a page is never read.
  writeFileSync(path, `#!/bin/sh\n[ $# -eq 1 ] && printf %s "$1" > '${page}.new' && mv '${page}.new' '${page}'\n`)
  chmodSync(path, 0o755)
  return {
    path,
    async opened() {
      for (let look = 0; look < LOOKS_MAX; look += 1) {
        if (existsSync(page)) {
          const url = readFileSync(page, 'utf8')
          rmSync(page)
          return url
        }
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
      }
      throw new Error('BROWSER was never run')
    },
  }
}
