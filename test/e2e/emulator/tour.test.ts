// A subscription's whole life, told by both sides: booked, delivered, verified; the receiver down for 24 hours of the emulator's clock,
// retrying, disabled, mended; a receiver that answers 410, gone, mended.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEmulator, type Emulator } from '../../../src/emulator/server.ts'
import { type CliHome, cliHome } from '../../support/cli.ts'
import { type HttpServer, startHttpServer } from '../../support/http-server.ts'

const HOUR_MS = 3_600_000

let emulator: Emulator
let receiver: HttpServer
let home: CliHome
let status = 200

beforeAll(async () => {
  receiver = await startHttpServer((_request, response) => void response.writeHead(status).end())
  emulator = await startEmulator()
  home = cliHome({ CALENDLY_AUTH_URL: emulator.url, CALENDLY_API_URL: emulator.url })
})
afterAll(async () => {
  home.remove()
  await emulator.close()
  await receiver.close()
})

/** Books a meeting while the receiver answers so; what it got is verified with the stored key. */
async function bookedWith(answer: number) {
  status = answer
  const { deliveries } = await emulator.control.bookMeeting()
  const got = receiver.requests.at(-1)
  const signature = String(got?.headers['calendly-webhook-signature'])
  const { envelope } = await home.json(['verify', '-', '--signature', signature], { stdin: got?.body ?? '' })
  return { states: deliveries.map(({ state }) => state), valid: envelope.data.valid, source: envelope.data.results[0]?.key?.source ?? null }
}
const findings = async (): Promise<string[]> => {
  const { envelope } = await home.json(['webhooks', 'audit'])
  return envelope.data.findings.map(({ code }: { code: string }) => code)
}
/** Http, and a loopback host, are what the receiver of this test is; they are found too. */
const about = (codes: readonly string[]) => codes.filter((code) => !['INSECURE_URL', 'EPHEMERAL_HOST'].includes(code))
const rows = () => emulator.control.subscriptions().map(({ state, retryStartedAt }) => ({ state, retrying: retryStartedAt !== null }))

test('a subscription is delivered to, retried, disabled and mended; answered with 410, gone and mended again', async () => {
  const hook = new URL('/hook', receiver.url).href
  const connect = ['connect', '--token-stdin', '--callback-url', hook, '--allow-http', '--allow-ephemeral-host']
  expect((await home.json(connect, { stdin: emulator.info.personalAccessToken })).code).toBe(0)

  expect(await bookedWith(204)).toEqual({ states: ['delivered'], valid: 1, source: 'store' })
  expect([about(await findings()), rows()]).toEqual([[], [{ state: 'active', retrying: false }]])

  // Down: authentic all the same, and retried with a fresh signature each time.
  expect(await bookedWith(500)).toEqual({ states: ['pending'], valid: 1, source: 'store' })
  await emulator.control.advanceTime(23 * HOUR_MS)
  expect([about(await findings()), rows()]).toEqual([['RETRYING'], [{ state: 'active', retrying: true }]])
  await emulator.control.advanceTime(2 * HOUR_MS)
  expect([about(await findings()), rows()]).toEqual([['DISABLED'], [{ state: 'disabled', retrying: true }]])
  expect((await home.json(['reconnect'])).code).toBe(0)
  expect([about(await findings()), rows()]).toEqual([[], [{ state: 'active', retrying: false }]])
  expect(await bookedWith(200)).toEqual({ states: ['delivered'], valid: 1, source: 'store' })

  // Gone: at once, and both the status and the audit say so.
  expect(await bookedWith(410)).toMatchObject({ states: ['gone'] })
  expect(rows()).toEqual([])
  const remote = (await home.json(['status', '--remote'])).envelope.data.accounts[0]
  expect([remote.webhook?.state ?? 'gone', about(await findings())]).toEqual([expect.not.stringMatching('active'), ['MISSING']])
  expect((await home.json(['reconnect'])).code).toBe(0)
  expect([about(await findings()), rows()]).toEqual([[], [{ state: 'active', retrying: false }]])
  expect(await bookedWith(200)).toEqual({ states: ['delivered'], valid: 1, source: 'store' })
})
