// `emulator` as a person and a script use it: its seed, its help, its banner, its state.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { toJsonSchema } from '@valibot/to-json-schema'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, expect, test } from 'vitest'
import { SCHEMAS } from '../../../src/cli/schemas/table.ts'
import { CONTROL_ROUTES } from '../../../src/emulator/control/route-table.ts'
import { SwitchesSchema } from '../../../src/emulator/switches.ts'
import { cliHome } from '../../support/cli.ts'
import { schemaProblems } from '../../support/data-schema.ts'

const home = cliHome()
afterAll(() => home.remove())

/** Starts one on a free port; gives its data once it listens. */
async function started(...args: readonly string[]) {
  const running = home.start(['emulator', '--port', '0', '--json', ...args])
  const [line] = await running.stdoutUntil(/^\{.*\}$/m)
  const { data } = JSON.parse(line)
  const end = async () => {
    running.child.kill('SIGTERM')
    return running.done
  }
  return { running, data, end }
}

test('emulator --print-seed writes a seed that the emulator takes, and that its own JSON Schema describes', async () => {
  const { stdout, code } = await home.run(['emulator', '--print-seed'])
  expect(code).toBe(0)
  const seed: unknown = JSON.parse(stdout)
  const load = SCHEMAS.get('emulator seed')
  if (load === undefined) throw new Error('no schema')
  const document: Record<string, unknown> = { ...toJsonSchema(await load(), { target: 'draft-2020-12', errorMode: 'ignore' }) }
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(document)
  expect([validate(seed), validate.errors]).toEqual([true, null])
  expect(validate({ users: [{ mail: 'x' }] })).toBe(false)
  const { envelope } = await home.json(['emulator', '--print-seed'])
  expect([envelope.data.seed, await schemaProblems('emulator', envelope.data)]).toEqual([seed, []])

  const file = join(home.folder, 'seed.json')
  writeFileSync(file, stdout)
  const { data, end } = await started('--seed', file)
  expect([data.client_id, data.personal_access_token, await schemaProblems('emulator', data)]).toEqual(['my-app', 'pat-of-ada', []])
  expect((await end()).code).toBe(130)
})

test('emulator --origin self says so, and gives identifiers of its own; another word is refused', async () => {
  const { running, data, end } = await started('--origin', 'self')
  expect(data.user_uri.startsWith(`${data.url}/users/`)).toBe(true)
  await running.stderrUntil(/URIs and next_page are its own \(--origin self\)/)
  await end()
  const refused = await home.json(['emulator', '--origin', 'mine'])
  expect([refused.code, refused.envelope.error?.message]).toEqual([2, '--origin must be calendly or self, not mine'])
})

test('emulator --state goes on where it was ended, tokens and ids included', async () => {
  const state = join(home.folder, 'state.json')
  const first = await started('--state', state)
  await fetch(`${first.data.url}/_emulator/meetings`, { method: 'POST' })
  await first.end()
  expect(JSON.parse(readFileSync(state, 'utf8')).meetings).toHaveLength(1)
  const second = await started('--state', state)
  expect({ ...second.data, url: '' }).toEqual({ ...first.data, url: '' })
  expect(await (await fetch(`${second.data.url}/_emulator/meetings`)).json()).toHaveLength(1)
  await second.end()
})

test('help emulator documents the seed, every switch, fault action and control route', async () => {
  const { stdout, code } = await home.run(['help', 'emulator'])
  expect(code).toBe(0)
  for (const name of Object.keys(SwitchesSchema.entries)) expect(stdout).toContain(`${name} = `)
  for (const { method, path } of CONTROL_ROUTES) expect(stdout).toContain(`${method} ${path}`)
  for (const word of ['SEED', '"callback_url"', 'drop_after', 'status_after', '--origin self', '410']) expect(stdout).toContain(word)
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120)
  const help = (await home.run(['emulator', '--help'])).stdout
  for (const word of ['--print-seed', '--origin', '--faults', 'calreconnect help emulator', 'Examples:']) expect(help).toContain(word)
})
