// Stored connections as people read them.

import type { AccountEntry } from '../../operations/accounts/accounts.ts'
import type { AccountStatus } from '../../operations/accounts/describe.ts'
import { connectCommand } from '../../core/connection/usable.ts'
import type { StatusEntry, StatusResult } from '../../operations/accounts/status.ts'
import { type Column, printable, renderTable } from './table/table.ts'
import type { Paint, View } from './view.ts'
import { count, listOf, relativeTime } from './words.ts'

/** One line a connection. */
export function renderAccounts({ accounts }: { readonly accounts: readonly AccountEntry[] }, view: View): string {
  if (accounts.length === 0) return ''
  const columns: readonly Column<AccountEntry>[] = [
    { header: '', cell: ({ inUse }) => (inUse ? '*' : '') },
    { header: 'name', cell: ({ name }) => name, shrinks: true },
    { header: 'e-mail', cell: ({ email }) => email ?? '-', shrinks: true },
    { header: 'role', cell: ({ role }) => role ?? '-' },
    { header: 'state', cell: stateOf, paint: (text, account) => statePaint(view.paint, account)(text) },
    { header: 'webhook', cell: ({ webhook }) => webhook?.callbackUrl ?? '-', shrinks: true },
  ]
  return renderTable(view, columns, accounts)
}

/** A block a connection: everything that is known of it. */
export function renderStatus({ accounts }: StatusResult, view: View): string {
  return accounts.map((account) => statusBlock(account, view)).join('\n\n')
}

/** What to run next. */
export function statusHints({ accounts }: StatusResult): readonly string[] {
  if (accounts.length === 0) return ['No account is connected. Run: calreconnect connect']
  const dead = accounts.filter((account) => account.needsConnect !== null)
  const withoutWebhook = accounts.filter((account) => account.isActive && account.needsConnect === null && account.webhook === null)
  return [
    ...(dead.length === 0
      ? []
      : [`${listOf(dead.map(({ name }) => name))} must be connected again: ${connectCommand(dead[0]?.name ?? '')}`]),
    ...(withoutWebhook.length === 0
      ? []
      : [`${count(withoutWebhook.length, 'account')} without a webhook: calreconnect reconnect --callback-url URL`]),
  ]
}

function statusBlock(account: StatusEntry, view: View): string {
  const { paint, nowMs } = view
  const { webhook, remote } = account
  const head = `${paint.bold(printable(account.name))}  ${statePaint(paint, account)(stateOf(account))}`
  const rows: (readonly [string, string])[] = [
    [
      'User',
      [account.email, account.role === null ? null : `(${account.role})`].filter((part) => part !== null).join(' ') || 'not known yet',
    ],
    ['Authorization', account.auth === 'oauth' ? 'OAuth' : 'personal access token'],
    ...(account.auth === 'oauth' && account.tokenExpiresAt !== null
      ? [['Access token', expiry(account.tokenExpiresAt, nowMs)] as const]
      : []),
    ...(account.scopes.length === 0 ? [] : [['OAuth scopes', account.scopes.join(' ')] as const]),
    ...(remote === undefined ? [] : [['At Calendly', remoteWords(remote)] as const]),
    ...(webhook === null
      ? [['Webhook', 'none'] as const]
      : [
          [
            'Webhook',
            `${webhook.callbackUrl}  ${webhook.state === 'disabled' ? paint.red('disabled') : paint.green(webhook.state)}`,
          ] as const,
          ['', `${webhook.scope} scope, ${webhook.events.join(', ')}`] as const,
          ['', `signing key ${webhook.signingKeyStored ? 'stored' : paint.yellow('not known here')}`] as const,
          ...(webhook.retryStartedAt === null
            ? []
            : [['', paint.yellow(`deliveries have been failing since ${relativeTime(webhook.retryStartedAt, nowMs)}`)] as const]),
        ]),
  ]
  const width = Math.max(...rows.map(([label]) => label.length))
  return [head, ...rows.map(([label, text]) => `  ${paint.dim(label.padEnd(width))}  ${text}`)].join('\n')
}

function expiry(iso: string, nowMs: number): string {
  return Date.parse(iso) > nowMs ? `expires ${relativeTime(iso, nowMs)}` : `expired ${relativeTime(iso, nowMs)}, renewed when needed`
}

function remoteWords({ active, error }: NonNullable<StatusEntry['remote']>): string {
  if (active === null) return error === null ? 'not known' : `not known: ${error.message}`
  return active ? 'the access token is active' : 'the access token is inactive'
}

function stateOf(account: AccountStatus): string {
  switch (account.needsConnect) {
    case 'revoked':
      return 'needs connect (revoked)'
    case 'lost_response':
      return 'needs connect (lost response)'
    case 'client_changed':
      return 'needs connect (other OAuth app)'
    case null:
      return account.isActive ? 'connected' : 'disconnected'
  }
}

function statePaint(paint: Paint, account: AccountStatus): (text: string) => string {
  if (account.needsConnect !== null) return (text) => paint.red(text)
  return account.isActive ? (text) => paint.green(text) : (text) => paint.dim(text)
}
