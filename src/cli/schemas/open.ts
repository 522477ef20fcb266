// JSON Schema's source: `data` of `open`.

import * as v from 'valibot'

export const openSchema = v.strictObject({
  page: v.picklist(['account', 'webhook', 'app']),
  url: v.pipe(v.string(), v.url()),
  opened: v.boolean(),
})
