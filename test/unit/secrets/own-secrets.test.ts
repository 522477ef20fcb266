import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { SECRET_SETTINGS, withoutSecrets } from '../../../src/core/secrets/own-secrets.ts'
import { Secret } from '../../../src/core/secrets/secret.ts'

test('withoutSecrets leaves out our secrets, in whatever case Windows gives their names, and nothing else', () => {
  const ours = SECRET_SETTINGS.flatMap((name) => [name, name.toLowerCase()])
  const theirs = { PATH: '/bin', CALENDLY_CLIENT_ID: 'id', MY_CALENDLY_TOKEN: 'x', EMPTY: undefined }
  expect(withoutSecrets({ ...Object.fromEntries(ours.map((name) => [name, 'secret'])), ...theirs })).toEqual(theirs)
})

test('Secret shows itself to nobody but who asks for it', () => {
  const secret = new Secret('token-123')
  expect([String(secret), JSON.stringify({ secret }), inspect({ secret }), Object.keys(secret)]).toEqual([
    '[secret]',
    '{"secret":"[secret]"}',
    '{ secret: [secret] }',
    ['problem'],
  ])
  expect(secret.reveal()).toBe('token-123')
})

test('Secret.unreadable is a secret all the same, and throws its reason at whoever needs the text', () => {
  const problem = new Error('the key is lost')
  const secret = Secret.unreadable(problem)
  expect([String(secret), secret.problem]).toEqual(['[secret]', problem])
  expect(() => secret.reveal()).toThrow(problem)
})
