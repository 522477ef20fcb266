import { expect, test } from 'vitest'
import { maskJsonFields, type Value } from '../../../src/core/secrets/json-fields.ts'

/** Every value that is asked about, as `field: text`. */
function asked(json: string): string[] {
  const seen: Value[] = []
  expect(maskJsonFields(json, (value) => (seen.push(value), value.text))).toBe(json)
  return seen.map(({ field, text }) => `${field}: ${text}`)
}

test.each([
  ['"a"', ['null: a']],
  ['5', ['null: null']],
  ['[]', []],
  ['["a",{"b":"c"},"d",["e"],[],"f"]', ['null: a', 'b: c', 'null: d', 'null: e', 'null: f']],
  [
    '{"a":[{"b":1},"c",[{"d":null},"e"],{},"f"],"g":{"h":{"i":"j"},"k":"l"},"m":"n"}',
    ['b: null', 'a: c', 'a: e', 'a: f', 'i: j', 'k: l', 'm: n'],
  ],
  ['{"a":{},"b":"c"}', ['b: c']],
  ['[{"a":"b"},{"c":"d"}]', ['a: b', 'c: d']],
  [String.raw`{"\u0061\"":"\n","b":-1.5e+3,"c":true,"d":false}`, ['a": \n', 'b: null', 'c: null', 'd: null']],
])('maskJsonFields asks about the values of %s with the field that each belongs to', (json, values) => {
  expect(asked(json)).toEqual(values)
})

test('maskJsonFields changes values in their places, and nothing between', () => {
  expect(maskJsonFields('{ "a" : 1 , "b":[ "x" , 2 ],"c":"y" }', ({ field, text }) => (field === 'c' ? text : '*'))).toBe(
    '{ "a" : "*" , "b":[ "*" , "*" ],"c":"y" }',
  )
})
