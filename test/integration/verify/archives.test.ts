// Long archives: what is read from the bytes must be what the plain reader would have read, on archives that are made to differ.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { readCaptures } from '../../../src/adapters/captures/captures.ts'
import { judgeOnWorkers } from '../../../src/adapters/captures/archive-workers.ts'
import { inflate } from '../../../src/adapters/captures/inflate.ts'
import { type DoubtfulLine, QuickLines } from '../../../src/adapters/captures/quick-lines.ts'
import { Secret } from '../../../src/core/secrets/secret.ts'
import type { CandidateKey } from '../../../src/core/signature/verdict.ts'
import { type Verification, verifyCaptures } from '../../../src/operations/verify/verify.ts'
import { seededChance } from '../../support/chance.ts'
import { GIVEN_KEY, KEY_TEXT, sign, SIGNED_AT } from '../../support/deliveries.ts'

const folder = mkdtempSync(join(tmpdir(), 'calreconnect-archives-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const OTHER: CandidateKey = { ...GIVEN_KEY, source: 'store', webhookUri: 'other', key: new Secret('another key') }

async function verify(
  file: string,
  options: { readonly quick: boolean; readonly toleranceSeconds: number | null },
): Promise<Verification & { quickly: number }> {
  let [quickly, total] = [0, 0]
  const verification = await verifyCaptures({
    captures: (quick) =>
      counted(
        readCaptures({
          file,
          stdin: Readable.from([]),
          format: 'ndjson',
          header: null,
          ...(options.quick && quick !== null ? { quick: { ...quick, after: 5 } } : {}),
        }),
      ),
    keys: [GIVEN_KEY, OTHER],
    moreKeys: async () => [],
    inflate,
    nowMs: SIGNED_AT * 1000,
    toleranceSeconds: options.toleranceSeconds,
    all: false,
  })
  return { ...verification, quickly: total - quickly }

  async function* counted(batches: ReturnType<typeof readCaptures>): ReturnType<typeof readCaptures> {
    for await (const batch of batches) {
      total += batch.total
      quickly += batch.captures.length
      yield batch
    }
  }
}

/** One line of an archive: usual ones, ones that are written otherwise, ones with something wrong. */
function fuzzedLine(chance: () => number, index: number): string | Buffer {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(chance() * from.length)] as T
  const texts = [
    'plain',
    'quote " and \\ back',
    'line\nend\r\t\b\f',
    'Zoë 日本 😀',
    'slash / and \u0000 \u001f \u2028',
    '"}',
    '","body":"x',
    '\\u0041',
    '{"headers":{"calendly-webhook-signature":"x"}}',
  ]
  const body = JSON.stringify({
    event: 'invitee.created',
    n: index,
    text: pick(texts),
    more: pick(texts).repeat(Math.floor(chance() * 40)),
  })
  const t = SIGNED_AT + pick([0, 0, 0, 179, 181, -181, 400])
  const key = pick([KEY_TEXT, KEY_TEXT, KEY_TEXT, 'another key', 'a third'])
  const header = sign(body, key, t)
  const name = pick([
    'calendly-webhook-signature',
    'calendly-webhook-signature',
    'Calendly-Webhook-Signature',
    'HTTP_CALENDLY_WEBHOOK_SIGNATURE',
  ])
  const at = '2026-01-01T00:00:00Z'
  const headers = {
    a: 'b',
    'x-datadog-sampling-priority': '1',
    [pick(['x-of-that-length-and-more-x', 'cache-control-or-something-x'])]: 'y',
    [name]: header,
  }
  const base64 = Buffer.from(body).toString('base64')
  const usual = JSON.stringify({ received_at: at, headers, ...(chance() < 0.5 ? { body } : { body_base64: base64 }) })
  const flip = Math.floor(chance() * usual.length)
  return pick<() => string | Buffer>([
    () => usual,
    () => usual,
    () => usual,
    () => usual,
    () => `${usual}\r`,
    () => usual.slice(0, flip) + String.fromCharCode(usual.charCodeAt(flip) ^ (1 << Math.floor(chance() * 7))) + usual.slice(flip + 1),
    () => usual.slice(0, flip),
    () => usual.replaceAll(/[\u0080-\uffff]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`),
    () => JSON.stringify(JSON.parse(usual), null, 1).replaceAll('\n', ' '),
    () => JSON.stringify({ body, headers }),
    () => JSON.stringify({ received_at: at, headers: { ...headers, extra: ['list'] }, body }),
    () => JSON.stringify({ received_at: at, headers: {}, body }),
    () =>
      `{"received_at":"${at}","headers":{"calendly-webhook-signature":"${header}","calendly-webhook-signature":"t=1"},"body":${JSON.stringify(body)}}`,
    () =>
      `{"received_at":"${at}","headers":{"calendly-webhook-signature":"${header}"},"body_base64":"${base64.slice(0, 8)}\\n${base64.slice(8)}"}`,
    () => `{"received_at":"${at}","headers":{"calendly-webhook-signature":"${header}"},"body_base64":"${base64}","body":"x"}`,
    () =>
      `{"received_at":"${at}","headers":{"calendly-webhook-signature":"${header}"},"body":${JSON.stringify(body)},"isBase64Encoded":true}`,
    () => Buffer.concat([Buffer.from(usual.slice(0, -3)), Buffer.from([0xff]), Buffer.from(usual.slice(-3))]),
    () => JSON.stringify({ received_at: at, headers: { 'calendly-webhook-signature': header.toUpperCase() }, body }),
    () => JSON.stringify({ received_at: at, headers: { 'calendly-webhook-signature': ` ${header}` }, body }),
    () => JSON.stringify({ received_at: at, headers: { 'calendly-webhook-signature': header }, body: body.repeat(300) }),
    () => 'nonsense',
    () => '',
    () => ' \t ',
    () => '{"a":1}',
  ])()
}

test.each([1, 2, 3])('verify of a fuzzed archive is the same from its bytes and from its lines (seed %s)', async (seed) => {
  const chance = seededChance(seed)
  const file = join(folder, `fuzzed-${seed}.ndjson`)
  const lines = Array.from({ length: 2000 }, (_, index) => [fuzzedLine(chance, index), '\n']).flat()
  writeFileSync(file, Buffer.concat([...lines, seed % 2 === 0 ? '' : '{"received_at":"cut'].map((part) => Buffer.from(part))))
  for (const toleranceSeconds of [null, 180]) {
    const [quick, plain] = [await verify(file, { quick: true, toleranceSeconds }), await verify(file, { quick: false, toleranceSeconds })]
    expect({ ...quick, quickly: 0 }).toEqual({ ...plain, quickly: 0 })
    // It must have been the bytes that were looked at.
    expect({ quick: quick.quickly > 40, plain: plain.quickly }).toEqual({ quick: true, plain: 0 })
  }
})

const WORKER = fileURLToPath(new URL('../../../dist/archive-worker.js', import.meta.url))

test.each([100, 999, 5000, 1_000_000])('judgeOnWorkers() gives what one reader gives, in stretches of %s bytes', async (segmentBytes) => {
  const chance = seededChance(segmentBytes)
  const file = join(folder, `stretches-${segmentBytes}.ndjson`)
  const bytes = Buffer.concat(
    Array.from({ length: 300 }, (_, index) => [fuzzedLine(chance, index), '\n'])
      .flat()
      .map((part) => Buffer.from(part)),
  )
  writeFileSync(file, bytes)
  const check = { keys: [GIVEN_KEY.key, OTHER.key], secondsMin: Number.NEGATIVE_INFINITY, secondsMax: Number.POSITIVE_INFINITY }
  const from = bytes.indexOf('\n') + 1
  const expected = new QuickLines(check).judge(bytes, from, bytes.length)
  const merged = { lines: 0, authentic: 0, doubtful: [] as DoubtfulLine[] }
  for await (const one of judgeOnWorkers({ file, from, size: bytes.length, check }, 2, { workerFile: WORKER, segmentBytes })) {
    const { lines, authentic } = merged
    merged.doubtful.push(
      ...one.doubtful.map((each) => ({ ...each, line: each.line + lines, authenticBefore: each.authenticBefore + authentic })),
    )
    merged.lines += one.lines
    merged.authentic += one.authentic
  }
  expect(merged).toEqual(expected)
  expect({ authentic: merged.authentic > 5, doubtful: merged.doubtful.length > 50 }).toEqual({ authentic: true, doubtful: true })
})
