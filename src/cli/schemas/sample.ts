// JSON Schema's source: `data` of `webhooks sample`.

import * as v from 'valibot'

/** The bare payload, in Calendly's own words. */
export const sampleSchema = v.strictObject({ sample: v.looseObject({ event: v.string(), payload: v.looseObject({}) }) })
