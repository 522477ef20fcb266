// `verify` as a script sees it: without a store, without network.

import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import * as v from 'valibot'
import { verifySchema } from '../../../src/cli/schemas/verify.ts'
import { Secret } from '../../../src/core/secrets/secret.ts'
import { signatureHeader } from '../../../src/core/signature/verdict.ts'
import { emulatedCli, HOOK } from '../../support/connected.ts'
import { cliHome } from '../../support/cli.ts'

const home = cliHome()
afterAll(() => home.remove())

const KEY = new Secret('a signing key')
const BODY = '{"event":"invitee.created"}'
const SIGNED_AT = 1_750_000_000
const HEADER = signatureHeader(Buffer.from(BODY), KEY, SIGNED_AT)
const fileOf = (name: string, content: string): string => {
  const path = join(home.folder, name)
  writeFileSync(path, content)
  return path
}
const body = fileOf('body.json', BODY)
const key = fileOf('key.txt', `${KEY.reveal()}\n`)

describe('verify', () => {
  test('verify of an authentic body exits 0 with data to the letter, and makes no store', async () => {
    const { code, envelope } = await home.json([
      'verify',
      body,
      '--signature',
      HEADER,
      '--signing-key-file',
      key,
      '--at',
      String(SIGNED_AT + 5),
    ])
    v.parse(verifySchema, envelope.data)
    expect({ code, envelope, store: existsSync(home.db) }).toEqual({
      code: 0,
      envelope: {
        schema_version: 1,
        command: 'verify',
        ok: true,
        data: {
          total: 1,
          valid: 1,
          invalid: 0,
          unknown: 0,
          results: [
            {
              index: 0,
              valid: true,
              reason: 'ok',
              timestamp: new Date(SIGNED_AT * 1000).toISOString(),
              age_seconds: 5,
              key: { source: 'given', account: null, webhook_uri: null },
              hint: null,
            },
          ],
        },
        error: null,
      },
      store: false,
    })
  })

  test('verify of a tampered body exits 3 and still carries data', async () => {
    const tampered = fileOf('tampered.json', BODY.replace('created', 'canceled'))
    const { code, envelope } = await home.json(['verify', tampered, '--signature', HEADER], {
      env: { CALENDLY_WEBHOOK_SIGNING_KEY: KEY.reveal() },
    })
    expect({ code, ok: envelope.ok, reason: envelope.data.results[0].reason, error: envelope.error?.code }).toEqual({
      code: 3,
      ok: false,
      reason: 'wrong_key',
      error: 'SIGNATURE_INVALID',
    })
  })

  test('verify without any key cannot tell, which is neither valid nor invalid, and exits 3', async () => {
    const { code, envelope } = await home.json(['verify', body, '--signature', HEADER])
    const { valid, invalid, unknown, results } = envelope.data
    expect({ code, valid, invalid, unknown, reason: results[0].reason, error: envelope.error?.code }).toEqual({
      code: 3,
      valid: 0,
      invalid: 0,
      unknown: 1,
      reason: 'no_key',
      error: 'SIGNATURE_UNKNOWN',
    })
  })

  test('verify judges age only when asked, in both directions, and then calls it authentic all the same', async () => {
    const args = ['verify', body, '--signature', HEADER, '--signing-key-file', key]
    const runs = await Promise.all([
      home.json(args),
      ...[180, 181, -180, -181].map((age) => home.json([...args, '--tolerance', '180', '--at', String(SIGNED_AT + age)])),
    ])
    const seen = runs.map(({ code, envelope }) => [code, envelope.data.results[0].reason, envelope.data.results[0].key?.source])
    expect(seen).toEqual([
      [0, 'ok', 'given'],
      [0, 'ok', 'given'],
      [3, 'too_old', 'given'],
      [0, 'ok', 'given'],
      [3, 'in_future', 'given'],
    ])
  })

  test('verify says each hint once, on stderr', async () => {
    const line = JSON.stringify({ headers: { 'calendly-webhook-signature': HEADER }, body: `${BODY}\n` })
    const unsigned = JSON.stringify({ headers: {}, body: BODY })
    const archive = fileOf('hints.ndjson', [line, line, unsigned, line, unsigned].join('\n'))
    const { code, stdout, stderr } = await home.run(['verify', archive, '--signing-key-file', key])
    const times = (text: string) => (stdout + stderr).split(text).length - 1
    expect({
      code,
      newline: times('trailing newline was added'),
      missing: times('Pass the Calendly-Webhook-Signature'),
      inResult: stdout.includes('Hint'),
    }).toEqual({
      code: 3,
      newline: 1,
      missing: 1,
      inResult: false,
    })
  })

  test('verify of an archive with spoilt lines verifies the others and names the lines', async () => {
    const line = JSON.stringify({ headers: { 'calendly-webhook-signature': HEADER }, body: BODY })
    const archive = fileOf('spoilt.ndjson', `${line}\nnonsense\n${line}\n${line.slice(0, 40)}`)
    const { code, envelope } = await home.json(['verify', archive, '--signing-key-file', key])
    expect({ code, total: envelope.data.total, valid: envelope.data.valid, error: envelope.error }).toEqual({
      code: 2,
      total: 2,
      valid: 2,
      error: expect.objectContaining({
        code: 'FILE_UNREADABLE',
        details: [
          { parameter: 'line 2', message: 'is not JSON' },
          { parameter: 'line 4', message: 'is cut off: the file ends within it' },
        ],
      }),
    })
  })

  test.each([
    ['the whole header line', `Calendly-Webhook-Signature: ${HEADER}`],
    ['quotes', `"${HEADER}"`],
  ])('verify takes a signature pasted with %s', async (_what, signature) => {
    expect((await home.run(['verify', body, '--signature', signature, '--signing-key-file', key])).code).toBe(0)
  })

  test('verify reads the key from standard input and the header from a file', async () => {
    const headers = fileOf('headers.txt', `Host: x\r\nCalendly-Webhook-Signature: ${HEADER}\r\n`)
    const { code } = await home.run(['verify', body, '--headers', headers, '--signing-key-stdin'], { stdin: KEY.reveal() })
    expect(code).toBe(0)
  })

  test('verify reads the delivery from standard input', async () => {
    const { code, stdout } = await home.run(['verify', '-', '--signature', HEADER, '--signing-key-file', key], { stdin: BODY })
    expect({ code, last: stdout.trimEnd().split('\n').at(-1) }).toEqual({ code: 0, last: '✓ 1 delivery: authentic' })
  })

  test.each([
    ['no delivery at all', ['verify', '-'], 'USAGE'],
    ['a key and a delivery both on standard input', ['verify', '-', '--signing-key-stdin'], 'USAGE'],
    ['two places for the header', ['verify', body, '--signature', HEADER, '--headers', body], 'USAGE'],
    ['a time that is none', ['verify', body, '--at', 'yesterday'], 'USAGE'],
    ['a tolerance that is none', ['verify', body, '--tolerance', 'some'], 'USAGE'],
    ['a format that is none', ['verify', body, '--format', 'xml'], 'USAGE'],
    ['a file that is not there', ['verify', join(home.folder, 'none')], 'FILE_UNREADABLE'],
    ['a key file that is not there', ['verify', body, '--signing-key-file', join(home.folder, 'none')], 'FILE_UNREADABLE'],
    ['a key file that is empty', ['verify', body, '--signing-key-file', fileOf('empty', '')], 'FILE_UNREADABLE'],
  ])('verify with %s exits 2', async (_name, args, error) => {
    const { code, envelope } = await home.json(args)
    expect({ code, error: envelope.error?.code }).toEqual({ code: 2, error })
  })

  test('verify finds the key in the store and says whose it is', async () => {
    const own = await emulatedCli()
    const { emulator } = own
    try {
      await own.connect('--name', 'me', '--callback-url', HOOK)
      const [remote] = emulator.control.subscriptions()
      const header = signatureHeader(Buffer.from(BODY), new Secret(remote?.signingKey ?? ''), SIGNED_AT)
      await emulator.close()
      const { code, envelope } = await own.json(['verify', body, '--signature', header])
      expect({ code, key: envelope.data.results[0].key }).toEqual({
        code: 0,
        key: { source: 'store', account: 'me', webhook_uri: remote?.uri },
      })
    } finally {
      own.remove()
      await emulator.close().catch(() => {})
    }
  })
})
