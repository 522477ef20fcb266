// Signing keys as people read about them. No key ever gets here.

import type { KeyAdded, KeyList, KeyRecord, KeyRemoved } from '../../operations/webhooks/keys.ts'
import { renderTable } from './table/table.ts'
import { printable } from '../../core/secrets/visible.ts'
import type { View } from './view.ts'
import { count, idOf, relativeTime, shortId } from './words.ts'

export function renderKeys({ keys }: KeyList, view: View): string {
  if (keys.length === 0) return 'No signing keys are known'
  const subscriptions = new Set(keys.map(({ webhookUri }) => webhookUri)).size
  const short = shortId(keys.map(({ webhookUri }) => idOf(webhookUri)))
  const table = renderTable<KeyRecord>(
    view,
    [
      { header: 'id', cell: ({ webhookUri }) => short(idOf(webhookUri)), value: ({ webhookUri }) => idOf(webhookUri) },
      { header: 'key', cell: ({ current }) => (current ? 'current' : 'previous') },
      { header: 'since', cell: ({ since }) => relativeTime(since, view.nowMs), value: ({ since }) => since },
      { header: 'account', cell: ({ account }) => account ?? '-' },
      { header: 'subscription', cell: standingOf, paint: (text, { isActive }) => (isActive ? text : view.paint.dim(text)) },
      { header: 'callback url', cell: ({ callbackUrl }) => callbackUrl ?? '-', shrinks: true },
    ],
    keys,
  )
  if (!Number.isFinite(view.columns)) return table
  return `${table}\n\n${count(keys.length, 'key')} of ${count(subscriptions, 'subscription')}`
}

export function renderKeyAdded({ webhookUri, outcome }: KeyAdded, { paint }: View): string {
  const said = {
    added: 'Stored the signing key of',
    replaced: 'Stored a new signing key and kept the one before, of',
    unchanged: 'This very key was known already, of',
  }
  return `${paint.green('✓')} ${said[outcome]} ${printable(webhookUri)}`
}

export function renderKeyRemoved({ webhookUri, removed }: KeyRemoved, { paint }: View): string {
  return removed
    ? `${paint.green('✓')} Forgot the signing keys of ${printable(webhookUri)}`
    : `No key was known of ${printable(webhookUri)}`
}

function standingOf({ managed, isActive }: KeyRecord): string {
  return `${managed ? 'managed' : 'foreign'}${isActive ? '' : ', deleted'}`
}
