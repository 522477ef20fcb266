// A token in a callback URL lets whoever has it in. Nothing that is shown to be passed on holds it, unless somebody asks for it.

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type EmulatedCli, emulatedCli } from '../../support/connected.ts'

const TOKEN = 'vErYsEcReTtOkEn123'
const OWN = `https://hooks.acme.example/calendly?source=acme&token=${TOKEN}`
const FOREIGN = `https://legacy.acme.example/in?api_key=${TOKEN}`

let home: EmulatedCli
beforeAll(async () => {
  home = await emulatedCli({ seed: { subscriptions: [{ callback_url: FOREIGN }, { callback_url: FOREIGN, scope: 'user' }] } })
  await home.connect('--name', 'acme', '--callback-url', OWN)
})
afterAll(() => home.close())

describe('a token in a callback URL', () => {
  test.each([
    [['webhooks', 'list'], [0]],
    [['webhooks', 'list'], [0], { COLUMNS: '80' }],
    [['webhooks', 'get', OWN], [0]],
    [['status'], [0]],
    [['status', '--all'], [0]],
    [['webhooks', 'prune', '--url', 'https://legacy.acme.example/*', '--dry-run'], [0]],
    [['webhooks', 'keys', 'list'], [0]],
    [['reconnect', '--dry-run'], [0]],
    [['disconnect', '--dry-run'], [0]],
    [['runs'], [0]],
    [
      ['webhooks', 'audit'],
      [0, 3],
    ],
    [
      ['webhooks', 'audit', '--format', 'junit'],
      [0, 3],
    ],
    [
      ['webhooks', 'audit', '--format', 'markdown'],
      [0, 3],
    ],
    [
      ['webhooks', 'audit', '--format', 'html'],
      [0, 3],
    ],
    [
      ['webhooks', 'audit', '--format', 'github'],
      [0, 3],
    ],
    [
      ['webhooks', 'audit', '--format', 'openmetrics'],
      [0, 3],
    ],
    [['webhooks', 'plan', '--init'], [0]],
  ] as [readonly string[], readonly number[], Record<string, string>?][])('is not in what %j prints', async (args, codes, env = {}) => {
    const { code, stdout, stderr } = await home.run(args, { env })
    expect(codes).toContain(code)
    expect(stdout + stderr).not.toContain(TOKEN)
  })

  test('is there for whoever asks, and in JSON', async () => {
    expect((await home.run(['webhooks', 'list', '--show-secrets'])).stdout).toContain(OWN)
    expect((await home.run(['status', '--show-secrets'])).stdout).toContain(OWN)
    expect((await home.run(['webhooks', 'audit', '--format', 'html', '--show-secrets'])).stdout).toContain(TOKEN)
    expect(
      (await home.json(['webhooks', 'list'])).envelope.data.webhooks.map((one: { callback_url: string }) => one.callback_url),
    ).toContain(OWN)
  })

  test('is missing in the file of webhooks plan --init, which says so and is refused until it is written in', async () => {
    const file = join(home.folder, 'masked.yaml')
    expect((await home.run(['webhooks', 'plan', '--init', '-f', file])).code).toBe(0)
    const text = await readFile(file, 'utf8')
    expect(text).toContain('--show-secrets')
    const refused = await home.json(['webhooks', 'plan', '-f', file])
    expect([refused.code, refused.envelope.error?.message]).toEqual([2, expect.stringContaining('is masked')])
    await writeFile(file, text.replaceAll('[secret]', TOKEN))
    expect((await home.json(['webhooks', 'plan', '-f', file])).envelope.data.changes).toBe(0)
  })
})
