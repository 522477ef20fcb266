// `schema` as a script uses it.

import { toJsonSchema } from '@valibot/to-json-schema'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, expect, test } from 'vitest'

import { SCHEMAS } from '../../../src/cli/schemas/table.ts'
import { cliHome } from '../../support/cli.ts'
import { schemaProblems } from '../../support/data-schema.ts'

const home = cliHome()
afterAll(() => home.remove())

test('schema lists the commands that have one', async () => {
  const { stdout, code } = await home.run(['schema'])
  expect([code, stdout.trimEnd().split('\n')]).toEqual([0, [...SCHEMAS.keys()].sort()])
  const { envelope } = await home.json(['schema'])
  expect(await schemaProblems('schema', envelope.data)).toEqual([])
})

test('schema of every command compiles as JSON Schema, draft 2020-12', async () => {
  for (const command of SCHEMAS.keys()) {
    const load = SCHEMAS.get(command)
    if (load === undefined) throw new Error(command)
    const document: Record<string, unknown> = { ...toJsonSchema(await load(), { target: 'draft-2020-12', errorMode: 'ignore' }) }
    expect([command, typeof new Ajv2020({ strict: false, validateFormats: false }).compile(document)]).toEqual([command, 'function'])
  }
})

test('schema prints the JSON Schema of a command of two words, keywords unharmed, also inside the envelope', async () => {
  const { stdout, code } = await home.run(['schema', 'webhooks', 'plan'])
  const document: unknown = JSON.parse(stdout)
  expect([code, document]).toEqual([0, expect.objectContaining({ title: 'data of calreconnect webhooks plan', anyOf: expect.any(Array) })])
  const { envelope } = await home.json(['schema', 'webhooks', 'plan'])
  expect(envelope.data.schema).toEqual(document)
  expect(stdout).toContain('"additionalProperties": false')
})

test('schema refuses a command that has none, and a bad flag', async () => {
  expect((await home.json(['schema', 'nonsense'])).envelope.error).toMatchObject({
    code: 'USAGE',
    message: 'There is no schema of “nonsense”',
  })
  expect((await home.run(['schema', '--no-such-flag'])).code).toBe(2)
  expect((await home.run(['schema', '--help'])).stdout).toContain('Examples:')
})
