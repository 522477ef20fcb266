import { expect, test } from 'vitest'
import { asItStands, canonical, withoutSeparators, type Canonical } from '../../../src/core/secrets/canonical.ts'

/** `character<what it was written as>` of each; those of several bytes once, if all their bytes say the same. */
function spelled(text: string, { bytes, from, to, length }: Canonical): string[] {
  const shown: string[] = []
  for (let at = 0; at < length;) {
    const [begun, ended] = [from[at], to[at]]
    let end = at + 1
    while (end < length && ((bytes[end] ?? 0) & 0xc0) === 0x80 && from[end] === begun && to[end] === ended) end += 1
    shown.push(`${Buffer.from(bytes.subarray(at, end)).toString('utf8')}<${text.slice(begun, ended)}>`)
    at = end
  }
  return shown
}

const KEY = '\u{1F511}'
const LOST = '\u{FFFD}'

test.each<[string, string[]]>([
  ['', []],
  ['aZ', ['a<a>', 'z<Z>']],
  ['@[`{A0', ['@<@>', '[<[>', '`<`>', '{<{>', 'a<A>', '0<0>']],
  ['- +_/', ['+<->', '+< >', '+<+>', '/<_>', '/</>']],
  ['\u{7F}\u{80}\u{FFFF}', ['\u{7F}<\u{7F}>', '\u{80}<\u{80}>', '\u{FFFF}<\u{FFFF}>']],
  [`é${KEY}x`, ['é<é>', `${KEY}<${KEY}>`, 'x<x>']],
  ['\u{D83D}x', [`${LOST}<\u{D83D}>`, 'x<x>']],
  // Percent escapes
  ['%41%5a%5F', ['a<%41>', 'z<%5a>', '/<%5F>']],
  ['%2541', ['a<%2541>']],
  ['%252541b', ['a<%252541>', 'b<b>']],
  ['%c3%A9', ['\u{FFFD}<%c3>', '\u{FFFD}<%A9>']],
  ['%25 x', ['%<%25>', '+< >', 'x<x>']],
  ['%25g1', ['%<%25>', 'g<g>', '1<1>']],
  ['100% x', ['1<1>', '0<0>', '0<0>', '%<%>', '+< >', 'x<x>']],
  ['%4gx', ['%<%>', '4<4>', 'g<g>', 'x<x>']],
  ['%/0%:0%@0%`0', ['%<%>', '/</>', '0<0>', '%<%>', ':<:>', '0<0>', '%<%>', '@<@>', '0<0>', '%<%>', '`<`>', '0<0>']],
  ['%0f%F9', ['\u{F}<%0f>', '\u{FFFD}<%F9>']],
  ['a%25g', ['a<a>', '%<%25>', 'g<g>']],
  ['a%g', ['a<a>', '%<%>', 'g<g>']],
  ['a%', ['a<a>']],
  ['a%4', ['a<a>']],
  ['a%25', ['a<a>']],
  ['a%252', ['a<a>']],
  // References of HTML
  ['&amp;&LT;&gt;&quot;&apos;x', ['&<&amp;>', '<<&LT;>', '><&gt;>', '"<&quot;>', "'<&apos;>", 'x<x>']],
  ['&#65;&#x41;&#X5a;', ['a<&#65;>', 'a<&#x41;>', 'z<&#X5a;>']],
  ['&#233;&#x1F511;b', ['é<&#233;>', `${KEY}<&#x1F511;>`, 'b<b>']],
  ['&#1114111;', ['\u{10FFFF}<&#1114111;>']],
  ['&#1114112;', Array.from('&#1114112;', (one) => `${one}<${one}>`)],
  ['&#x000000000041;', ['a<&#x000000000041;>']],
  ['&#x0000000000041;', Array.from('&#x0000000000041;', (one) => `${one}<${one}>`)],
  ['&nope;x', ['&<&>', 'n<n>', 'o<o>', 'p<p>', 'e<e>', ';<;>', 'x<x>']],
  ['a & b', ['a<a>', '+< >', '&<&>', '+< >', 'b<b>']],
  ['x&lt;amp;', ['x<x>', '<<&lt;>', 'a<a>', 'm<m>', 'p<p>', ';<;>']],
  ['a&', ['a<a>', '&<&>']],
  ...['a&a', 'a&am', 'a&#', 'a&#4', 'a&#x', 'a&#x4f', 'a&abcdefg'].map((text): [string, string[]] => [text, ['a<a>']]),
  ...['&abcdefgh', '&a-b', '&#g', '&a;', '&a=b', '&1', 'a&b&'].map((text): [string, string[]] => [
    text,
    Array.from(text, (one) => `${one === '-' ? '+' : one}<${one}>`),
  ]),
  // Escapes of JSON
  [String.raw`\"\/\\nA`, [`"<${String.raw`\"`}>`, `/<${String.raw`\/`}>`, `\n<${String.raw`\\n`}>`, 'a<A>']],
  [String.raw`\n\r\t\b\fx`, ['\n<\\n>', '\r<\\r>', '\t<\\t>', '\b<\\b>', '\f<\\f>', 'x<x>']],
  [String.raw`\u0041\u00e9\\\\u0062c`, [`a<${String.raw`\u0041`}>`, `é<${String.raw`\u00e9`}>`, `b<${String.raw`\\\\u0062`}>`, 'c<c>']],
  [String.raw`\ud83d\udd11x`, [`${KEY}<${String.raw`\ud83d\udd11`}>`, 'x<x>']],
  [String.raw`\\ud83d\\udd11`, [`${KEY}<${String.raw`\\ud83d\\udd11`}>`]],
  [String.raw`\ud800\udc00`, [`\u{10000}<${String.raw`\ud800\udc00`}>`]],
  [String.raw`\udbff\udfff`, [`\u{10FFFF}<${String.raw`\udbff\udfff`}>`]],
  [String.raw`\ud7ff\udc00x`, [`\u{D7FF}<${String.raw`\ud7ff`}>`, `${LOST}<${String.raw`\udc00`}>`, 'x<x>']],
  [String.raw`\ud83d\ue000x`, [`${LOST}<${String.raw`\ud83d`}>`, `\u{E000}<${String.raw`\ue000`}>`, 'x<x>']],
  [String.raw`\ud83d\udbffx`, [`${LOST}<${String.raw`\ud83d`}>`, `${LOST}<${String.raw`\udbff`}>`, 'x<x>']],
  [String.raw`\ud83dudd11`, [`${LOST}<${String.raw`\ud83d`}>`, ...Array.from('udd11', (one) => `${one}<${one}>`)]],
  [String.raw`\ud83d\n`, [`${LOST}<${String.raw`\ud83d`}>`, '\n<\\n>']],
  [String.raw`\ud83d`, [`${LOST}<${String.raw`\ud83d`}>`]],
  [String.raw`\u00gh1`, ['u<\\u>', '0<0>', '0<0>', 'g<g>', 'h<h>', '1<1>']],
  [String.raw`\U0041`, ['u<\\U>', '0<0>', '0<0>', '4<4>', '1<1>']],
  ...['a\\', 'a\\\\', String.raw`a\u`, String.raw`a\u0`, String.raw`a\u004`].map((text): [string, string[]] => [text, ['a<a>']]),
  // One within another
  ['%5Cu0041', ['a<%5Cu0041>']],
  ['&#92;u0041b', ['a<&#92;u0041>', 'b<b>']],
  ['%26amp;', ['&<%26>', 'a<a>', 'm<m>', 'p<p>', ';<;>']],
])('canonical of %j', (text, expected) => {
  expect(spelled(text, canonical(text))).toEqual(expected)
})

test('asItStands undoes nothing, and folds what canonical folds', () => {
  const text = `%41&lt;\\n A-Z_é${KEY}\u{7F}\u{80}\u{FFFF}\u{D83D}x`
  const folded: Record<string, string> = { ' ': '+', '-': '+', _: '/', A: 'a', Z: 'z', '\u{D83D}': LOST }
  expect(spelled(text, asItStands(text))).toEqual(Array.from(text, (one) => `${folded[one] ?? one}<${one}>`))
})

test('withoutSeparators leaves out what stands between hexadecimal digits, and nothing else', () => {
  const text = '63:6A 6e-5f/+.%3a0'
  expect(spelled(text, withoutSeparators(canonical(text)))).toEqual([
    '6<6>',
    '3<3>',
    '6<6>',
    'a<A>',
    '6<6>',
    'e<e>',
    '5<5>',
    'f<f>',
    '/</>',
    '.<.>',
    '0<0>',
  ])
})
