// A word as `shellWord` writes it, read back by a real shell.

import { execFileSync } from 'node:child_process'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { shellWord } from '../../../src/core/errors/advice.ts'

test('shellWord() is one word for a POSIX shell, whatever is in it', () => {
  const word = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).filter((text) => !text.includes('\0'))
  const words = fc.sample(word, { numRuns: 300, seed: 11 }).concat(["it's", '$(id)', '`id`', '"', '\\', '-h', '*', '~', '!x', '#'])
  const wellFormed = words.filter((text) => Buffer.from(text).toString() === text)
  const script = `printf '%s\\0' ${wellFormed.map((text) => shellWord(text)).join(' ')}`
  const out = execFileSync('/bin/sh', ['-s'], { input: script, encoding: 'utf8' })
  expect(out.split('\0').slice(0, -1)).toEqual(wellFormed)
})
