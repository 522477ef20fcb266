// JSON Schemas' source: `data` of `completion bash` … and `completion install`.

import * as v from 'valibot'
import { SHELLS } from '../completion/scripts.ts'

const shell = v.picklist(SHELLS)

export const completionSchema = v.strictObject({ shell, script: v.string() })

export const completionInstallSchema = v.strictObject({
  shell,
  path: v.string(),
  outcome: v.picklist(['unchanged', 'planned', 'written', 'replaced']),
  /** A line that the person adds once; null: nothing is left to do. */
  also: v.nullable(v.string()),
})
