// `schema`: the JSON Schema of a command's --json data.

import { advise, next } from '../../core/errors/advice.ts'
import type { Command } from 'commander'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Context } from '../context.ts'
import { SCHEMAS } from '../schemas/table.ts'
import { jsonText } from '../output/json.ts'

const EXAMPLES = `
Examples:
  $ calreconnect schema
  $ calreconnect schema webhooks list
  $ calreconnect schema status > status.schema.json

The schema describes "data" of the --json envelope, which is
  { "schema_version": 1, "command": "…", "ok": true|false, "data": {…}|null, "error": null|{…} }`

export function addSchema(parent: Command, ctx: Context): void {
  parent
    .command('schema [command...]')
    .description("Print the JSON Schema (draft 2020-12) of a command's --json data, or list the commands that have one.")
    .addHelpText('after', EXAMPLES)
    .action((words: string[]) => runSchema(ctx, words))
}

/** @throws USAGE for a command without one */
async function runSchema(ctx: Context, words: readonly string[]): Promise<void> {
  const command = words.join(' ')
  if (command === '') {
    ctx.show({ commands: [...SCHEMAS.keys()].sort() }, ({ commands }) => commands.join('\n'))
    return
  }
  const load = SCHEMAS.get(command)
  if (load === undefined) {
    throw new CalreconnectError('USAGE', `There is no schema of “${command}”`, {
      hint: advise`${next('schema')} lists the commands that have one`,
    })
  }
  const [schema, { toJsonSchema }] = await Promise.all([load(), import('@valibot/to-json-schema')])
  // What JSON Schema cannot say (a check by a function) is left out; it describes no less than what is printed.
  const title = command.startsWith('emulator ') ? `file for calreconnect ${command.replace(' ', ' --')}` : `data of calreconnect ${command}`
  const document = { title, ...toJsonSchema(schema, { target: 'draft-2020-12', errorMode: 'ignore' }) }
  // Its keywords are JSON Schema's and must not be turned into snake_case.
  ctx.show({ schema: { toJSON: () => document } }, () => jsonText(document, 2))
}
