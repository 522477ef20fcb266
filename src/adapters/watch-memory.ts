// The findings of the last round of `webhooks watch`, in a file beside the store: no secret is in it, and losing it repeats what was told.

import { readFile } from 'node:fs/promises'
import * as v from 'valibot'
import { CalreconnectError } from '../core/errors/errors.ts'
import type { WatchMemory } from '../core/ports/watch.ts'
import { replaceFile } from './files/write-file.ts'
import { parseJsonText } from './http/json-text.ts'

const Remembered = v.object({
  version: v.literal(1),
  findings: v.array(v.object({ code: v.string(), severity: v.string(), message: v.string(), uris: v.array(v.string()) })),
})

export function watchMemory(path: string): WatchMemory {
  return {
    async load() {
      const text = await readFile(path, 'utf8').catch((error: unknown) => {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
        throw unusable(path, error)
      })
      const read = v.safeParse(Remembered, text === null ? null : parseJsonText(text))
      // Of another version, or half a file: everything is told once more.
      return read.success ? read.output.findings : []
    },
    async save(findings) {
      try {
        replaceFile(path, `${JSON.stringify({ version: 1, findings })}\n`)
      } catch (error) {
        throw unusable(path, error)
      }
    },
  }
}

function unusable(path: string, cause: unknown): CalreconnectError {
  return new CalreconnectError(
    'FILE_UNWRITABLE',
    `Cannot keep what was found in ${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
    {
      cause,
    },
  )
}
