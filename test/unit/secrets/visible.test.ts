import { expect, test } from 'vitest'
import { oneLine, visible, visibleJson, withoutTokens } from '../../../src/core/secrets/visible.ts'

test('oneLine joins what stands on several lines with one space, and leaves none at the ends', () => {
  expect(oneLine(' \n a\r\n\t b\u{2028}\u{200B}c  d\u{1B}[2J \n')).toBe('a b c d [2J')
})

test('visible keeps lines and columns, visibleJson lines alone, as JSON has no tabs of its own', () => {
  expect(visible('a\nb\tc\u{1B}d')).toBe('a\nb\tc\u{FFFD}d')
  expect(visibleJson('{\n"a":"\u{9B}"}')).toBe('{\n"a":"\\u009b"}')
  expect(visible('a\u{1B}b\u{200B}', /\u{200B}/u)).toBe('a\u{FFFD}b\u{200B}')
})

test('withoutTokens masks what lets one in', () => {
  expect(withoutTokens('at https://a.example/?api_key=b&x=c#access_token=d, not keys=e')).toBe(
    'at https://a.example/?api_key=[secret]&x=c#access_token=[secret] not keys=e',
  )
})
