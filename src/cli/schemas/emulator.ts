// JSON Schema's source: `data` of `emulator --json`, and the two kinds of file that the emulator takes.

import * as v from 'valibot'

/** What a program needs to use the emulator that has begun to listen; with --print-seed, a seed. */
export const emulatorSchema = v.union([
  v.strictObject({
    url: v.pipe(v.string(), v.url()),
    client_id: v.string(),
    client_secret: v.string(),
    native_client_id: v.string(),
    personal_access_token: v.string(),
    user_uri: v.pipe(v.string(), v.url()),
    organization_uri: v.pipe(v.string(), v.url()),
    app_signing_key: v.string(),
  }),
  v.strictObject({ seed: v.looseObject({}) }),
])

/** A file for --seed. */
export async function seedFileSchema(): Promise<v.GenericSchema> {
  return (await import('../../emulator/seed-schema.ts')).SeedSchema
}

/** A file for --faults. */
export async function faultsFileSchema(): Promise<v.GenericSchema> {
  return (await import('../../emulator/faults.ts')).FaultScriptSchema
}
