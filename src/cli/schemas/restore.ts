// JSON Schema's source: `data` of `webhooks restore`.

import * as v from 'valibot'
import { plan, planResultEntries } from './plan.ts'

export const restoreSchema = v.strictObject({ plan, ...planResultEntries })
