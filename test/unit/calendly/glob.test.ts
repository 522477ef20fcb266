import { expect, test } from 'vitest'

import { matchesGlob } from '../../../src/core/calendly/glob.ts'

test.each([
  ['https://x.ngrok.io/*', 'https://x.ngrok.io/hook', true],
  ['https://*.ngrok.io/*', 'https://a.b.ngrok.io/hook?x=1', true],
  ['https://*.ngrok.io/*', 'https://ngrok.io/hook', false],
  ['*ngrok*', 'https://a.NGROK.io/hook', true],
  ['*NGROK*', 'https://a.ngrok.io/hook', true],
  ['*/Hook', 'https://x.test/Hook', true],
  ['*/Hook', 'https://x.test/hook', false],
  ['*Hook', 'https://x.test/Hook', true],
  ['https://X.test/hook', 'https://x.TEST/hook', true],
  ['https://x.test/hook', 'https://x.test:443/hook', true],
  ['https://x.test', 'https://x.test', true],
  ['https://x.test/', 'https://x.test', true],
  ['https://x.test/hook', 'https://x.test/hook2', false],
  ['https://x.test/a.c', 'https://x.test/abc', false],
  ['https://x.test/[ab]?', 'https://x.test/a1', false],
  ['*.example.com', 'Hooks.Example.com', true],
  ['**', '', true],
  ['*', 'anything', true],
  ['', 'x', false],
  ['a*b*c', 'aXbYbZc', true],
  ['a*b*c', 'aXbYbZ', false],
  // What is no URL.
  ['a/B', 'A/B', true],
  ['A/b', 'a/B', false],
  ['x.test/*', 'X.test/Hook', true],
  ['://X', '://x', true],
  ['*x', 'xxxy', false],
  ['x*', 'x', true],
  ['x**', 'xy', true],
  ['xy', 'x', false],
  ['*a*', 'b', false],
  ['ab*', 'ba', false],
])('matchesGlob finds that %s and %s fit: %s', (glob, text, fits) => {
  expect(matchesGlob(glob, text)).toBe(fits)
})

test('matchesGlob stays quick with many stars', () => {
  expect(matchesGlob(`${'*a'.repeat(50)}b`, 'a'.repeat(2_000))).toBe(false)
})
