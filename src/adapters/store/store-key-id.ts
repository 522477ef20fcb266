// Which key the store is sealed with: `settings.key_id`.

import { get, run, type Script } from './script.ts'
import { SECRET_COLUMNS } from './secret-columns.ts'

/** Another process changed the store's key between asking for it and writing. */
export class KeyChanged extends Error {}

/** In the writing transaction: this key is the store's, or becomes it while nothing is sealed yet. */
export function* claim(keyId: string): Script<void> {
  const stored = yield* keyIdNow()
  if (stored === keyId) return
  if (stored !== null && (yield* hasSecretsNow())) throw new KeyChanged()
  yield* setKeyId(keyId)
}

export function* keyIdNow(): Script<string | null> {
  const row = yield* get<{ value: string }>("SELECT value FROM settings WHERE name = 'key_id'")
  return row?.value ?? null
}

export function* setKeyId(keyId: string): Script<void> {
  const sql = "INSERT INTO settings (name, value) VALUES ('key_id', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
  yield* run(sql, keyId)
}

export function* hasSecretsNow(): Script<boolean> {
  for (const { table, columns } of SECRET_COLUMNS)
    for (const column of columns) {
      const found = yield* get(`SELECT 1 FROM ${table} WHERE ${column} IS NOT NULL LIMIT 1`)
      if (found !== undefined) return true
    }
  return false
}
