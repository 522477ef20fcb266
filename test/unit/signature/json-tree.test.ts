import { expect, test } from 'vitest'

import { decoded, memberOf, parseJsonTree } from '../../../src/core/signature/json-tree.ts'

test('parseJsonTree keeps how everything was written, and where it stands', () => {
  const text = ' {"a" : [ 1.0 ,"x\\"y\\\\"], "a":{ } ,\n\t"\\u0062":-1e5,"c":[\r],"d":null}'
  const at = (source: string, kind: 'string' | 'literal', from = 0) => {
    const start = text.indexOf(source, from)
    return { kind, source, start, end: start + source.length }
  }
  expect(parseJsonTree(text)).toEqual({
    kind: 'object',
    start: 1,
    end: text.length,
    members: [
      {
        key: at('"a"', 'string'),
        value: {
          kind: 'array',
          start: text.indexOf('['),
          end: text.indexOf(']') + 1,
          items: [at('1.0', 'literal'), at(String.raw`"x\"y\\"`, 'string')],
        },
      },
      {
        key: at('"a"', 'string', 5),
        value: { kind: 'object', start: text.indexOf('{ }'), end: text.indexOf('{ }') + 3, members: [] },
      },
      { key: at(String.raw`"\u0062"`, 'string'), value: at('-1e5', 'literal') },
      { key: at('"c"', 'string'), value: { kind: 'array', start: text.indexOf('[\r]'), end: text.indexOf('[\r]') + 3, items: [] } },
      { key: at('"d"', 'string'), value: at('null', 'literal') },
    ],
  })
})

test.each(['{', '', 'x', '[1,]', '{"a":1}}', "{'a':1}"])('parseJsonTree of %j is nothing', (text) => {
  expect(parseJsonTree(text)).toBe(null)
})

test.each([
  ['7', { kind: 'literal', source: '7', start: 0, end: 1 }],
  [' true ', { kind: 'literal', source: 'true', start: 1, end: 5 }],
  ['""', { kind: 'string', source: '""', start: 0, end: 2 }],
])('parseJsonTree of %j alone', (text, tree) => {
  expect(parseJsonTree(text)).toEqual(tree)
})

test('parseJsonTree reads 100 levels and no more, however many lists stand beside each other', () => {
  const lists = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  const objects = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
  expect([lists(100), objects(100)].map((text) => parseJsonTree(text)?.kind)).toEqual(['array', 'object'])
  expect([lists(101), objects(101)].map(parseJsonTree)).toEqual([null, null])
  expect(parseJsonTree(`[${'[],'.repeat(200)}${'{},'.repeat(200)}1]`)?.kind).toBe('array')
})

test('memberOf finds a member by its decoded name, the first of several, and in an object only', () => {
  const tree = parseJsonTree(String.raw`{"x":0,"\u0061":1,"a":2}`)
  const list = parseJsonTree('["a"]')
  if (tree === null || list === null) throw new Error('Both are JSON')
  expect([memberOf(tree, 'a'), memberOf(tree, 'b'), memberOf(list, 'a')]).toEqual([
    { kind: 'literal', source: '1', start: 16, end: 17 },
    null,
    null,
  ])
})

test('decoded undoes escapes', () => {
  expect([decoded({ source: String.raw`"a\n\u00e9"` }), decoded({ source: '"é"' }), decoded({ source: '""' })]).toEqual(['a\né', 'é', ''])
})
