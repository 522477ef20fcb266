// JSON Schema's source: `data` of `schema` itself.

import * as v from 'valibot'

/** With a command, its JSON Schema; without one, the commands that have one. */
export const schemaSchema = v.union([v.strictObject({ schema: v.looseObject({}) }), v.strictObject({ commands: v.array(v.string()) })])
