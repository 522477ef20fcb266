// Holds a command's --json data against the schema that `calreconnect schema` prints for it.

import { Ajv2020 } from 'ajv/dist/2020.js'
import { toJsonSchema } from '@valibot/to-json-schema'
import { SCHEMAS } from '../../src/cli/schemas/table.ts'

/** What does not fit, as `path message`; empty when all does. */
export async function schemaProblems(command: string, data: unknown): Promise<string[]> {
  const load = SCHEMAS.get(command)
  if (load === undefined) return [`no schema of ${command}`]
  const document: Record<string, unknown> = { ...toJsonSchema(await load(), { target: 'draft-2020-12', errorMode: 'ignore' }) }
  // Formats are checked where the schema is valibot's own; here it is about the shape.
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(document)
  validate(data)
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}
