import { expect, test } from 'vitest'

import { asQuery, parseFields } from '../../../src/core/calendly/fields.ts'

test.each<[readonly string[], ReturnType<typeof parseFields>]>([
  [[], {}],
  [['a=1', 'b='], { a: '1', b: '' }],
  [['a=b=c'], { a: 'b=c' }],
  [['a=1', 'a=2'], { a: '2' }],
  [['events[]=x', 'events[]=y'], { events: ['x', 'y'] }],
  [['events=x', 'events[]=y'], { events: ['y'] }],
  [['events[]=x', 'events=y'], { events: 'y' }],
])('parseFields makes of %j', (given, fields) => {
  expect(parseFields(given)).toEqual(fields)
})

test.each(['a', '=1', ''])('parseFields refuses %j', (text) => {
  expect(() => parseFields(['x=1', text])).toThrow(expect.objectContaining({ code: 'USAGE', message: `-f takes key=value, not “${text}”` }))
})

test('asQuery joins lists with commas', () => {
  expect(asQuery({ count: '5', events: ['a', 'b'], none: [] })).toEqual({ count: '5', events: 'a,b', none: '' })
})
