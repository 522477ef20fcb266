// The operating system's keyring, a real one, as the build reaches it: its package is looked for at run time, and asked in a child.

import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AccountCli, accountCli } from '../../support/account-cli.ts'
import { hasSecretService, type SecretService, startSecretService } from '../../support/secret-service.ts'

describe.skipIf(!hasSecretService())('a real keyring', () => {
  let cli: AccountCli
  let service: SecretService
  beforeAll(async () => {
    cli = await accountCli()
    service = await startSecretService(cli)
    const { code } = await cli.run(['connect', '--token-stdin', '--no-webhook'], { stdin: cli.emulator.info.personalAccessToken })
    if (code !== 0) throw new Error(`connect ended with ${code}`)
  })
  afterAll(async () => {
    await service.close()
    await cli.close()
  })

  async function key(...args: readonly string[]) {
    const { code, envelope } = await cli.json(['store', 'key', ...args], { env: service.env })
    return { code, error: envelope.error?.message ?? null, source: envelope.data?.source ?? null, id: envelope.data?.key_id ?? null }
  }
  const token = async (): Promise<string> => (await cli.run(['token'], { env: service.env })).stdout.trim()

  test('a real keyring holds the key after store key use keyring: no key file is needed any more', async () => {
    const used = await key('use', 'keyring')
    expect(used).toMatchObject({ code: 0, error: null, source: 'keyring' })
    rmSync(join(cli.folder, 'config', 'calreconnect.key'))
    expect([await key('status'), await token()]).toEqual([used, cli.emulator.info.personalAccessToken])
  })

  test('a real keyring keeps the key from whoever has the files only', async () => {
    const { code, envelope } = await cli.json(['token'])
    expect([code, envelope.error?.exit]).toEqual([9, 'store'])
    const settings = readFileSync(join(cli.folder, 'config', 'key-source.json'), 'utf8')
    expect([settings.includes('keyring'), existsSync(join(cli.folder, 'config', 'calreconnect.key'))]).toEqual([true, false])
  })

  test('a real keyring takes the next key, and gives the store back to a file', async () => {
    const before = await key('status')
    const rotated = await key('rotate')
    expect(rotated).toMatchObject({ code: 0, source: 'keyring' })
    expect(rotated.id).not.toBe(before.id)
    expect(await key('use', 'file')).toMatchObject({ code: 0, error: null, source: 'file' })
    expect(await token()).toBe(cli.emulator.info.personalAccessToken)
  })
})
