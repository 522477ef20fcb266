import { CommanderError } from 'commander'
import { describe, expect, test } from 'vitest'
import { asOurError, envelope, errorText, exitCodeOf, isDone } from '../../../src/cli/exit.ts'
import { snakeKeys } from '../../../src/cli/output/json.ts'
import { PLAIN } from '../../../src/cli/render/view.ts'
import { CalreconnectError, ERRORS } from '../../../src/core/errors/errors.ts'
import { EXIT_CODES } from '../../../src/core/errors/exit-codes.ts'
import { Secret } from '../../../src/core/secrets/secret.ts'

const FORBIDDEN = new CalreconnectError('CALENDLY_FORBIDDEN', 'Calendly refused to create the subscription', {
  hint: 'calreconnect status',
  status: 403,
  title: 'Permission Denied',
  requestId: 'r-1',
  rawBody: '{"title":"Permission Denied"}',
})

describe('envelope()', () => {
  test('envelope() of a success carries data in snake_case and a null error', () => {
    expect(JSON.parse(envelope('webhooks list', { callbackUrl: 'https://x', nested: [{ keyStored: true }] }, null))).toEqual({
      schema_version: 1,
      command: 'webhooks list',
      ok: true,
      data: { callback_url: 'https://x', nested: [{ key_stored: true }] },
      error: null,
    })
  })

  test('envelope() of a refusal carries status, title, empty details and the request id, never the raw body', () => {
    expect(JSON.parse(envelope('connect', null, FORBIDDEN))).toEqual({
      schema_version: 1,
      command: 'connect',
      ok: false,
      data: null,
      error: {
        code: 'CALENDLY_FORBIDDEN',
        exit: 'refused',
        message: 'Calendly refused to create the subscription',
        hint: 'calreconnect status',
        status: 403,
        title: 'Permission Denied',
        details: [],
        request_id: 'r-1',
      },
    })
  })

  test('envelope() is one line, whatever the text in it', () => {
    expect(envelope('x', { text: 'a\nb' }, null).trimEnd()).not.toContain('\n')
  })
})

describe('errorText()', () => {
  test('errorText() says what happened, what Calendly answered and what to run next', () => {
    expect(errorText(FORBIDDEN, { paint: PLAIN, debug: false })).toBe(
      [
        'Error: Calendly refused to create the subscription',
        '  Calendly answered 403 Permission Denied (request r-1)',
        'Hint: calreconnect status',
        '',
      ].join('\n'),
    )
  })

  test('errorText() with --debug adds the raw body and the stack', () => {
    const text = errorText(FORBIDDEN, { paint: PLAIN, debug: true })
    expect(text).toContain('Body: {"title":"Permission Denied"}')
    expect(text).toContain('CalreconnectError: Calendly refused')
  })
})

test('asOurError() makes a usage error of what commander complains about', () => {
  const error = asOurError(new CommanderError(1, 'commander.unknownOption', "error: unknown option '--frob'"), 'webhooks list')
  expect([error.code, error.message, error.hint]).toEqual(['USAGE', "Unknown option '--frob'", 'calreconnect webhooks list --help'])
})

test('asOurError() calls anything else a bug, with its cause', () => {
  const cause = new TypeError('x is not a function')
  const error = asOurError(cause, 'status')
  expect([error.code, exitCodeOf(error), error.cause]).toEqual(['BUG', 1, cause])
})

test('isDone() tells help and version from a missing subcommand in JSON', () => {
  const done = (code: string, json: boolean): boolean => isDone(new CommanderError(0, code, ''), json)
  expect([done('commander.helpDisplayed', true), done('commander.help', false), done('commander.help', true)]).toEqual([true, true, false])
})

test('every declared error has an exit of the table', () => {
  expect(Object.values(ERRORS).filter(({ exit }) => !(exit in EXIT_CODES))).toEqual([])
})

test('snakeKeys() leaves Calendly’s own documents and secrets as they are', () => {
  expect(snakeKeys({ uri: 'u', retry_started_at: null, token: new Secret('hidden') })).toEqual({
    uri: 'u',
    retry_started_at: null,
    token: new Secret('hidden'),
  })
  expect(JSON.stringify(snakeKeys({ token: new Secret('hidden') }))).toBe('{"token":"[secret]"}')
})
