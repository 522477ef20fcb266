// sign, send, replay and webhooks test as a script sees them, against real receivers.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { cliHome } from '../../support/cli.ts'
import { type EmulatedCli, emulatedCli } from '../../support/connected.ts'
import { schemaProblems } from '../../support/data-schema.ts'
import { BODY_TEXT, HEADER, KEY_TEXT, RAW_BODY, sign, SIGNED_AT } from '../../support/deliveries.ts'
import { type HttpServer, startHttpServer } from '../../support/http-server.ts'

const home = cliHome()
afterAll(() => home.remove())
const fileOf = (name: string, content: string | Uint8Array): string => {
  const path = join(home.folder, name)
  writeFileSync(path, content)
  return path
}
const key = fileOf('key.txt', `${KEY_TEXT}\n`)
const body = fileOf('body.json', RAW_BODY)
const WITH_KEY = ['--signing-key-file', key]

/** A receiver that answers the statuses one after the other, the last one for ever. */
async function receiver(...statuses: readonly number[]): Promise<HttpServer> {
  return startHttpServer((_request, response, index) => {
    response.writeHead(statuses[Math.min(index, statuses.length - 1)] ?? 200, { location: '/elsewhere' }).end()
  })
}

/** An account whose own subscription is at this loopback URL. */
async function connectedAt(callbackUrl: string): Promise<EmulatedCli> {
  const cli = await emulatedCli()
  await cli.connect('--callback-url', callbackUrl, '--allow-http', '--allow-ephemeral-host')
  return cli
}

describe('sign', () => {
  test('sign prints the header that Calendly would send, and nothing else', async () => {
    const { code, stdout, stderr } = await home.run(['sign', body, '--at', String(SIGNED_AT), ...WITH_KEY])
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${HEADER}\n`, stderr: '' })
  })

  test('sign reads the body from standard input as bytes, whatever they are', async () => {
    const odd = Buffer.from([0xff, 0xfe, 0x00, 0x0a, 0xef, 0xbb, 0xbf, 0x0d])
    const { stdout } = await home.run(['sign', '-', '--at', '5', ...WITH_KEY], { stdin: odd })
    expect(stdout).toBe(`${sign(odd, KEY_TEXT, 5)}\n`)
  })

  test('sign with --json says which key it was, and fits its schema', async () => {
    const { envelope } = await home.json(['sign', body, '--at', '2026-11-20T10:00:00Z'], {
      env: { CALENDLY_WEBHOOK_SIGNING_KEY: KEY_TEXT },
    })
    expect({ data: envelope.data, problems: await schemaProblems('sign', envelope.data) }).toEqual({
      data: {
        header: sign(RAW_BODY, KEY_TEXT, Date.UTC(2026, 10, 20, 10) / 1000),
        timestamp: '2026-11-20T10:00:00.000Z',
        key: { source: 'environment', account: null, webhook_uri: null },
      },
      problems: [],
    })
  })

  test.each([
    ['no key anywhere', ['sign', body], 'SETTING_MISSING'],
    ['body and key both on standard input', ['sign', '-', '--signing-key-stdin'], 'USAGE'],
    ['a time that is none', ['sign', body, '--at', 'noon', ...WITH_KEY], 'USAGE'],
    ['a body that is not there', ['sign', join(home.folder, 'none'), ...WITH_KEY], 'FILE_UNREADABLE'],
  ])('sign with %s exits 2', async (_what, args, error) => {
    const { code, envelope } = await home.json(args)
    expect({ code, error: envelope.error?.code }).toEqual({ code: 2, error })
  })
})

describe('send', () => {
  test('send delivers a signed sample with the fields that were set, as Calendly would send it', async () => {
    const server = await receiver(204)
    const set = [
      '--set',
      'email=zoe@example.com',
      '--set',
      'payload.questions_and_answers.0.answer="x=y"',
      '--set',
      'tracking.utm_source=ads',
      '--set',
      'rescheduled=true',
    ]
    const { code, envelope } = await home.json(['send', 'invitee.created', '--to', server.url.href, ...set, ...WITH_KEY])
    const [request] = server.requests
    const sent = JSON.parse(request?.body ?? '')
    const verdict = await home.run(['verify', '-', '--signature', String(request?.headers['calendly-webhook-signature']), ...WITH_KEY], {
      stdin: request?.body ?? '',
    })
    await server.close()
    expect({
      code,
      problems: await schemaProblems('send', envelope.data),
      outcome: envelope.data.outcome,
      agent: request?.headers['user-agent'],
      compact: request?.body === JSON.stringify(sent),
      envelope: Object.keys(sent),
      payload: [
        sent.payload.email,
        sent.payload.questions_and_answers[0].answer,
        sent.payload.tracking.utm_source,
        sent.payload.rescheduled,
      ],
      verdict: verdict.code,
    }).toEqual({
      code: 0,
      problems: [],
      outcome: 'delivered',
      agent: 'Calendly',
      compact: true,
      envelope: ['created_at', 'created_by', 'event', 'payload'],
      payload: ['zoe@example.com', 'x=y', 'ads', true],
      verdict: 0,
    })
  })

  test.each([
    [200, 'delivered', 0],
    [299, 'delivered', 0],
    [302, 'retried', 3],
    [404, 'retried', 3],
    [410, 'deleted', 3],
    [500, 'retried', 3],
  ])('send to a receiver that answers %s says %s', async (status, outcome, code) => {
    const server = await receiver(status)
    const result = await home.json(['send', 'invitee.canceled', '--to', server.url.href, ...WITH_KEY])
    await server.close()
    // Redirects are not followed, as Calendly does not.
    expect({
      code: result.code,
      outcome: result.envelope.data.outcome,
      status: result.envelope.data.status,
      requests: server.requests.length,
    }).toEqual({ code, outcome, status, requests: 1 })
  })

  test('send to nobody exits 6 and still carries data', async () => {
    const server = await receiver(200)
    await server.close()
    const { code, envelope } = await home.json(['send', 'invitee.created', '--to', server.url.href, ...WITH_KEY])
    expect({ code, outcome: envelope.data.outcome, status: envelope.data.status }).toEqual({ code: 6, outcome: 'failed', status: null })
  })

  test.each([
    ['an event that nobody knows', ['send', 'invitee.cancelled', '--to', 'http://localhost:9', ...WITH_KEY], 'UNKNOWN_EVENT'],
    ['a URL that is none', ['send', 'invitee.created', '--to', 'nowhere', ...WITH_KEY], 'INVALID_URL'],
    ['a password in the URL', ['send', 'invitee.created', '--to', 'http://a:b@localhost:9', ...WITH_KEY], 'INVALID_URL'],
    ['a --set without a value', ['send', 'invitee.created', '--to', 'http://localhost:9', '--set', 'email', ...WITH_KEY], 'USAGE'],
    [
      'a --set beyond a list',
      ['send', 'invitee.created', '--to', 'http://localhost:9', '--set', 'questions_and_answers.7.answer=a', ...WITH_KEY],
      'USAGE',
    ],
    ['no key', ['send', 'invitee.created', '--to', 'http://localhost:9'], 'SETTING_MISSING'],
  ])('send with %s exits 2', async (_what, args, error) => {
    const { code, envelope } = await home.json(args)
    expect({ code, error: envelope.error?.code }).toEqual({ code: 2, error })
  })
})

describe('replay', () => {
  const bodies = [BODY_TEXT, '{"event":"invitee.canceled","n":2}', '\ufeff{"n": 3}\r\n', '', '{"n":5}']
  const line = (text: string, index: number): string =>
    JSON.stringify({
      received_at: new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString(),
      headers: {
        host: 'old.example',
        'content-length': '7',
        connection: 'close',
        'x-kept': `é ${index}`.replace('é', 'e'),
        'calendly-webhook-signature': sign(text),
      },
      body_base64: Buffer.from(text).toString('base64'),
    })
  const archive = fileOf('captures.ndjson', `${bodies.map(line).join('\n')}\n`)

  test('replay sends the same bytes in the same order with the same headers, but for those of the connection', async () => {
    const server = await receiver(200)
    const { code, envelope } = await home.json(['replay', archive, '--to', `${server.url.href}hook`])
    await server.close()
    expect({
      code,
      problems: await schemaProblems('replay', envelope.data),
      counts: [envelope.data.total, envelope.data.delivered, envelope.data.failed, envelope.data.next],
      events: envelope.data.results.map(({ event }: { event: string | null }) => event),
      bodies: server.requests.map((request) => request.body),
      signatures: server.requests.map(({ headers }) => headers['calendly-webhook-signature']),
      kept: server.requests.map(({ headers }) => headers['x-kept']),
      hosts: new Set(server.requests.map(({ headers }) => headers.host)),
    }).toEqual({
      code: 0,
      problems: [],
      counts: [5, 5, 0, null],
      events: ['invitee.created', 'invitee.canceled', null, null, null],
      bodies,
      signatures: bodies.map((text) => sign(text)),
      kept: bodies.map((_, index) => `e ${index}`),
      hosts: new Set([server.url.host]),
    })
  })

  test('replay --resign signs each anew, for now', async () => {
    const server = await receiver(200)
    await home.json(['replay', archive, '--to', server.url.href, '--resign', ...WITH_KEY])
    await server.close()
    const verdicts = server.requests.map(({ headers, body: text }) => {
      const header = String(headers['calendly-webhook-signature'])
      const t = Number(/t=(\d+)/.exec(header)?.[1])
      return header === sign(text, KEY_TEXT, t) && t > SIGNED_AT - 1e9 && t !== SIGNED_AT
    })
    expect(verdicts).toEqual([true, true, true, true, true])
  })

  test('replay reports each answer, exits 8 when some were not taken, and names where to go on', async () => {
    const server = await receiver(200, 500, 200)
    const { code, envelope, stderr } = await home.json(['replay', archive, '--to', server.url.href])
    await server.close()
    expect({ code, outcomes: envelope.data.results.map(({ status }: { status: number }) => status), hint: envelope.error?.hint }).toEqual({
      code: 8,
      outcomes: [200, 500, 200, 200, 200],
      hint: `calreconnect replay ${archive} --to ${server.url.href} --from 1`,
    })
    expect(stderr).toContain('✗ 500')
  })

  test('replay --from goes on there, and --stop-on-failure ends at the first failure', async () => {
    const server = await receiver(200, 503)
    const { code, envelope } = await home.json(['replay', archive, '--to', server.url.href, '--from', '2', '--stop-on-failure'])
    await server.close()
    const { total, next, results } = envelope.data
    expect({
      code,
      total,
      next,
      indexes: results.map(({ index }: { index: number }) => index),
      bodies: server.requests.map((request) => request.body),
    }).toEqual({
      code: 8,
      total: 2,
      next: 3,
      indexes: [2, 3],
      bodies: bodies.slice(2, 4),
    })
  })

  test('replay warns loudly of a receiver that answers 410', async () => {
    const server = await receiver(410)
    const { code, stderr } = await home.run(['replay', archive, '--to', server.url.href])
    await server.close()
    expect({ code, warned: stderr.split('would DELETE the subscription').length - 1 >= 5 }).toEqual({ code: 3, warned: true })
  })

  test('replay leaves out lines that hold no delivery, and names them', async () => {
    const server = await receiver(200)
    const spoilt = fileOf(
      'spoilt.ndjson',
      `nonsense\n${line('{"a":1}', 0)}\n\n{"a":\n${line('{"a":2}', 1)}\n${line('{"a":3}', 2).slice(0, 50)}`,
    )
    const { code, envelope, stderr } = await home.json(['replay', spoilt, '--to', server.url.href])
    await server.close()
    expect({ code, total: envelope.data.total, lines: [...stderr.matchAll(/Line (\d+) of/g)].map((match) => match[1]) }).toEqual({
      code: 0,
      total: 2,
      lines: ['1', '4', '6'],
    })
  })

  test('replay that is interrupted waits for the answer under way, and says where to go on', async () => {
    const server = await receiver(200)
    const running = home.start(['--json', 'replay', archive, '--to', server.url.href, '--rate', '0.01'])
    await running.stderrUntil(/✓ 200/)
    running.child.kill('SIGINT')
    const { code, stdout } = await running.done
    await server.close()
    const { data, error } = JSON.parse(stdout)
    expect({ code, total: data.total, next: data.next, hint: error.hint }).toEqual({
      code: 130,
      total: 1,
      next: 1,
      hint: expect.stringMatching(/--rate 0\.01 --from 1$/),
    })
  })

  test.each([
    ['a rate and a speed', ['replay', archive, '--to', 'http://localhost:9', '--rate', '1', '--speed', '2'], 'USAGE'],
    ['a rate of 0', ['replay', archive, '--to', 'http://localhost:9', '--rate', '0'], 'USAGE'],
    ['an archive that is not there', ['replay', join(home.folder, 'none'), '--to', 'http://localhost:9'], 'FILE_UNREADABLE'],
    ['an archive without a delivery', ['replay', fileOf('empty.ndjson', '\n'), '--to', 'http://localhost:9'], 'USAGE'],
  ])('replay with %s exits 2', async (_what, args, error) => {
    const { code, envelope } = await home.json(args)
    expect({ code, error: envelope.error?.code }).toEqual({ code: 2, error })
  })
})

describe('webhooks test', () => {
  test('webhooks test asks before it reaches production, sends a marked and signed delivery, and says what Calendly would do', async () => {
    const server = await receiver(200, 410)
    const cli = await connectedAt(`${server.url.href}hook`)
    try {
      const unasked = await cli.json(['webhooks', 'test'])
      const before = server.requests.length
      const taken = await cli.json(['webhooks', 'test', '--yes'])
      const [request] = server.requests
      const verdict = await cli.json(['verify', '-', '--signature', String(request?.headers['calendly-webhook-signature'])], {
        stdin: request?.body ?? '',
      })
      const gone = await cli.json(['webhooks', 'test', taken.envelope.data.webhook.id.slice(0, 8), '--yes'])
      expect({
        unasked: [unasked.code, unasked.envelope.error?.code, before],
        taken: [taken.code, taken.envelope.data.outcome, await schemaProblems('webhooks test', taken.envelope.data)],
        request: [request?.url, request?.headers['x-calreconnect-test'], JSON.parse(request?.body ?? '').event],
        verdict: [verdict.code, verdict.envelope.data.results[0].key?.webhook_uri === taken.envelope.data.webhook.uri],
        gone: [gone.code, gone.envelope.data.outcome, /DELETE/.test(gone.stderr)],
      }).toEqual({
        unasked: [2, 'INPUT_REQUIRED', 0],
        taken: [0, 'delivered', []],
        request: ['/hook', 'true', 'invitee.created'],
        verdict: [0, true],
        gone: [3, 'deleted', true],
      })
    } finally {
      await cli.close()
      await server.close()
    }
  })

  test("send takes Calendly's own sample where an account is connected, and its subscription's key", async () => {
    const server = await receiver(200)
    const cli = await connectedAt(`${server.url.href}hook`)
    try {
      const { code, envelope } = await cli.json(['send', 'invitee.created', '--to', `${server.url.href}hook`])
      const [request] = server.requests
      const verdict = await cli.json(['verify', '-', '--signature', String(request?.headers['calendly-webhook-signature'])], {
        stdin: request?.body ?? '',
      })
      expect({ code, sample: envelope.data.sample, source: envelope.data.key.source, verdict: verdict.code }).toEqual({
        code: 0,
        sample: 'calendly',
        source: 'store',
        verdict: 0,
      })
    } finally {
      await cli.close()
      await server.close()
    }
  })
})
