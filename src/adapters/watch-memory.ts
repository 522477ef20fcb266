// The findings of the last round of `webhooks watch`, in a file beside the store: no secret is in it, and losing it repeats what was told.

import * as v from 'valibot'
import { CalreconnectError } from '../core/errors/errors.ts'
import type { WatchMemory } from '../core/ports/watch.ts'
import { readOwnFile } from './files/own-file.ts'
import { replaceFile } from './files/write-file.ts'
import { parseJsonText } from './http/json-text.ts'

/** Far more than any organization's findings. */
const BYTES_MAX = 64 * 1024 * 1024

const Remembered = v.object({
  version: v.literal(1),
  findings: v.array(v.object({ code: v.string(), severity: v.string(), message: v.string(), uris: v.array(v.string()) })),
})

export function watchMemory(path: string): WatchMemory {
  return {
    async load() {
      const text = readRemembered(path)
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

function readRemembered(path: string): string | null {
  try {
    return readOwnFile(path, BYTES_MAX)
  } catch (error) {
    throw unusable(path, error)
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
