// Files that nobody named: a pipe or a device in their place is not waited for, and nothing endless is read.

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readOwnFile } from '../../../src/adapters/files/own-file.ts'
import { keyFilePlace } from '../../../src/adapters/keys/key-file.ts'
import { readChoice } from '../../../src/adapters/keys/key-choice.ts'
import { watchMemory } from '../../../src/adapters/watch-memory.ts'
import { loadState } from '../../../src/emulator/state-file.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'calreconnect-own-file-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const at = (name: string): string => join(folder, name)

/** What may stand where a file should be. */
function strangeThing(kind: string, path: string): string {
  if (kind === 'a pipe') execFileSync('mkfifo', [path])
  else if (kind === 'a device') symlinkSync('/dev/zero', path)
  else mkdirSync(path)
  return path
}

test('readOwnFile gives the text, null for none, and refuses what is larger than it may be', () => {
  writeFileSync(at('some'), 'äb')
  writeFileSync(at('empty'), '')
  expect([readOwnFile(at('some'), 3), readOwnFile(at('empty'), 3), readOwnFile(at('none'), 3), readOwnFile(at('some/below'), 3)]).toEqual([
    'äb',
    '',
    null,
    null,
  ])
  expect(() => readOwnFile(at('some'), 2)).toThrow(expect.objectContaining({ code: 'EFBIG' }))
})

const KINDS = ['a pipe', 'a device', 'a folder'] as const

test.each(KINDS)('%s in the place of a file is refused at once, wherever this tool looks by itself', async (kind) => {
  expect(() => readOwnFile(strangeThing(kind, at('any')), 10)).toThrow(expect.objectContaining({ code: 'ENOTSUP' }))
  strangeThing(kind, at('calreconnect.key'))
  await expect(keyFilePlace(folder).keys()).rejects.toMatchObject({
    code: 'STORE_KEY_MISSING',
    message: expect.stringContaining('ENOTSUP'),
  })
  expect(() => readChoice(strangeThing(kind, at('choice')))).toThrow(expect.objectContaining({ code: 'STORE_KEY_MISSING' }))
  await expect(watchMemory(strangeThing(kind, at('watch'))).load()).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' })
  await expect(loadState(strangeThing(kind, at('state')))).rejects.toThrow('is no file')
})
