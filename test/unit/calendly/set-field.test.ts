import { expect, test } from 'vitest'
import { withField } from '../../../src/core/calendly/set-field.ts'

const delivery = { event: 'invitee.created', payload: { email: 'a@b.example', list: [{ answer: 'x' }, 'y'], deep: { a: 1, b: 2 } } }

test.each<[string, object]>([
  ['email=c@d.example', { ...delivery, payload: { ...delivery.payload, email: 'c@d.example' } }],
  ['payload.email=', { ...delivery, payload: { ...delivery.payload, email: '' } }],
  ['event=x=y', { ...delivery, event: 'x=y' }],
  ['created_by="1"', { ...delivery, created_by: '1' }],
  ['deep.b={"c":[null]}', { ...delivery, payload: { ...delivery.payload, deep: { a: 1, b: { c: [null] } } } }],
  ['a=1', { ...delivery, payload: { ...delivery.payload, a: 1 } }],
  ['email.x=1', { ...delivery, payload: { ...delivery.payload, email: { x: 1 } } }],
  ['list.0.answer=z', { ...delivery, payload: { ...delivery.payload, list: [{ answer: 'z' }, 'y'] } }],
  ['list.1=z', { ...delivery, payload: { ...delivery.payload, list: [{ answer: 'x' }, 'z'] } }],
  ['list.2=z', { ...delivery, payload: { ...delivery.payload, list: [{ answer: 'x' }, 'y', 'z'] } }],
  ['list.2.a=z', { ...delivery, payload: { ...delivery.payload, list: [{ answer: 'x' }, 'y', { a: 'z' }] } }],
  ['list=[]', { ...delivery, payload: { ...delivery.payload, list: [] } }],
])('withField of %s', (assignment, changed) => {
  const before = JSON.stringify(delivery)
  expect(withField(delivery, assignment)).toEqual(changed)
  expect(JSON.stringify(delivery)).toBe(before)
})

test('withField keeps null for no fields at all', () => {
  expect(withField({ payload: null }, 'a.b=1')).toEqual({ payload: { a: { b: 1 } } })
})

test.each(['', 'x', '=1', '.a=1', 'a.=1', 'a..b=1', '__proto__.a=1', 'a.__proto__=1'])('withField refuses “%s”', (assignment) => {
  expect(() => withField(delivery, assignment)).toThrow(
    expect.objectContaining({
      code: 'USAGE',
      message: `--set takes PATH=VALUE, not “${assignment}”`,
      hint: '--set payload.email=zoe@example.com',
    }),
  )
})

test.each(['3', 'x', '1x', 'x1', '-1', '00001', '1.5'])('withField finds no place %s in a list of two', (index) => {
  const shown = index === '1.5' ? '1' : index
  const refused = expect.objectContaining({ code: 'USAGE', message: `--set: list is a list of 2; ${shown} is no place in it` })
  if (index === '1.5') expect(withField(delivery, `list.${index}=z`)).toMatchObject({ payload: { list: [{ answer: 'x' }, { 5: 'z' }] } })
  else expect(() => withField(delivery, `list.${index}=z`)).toThrow(refused)
})

test('withField finds places of more than one digit in a long list', () => {
  const long = { payload: { list: Array.from({ length: 20 }, (_, at) => at) } }
  expect(withField(long, 'list.12=x')).toEqual({ payload: { list: long.payload.list.map((at) => (at === 12 ? 'x' : at)) } })
})
