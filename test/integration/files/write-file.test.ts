// The one writer of whole files: whatever is at the path, it is afterwards what it was or what it should be.

import { execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createFile, replaceFile } from '../../../src/adapters/files/write-file.ts'

const MAKE_FIFO = 'mkfifo'
let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'calreconnect-files-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const at = (name: string): string => join(folder, name)
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)
const LONG = 'ä'.repeat(300_000)

describe('replaceFile', () => {
  test('makes a private file, whole, and leaves nothing beside it', () => {
    replaceFile(at('a'), LONG)
    expect([readFileSync(at('a'), 'utf8') === LONG, modeOf(at('a')), readdirSync(folder)]).toEqual([true, '600', ['a']])
  })

  test('gives a new file the mode that is meant, whatever the umask, and keeps that of an old one', () => {
    const before = process.umask(0o077)
    try {
      replaceFile(at('new'), 'x', { mode: 0o644, durable: true })
      writeFileSync(at('old'), 'old')
      chmodSync(at('old'), 0o640)
      replaceFile(at('old'), 'x', { mode: 0o644 })
    } finally {
      process.umask(before)
    }
    expect([modeOf(at('new')), modeOf(at('old'))]).toEqual(['644', '640'])
  })

  test('follows a link to a file and replaces what it points to', () => {
    mkdirSync(at('there'))
    writeFileSync(at('there/real'), 'old')
    symlinkSync(at('there/real'), at('link'))
    replaceFile(at('link'), 'new')
    expect([readlinkSync(at('link')), readFileSync(at('there/real'), 'utf8'), readdirSync(at('there'))]).toEqual([
      at('there/real'),
      'new',
      ['real'],
    ])
  })

  test('replaces no folder, and says so', () => {
    expect(() => replaceFile(folder, 'x')).toThrow(/EISDIR/)
  })

  test('writes to a device as it is', () => {
    symlinkSync('/dev/null', at('null'))
    replaceFile(at('null'), LONG)
    expect([lstatSync(at('null')).isSymbolicLink(), statSync('/dev/null').isCharacterDevice(), readdirSync(folder)]).toEqual([
      true,
      true,
      ['null'],
    ])
    expect(() => replaceFile('/dev/full', 'x')).toThrow(/ENOSPC/)
  })

  test('writes to a FIFO that is read, slower than it is written, and not at all to one that is not', async () => {
    execFileSync(MAKE_FIFO, [at('fifo')])
    expect(() => replaceFile(at('fifo'), 'x')).toThrow(/ENXIO/)
    const reader = spawn('sh', ['-c', `exec 3<"$1"; echo open; sleep 0.1; cat <&3 | wc -c`, 'sh', at('fifo')])
    let said = ''
    const opened = new Promise((resolve) => reader.stdout.on('data', (text) => resolve((said += String(text)))))
    // A reader opens once there is a writer.
    const writer = spawn('sh', ['-c', 'exec 3>"$1"; read _', 'sh', at('fifo')])
    await opened
    replaceFile(at('fifo'), LONG)
    writer.stdin.end('\n')
    await new Promise((resolve) => reader.on('close', resolve))
    expect([said.trim().split(/\s+/), statSync(at('fifo')).isFIFO()]).toEqual([['open', '600000'], true])
  })

  test('neither follows nor takes what somebody else put where its temporary file could be', () => {
    writeFileSync(at('victim'), 'untouched')
    for (const name of ['a.tmp', `a.${process.pid}.tmp`, 'a.0']) symlinkSync(at('victim'), at(name))
    replaceFile(at('a'), 'new')
    expect(readFileSync(at('victim'), 'utf8')).toBe('untouched')
  })

  test('takes away what a process that was killed left of this file an hour ago, and nothing else', () => {
    const [old, young, other] = [at('a.0123abcd.tmp'), at('a.4567abcd.tmp'), at('b.0123abcd.tmp')]
    for (const each of [old, young, other]) writeFileSync(each, 'half')
    const longAgo = new Date(Date.now() - 2 * 60 * 60 * 1000)
    for (const each of [old, other]) utimesSync(each, longAgo, longAgo)
    replaceFile(at('a'), 'new')
    expect([existsSync(old), existsSync(young), existsSync(other)]).toEqual([false, true, true])
  })
})

test('createFile leaves what is there as it is, a link that points to nothing included', () => {
  symlinkSync(at('nothing'), at('link'))
  expect([createFile(at('a'), 'first'), createFile(at('a'), 'second'), createFile(at('link'), 'x')]).toEqual([true, false, false])
  expect([readFileSync(at('a'), 'utf8'), existsSync(at('nothing')), readdirSync(folder)]).toEqual(['first', false, ['a', 'link']])
})
