// `webhooks listen` with real senders and forward targets, and with the emulator delivering to it.

import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { cliHome, type CliHome, type CliOptions, type Running } from '../../support/cli.ts'
import { emulatedCli } from '../../support/connected.ts'
import { schemaProblems } from '../../support/data-schema.ts'
import { BODY_TEXT, HEADER, KEY_TEXT, RAW_BODY, sign } from '../../support/deliveries.ts'
import { freePort, type HttpServer, startHttpServer, startRawServer } from '../../support/http-server.ts'

const home = cliHome({ CALENDLY_WEBHOOK_SIGNING_KEY: KEY_TEXT })
afterAll(() => home.remove())

interface Listening extends Running {
  readonly url: string
  /** By default as Calendly does. */
  deliver(body: string | Uint8Array, header?: string | null, path?: string): Promise<{ readonly status: number; readonly text: string }>
  end(signal?: NodeJS.Signals): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>
}

async function listening(args: readonly string[] = [], at: CliHome = home, options: CliOptions = {}): Promise<Listening> {
  const running = at.start(['webhooks', 'listen', '--port', '0', ...args], options)
  const [, url = ''] = await running.stderrUntil(/Listening at (\S+);/)
  return {
    ...running,
    url,
    async deliver(body, header = HEADER, path = '/hook') {
      const response = await fetch(url + path, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Calendly',
          ...(header === null ? {} : { 'calendly-webhook-signature': header }),
        },
        body,
      })
      return { status: response.status, text: await response.text() }
    },
    async end(signal = 'SIGTERM') {
      running.child.kill(signal)
      return running.done
    },
  }
}

async function target(status: number): Promise<HttpServer> {
  return startHttpServer((_request, response) => response.writeHead(status).end())
}

describe('webhooks listen', () => {
  test('webhooks listen verifies before it forwards, forwards every byte, and shows a line each with the invitee masked', async () => {
    const forward = await target(202)
    const listener = await listening(['--forward', `${forward.url.href}in?x=1`])
    const odd = Buffer.from([0xef, 0xbb, 0xbf, 0xff, 0xfe, 0x00, 0x0d, 0x0a])
    const answers = [
      await listener.deliver(RAW_BODY),
      await listener.deliver(odd, sign(odd)),
      await listener.deliver(BODY_TEXT.replace('invitee.created', 'invitee.canceled')),
      await listener.deliver(RAW_BODY, null),
    ]
    const { code, stdout } = await listener.end()
    await forward.close()
    const lines = stdout.trimEnd().split('\n')
    expect({
      code,
      statuses: answers.map(({ status }) => status),
      forwarded: forward.requests.map(({ url, headers }) => [url, headers['calendly-webhook-signature'], headers['user-agent']]),
      bytes: forward.requests.map(({ headers }) => headers['content-length']),
      leaked: stdout.includes('zoe+calendly@'),
    }).toEqual({
      code: 130,
      statuses: [202, 202, 401, 401],
      forwarded: [
        ['/in?x=1', HEADER, 'Calendly'],
        ['/in?x=1', sign(odd), 'Calendly'],
      ],
      bytes: [String(RAW_BODY.length), String(odd.length)],
      leaked: false,
    })
    expect(lines).toEqual([
      expect.stringMatching(
        /^\d\d:\d\d:\d\d {2}invitee\.created {7}z\*\*\*@example\.org {2}✓ authentic {2}→ 202 {2}\d+ ms {2}answered 202$/,
      ),
      expect.stringMatching(/no event.*✓ authentic.*→ 202/),
      expect.stringMatching(/invitee\.canceled.*✗ no key matches {2}answered 401$/),
      expect.stringMatching(/✗ there is no signature header {2}answered 401$/),
    ])
  })

  test('webhooks listen --insecure forwards what is not authentic too, and still says so', async () => {
    const forward = await target(200)
    const listener = await listening(['--forward', forward.url.href, '--insecure'])
    const { status } = await listener.deliver(RAW_BODY, null)
    const { stdout } = await listener.end()
    await forward.close()
    expect({ status, requests: forward.requests.length, said: stdout.includes('there is no signature header') }).toEqual({
      status: 200,
      requests: 1,
      said: true,
    })
  })

  test.each([
    ['answers 500', 500, 500],
    ['answers 302, which is not followed', 302, 302],
    ['answers 410, which Calendly must not see', 410, 502],
  ])('webhooks listen with a forward target that %s passes the truth on', async (_what, answered, status) => {
    const forward = await target(answered)
    const listener = await listening(['--forward', forward.url.href])
    const answer = await listener.deliver(RAW_BODY)
    const { stderr } = await listener.end()
    await forward.close()
    expect({ status: answer.status, warned: stderr.includes('would DELETE the subscription') }).toEqual({
      status,
      warned: answered === 410,
    })
  })

  test('webhooks listen survives a dead and a silent forward target, and answers long before Calendly gives up', async () => {
    const silent = await startRawServer(() => {})
    const [dead, slow] = [
      await listening(['--forward', `http://localhost:${await freePort()}/`]),
      await listening(['--forward', silent.url.href]),
    ]
    const answers = await Promise.all([dead, slow, slow].map((listener) => Promise.race([listener.deliver(RAW_BODY), late(14_000)])))
    const ends = [await dead.end(), await slow.end()]
    await silent.close()
    expect({ statuses: answers.map(({ status }) => status), codes: ends.map(({ code }) => code) }).toEqual({
      statuses: [504, 504, 504],
      codes: [130, 130],
    })
  })

  test('webhooks listen --out keeps every delivery for verify and replay, behind what was cut off before', async () => {
    const out = join(home.folder, 'kept.ndjson')
    writeFileSync(out, '{"received_at":"2026-01-01T00:00')
    const listener = await listening(['--out', out])
    await Promise.all(Array.from({ length: 50 }, () => listener.deliver(RAW_BODY)))
    await listener.deliver('', sign(''))
    await listener.deliver(BODY_TEXT, null)
    await listener.end()
    const verified = await home.json(['verify', out])
    const lines = readFileSync(out, 'utf8').split('\n')
    const forward = await target(200)
    const replayed = await home.json(['replay', out, '--to', forward.url.href])
    await forward.close()
    const { total, valid, invalid } = verified.envelope.data
    expect({
      lines: lines.length,
      last: lines.at(-1),
      total,
      valid,
      invalid,
      replayed: replayed.envelope.data.total,
      spoilt: verified.envelope.error?.message,
    }).toEqual({
      lines: 54,
      last: '',
      total: 52,
      valid: 51,
      invalid: 1,
      replayed: 52,
      spoilt: expect.stringContaining('1 line of'),
    })
    const hashes = new Set(forward.requests.slice(0, 50).map(({ body }) => createHash('sha256').update(body).digest('hex')))
    expect(hashes).toEqual(new Set([createHash('sha256').update(RAW_BODY).digest('hex')]))
  })

  test('webhooks listen refuses what is no delivery and goes on', async () => {
    const listener = await listening()
    const get = await fetch(listener.url)
    const large = await fetch(listener.url, { method: 'POST', body: Buffer.alloc(11 * 1024 * 1024) }).then(
      ({ status }) => status,
      () => 413,
    )
    const after = await listener.deliver(RAW_BODY)
    const { code } = await listener.end('SIGINT')
    expect({ get: get.status, allow: get.headers.get('allow'), large, after: after.status, code }).toEqual({
      get: 405,
      allow: 'POST',
      large: 413,
      after: 200,
      code: 130,
    })
  })

  test('webhooks listen --json prints one envelope when it listens, and its lines on stderr', async () => {
    const running = home.start(['--json', 'webhooks', 'listen', '--port', '0'])
    const [text] = await running.stdoutUntil(/^\{.*\}\n/)
    const { data } = JSON.parse(text)
    await fetch(data.url, { method: 'POST', body: RAW_BODY, headers: { 'calendly-webhook-signature': HEADER } })
    running.child.kill('SIGTERM')
    const { code, stdout, stderr } = await running.done
    expect({
      code,
      alone: stdout === text,
      problems: await schemaProblems('webhooks listen', data),
      line: stderr.includes('✓ authentic'),
    }).toEqual({ code: 130, alone: true, problems: [], line: true })
  })

  test('webhooks listen without any key says so, and makes no store', async () => {
    const own = cliHome()
    const listener = await listening([], own)
    const { status } = await listener.deliver(RAW_BODY)
    const { stdout, stderr } = await listener.end()
    expect({
      status,
      warned: stderr.includes('No signing key is known'),
      said: stdout.includes('cannot tell'),
      store: existsSync(own.db),
    }).toEqual({ status: 401, warned: true, said: true, store: false })
    own.remove()
  })

  test.each([
    ['a port that is taken', (port: number) => ['--port', String(port)], 'PORT_TAKEN'],
    ['a port that is none', () => ['--port', 'http'], 'USAGE'],
    ['a forward target that is no URL', () => ['--forward', 'localhost'], 'INVALID_URL'],
    ['an archive in a folder that is not there', () => ['--port', '0', '--out', '/nowhere/at/all.ndjson'], 'FILE_UNWRITABLE'],
    ['a public URL in the clear', () => ['--port', '0', '--public-url', 'http://example.com/hook'], 'INSECURE_URL'],
  ])('webhooks listen with %s exits 2', async (_what, args, error) => {
    const taken = await target(200)
    const { code, envelope } = await home.json(['webhooks', 'listen', ...args(Number(taken.url.port))])
    await taken.close()
    expect({ code, error: envelope.error?.code }).toEqual({ code: 2, error })
  })
})

describe('webhooks listen --public-url', () => {
  test('webhooks listen --public-url receives what Calendly delivers, and removes its subscription on SIGTERM', async () => {
    const cli = await emulatedCli()
    await cli.connect()
    try {
      const port = await freePort()
      const running = cli.start(['webhooks', 'listen', '--port', String(port), '--public-url', `http://localhost:${port}/tunnel`])
      await running.stderrUntil(/Listening at/)
      const during = cli.emulator.control.subscriptions().map(({ callbackUrl, state }) => [callbackUrl, state])
      await fetch(`${cli.emulator.url}/_emulator/meetings`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })
      await running.stdoutUntil(/invitee\.created .*✓ authentic/)
      running.child.kill('SIGTERM')
      const { code, stderr } = await running.done
      expect({
        code,
        during,
        after: cli.emulator.control.subscriptions(),
        said: stderr.includes('The temporary subscription was removed'),
      }).toEqual({
        code: 130,
        during: [[`http://localhost:${port}/tunnel`, 'active']],
        after: [],
        said: true,
      })
    } finally {
      await cli.close()
    }
  })

  test('webhooks listen --public-url leaves alone what is in its way, and what others listen for', async () => {
    const cli = await emulatedCli()
    await cli.connect()
    try {
      const url = 'https://tunnel.example.com/hook'
      const first = await listening(['--public-url', url], cli)
      const second = await cli.json(['webhooks', 'listen', '--port', '0', '--public-url', url])
      const other = await listening(['--public-url', `${url}?2`], cli)
      const plain = await listening([], cli)
      await plain.end()
      const during = cli.emulator.control.subscriptions().length
      await first.end()
      await other.end('SIGINT')
      expect({ code: second.code, error: second.envelope.error?.code, during, after: cli.emulator.control.subscriptions().length }).toEqual(
        { code: 9, error: 'STORE_LOCKED', during: 2, after: 0 },
      )
    } finally {
      await cli.close()
    }
  })

  test('webhooks listen removes what a killed one left behind, whether or not it has a public URL itself', async () => {
    const cli = await emulatedCli()
    await cli.connect()
    try {
      const killed = await listening(['--public-url', 'https://tunnel.example.com/hook'], cli)
      await killed.end('SIGKILL')
      const left = cli.emulator.control.subscriptions().length
      const next = await listening([], cli)
      const { stderr } = await next.end()
      expect({
        left,
        after: cli.emulator.control.subscriptions().length,
        said: stderr.includes('that an earlier webhooks listen left behind'),
      }).toEqual({ left: 1, after: 0, said: true })
    } finally {
      await cli.close()
    }
  })
})

async function late(ms: number): Promise<{ readonly status: number }> {
  return new Promise((resolve) => {
    setTimeout(() => resolve({ status: 0 }), ms).unref()
  })
}
