// Stored connections as people read them.

import { advise, next, type Hint } from '../../core/errors/advice.ts'
import type { AccountEntry } from '../../operations/accounts/accounts.ts'
import type { AccountStatus } from '../../operations/accounts/describe.ts'
import { connectCommand } from '../../core/connection/usable.ts'
import type { StatusEntry, StatusResult } from '../../operations/accounts/status.ts'
import { type DroppableColumn, fittingColumns } from './table/fitting-columns.ts'
import { renderTable } from './table/table.ts'
import { printable } from '../../core/secrets/visible.ts'
import { type Paint, shown, type View } from './view.ts'
import { idOf, listOf, relativeTime, wrap } from './words.ts'

/** One line a connection. */
export function renderAccounts({ accounts }: { readonly accounts: readonly AccountEntry[] }, view: View): string {
  if (accounts.length === 0) return ''
  const columns: readonly DroppableColumn<AccountEntry>[] = [
    { header: '', name: 'in use', cell: ({ inUse }) => (inUse ? '*' : ''), value: ({ inUse }) => (inUse ? 'yes' : 'no') },
    { header: 'name', cell: ({ name }) => name, shrinks: true },
    { header: 'e-mail', cell: ({ email }) => email ?? '-', shrinks: true, dropsAt: 2 },
    { header: 'role', cell: ({ role }) => role ?? '-', dropsAt: 1 },
    { header: 'state', cell: stateWord, value: stateOf, paint: (text, account) => statePaint(view.paint, account)(text) },
    { header: 'webhook', cell: ({ webhook }) => webhook?.callbackUrl ?? '-', shrinks: true },
    {
      header: 'organization',
      cell: ({ organizationName, organizationUri }) =>
        organizationName ?? (organizationUri === null ? '-' : idOf(organizationUri).slice(0, 8)),
      value: ({ organizationName, organizationUri }) => organizationName ?? organizationUri ?? '-',
      shrinks: true,
    },
  ]
  return renderTable(view, fittingColumns(view, columns, accounts), accounts)
}

/** A block a connection: everything that is known of it. */
export function renderStatus({ accounts }: StatusResult, view: View): string {
  return accounts.map((account) => statusBlock(account, view)).join('\n\n')
}

/** What to run next. */
export function statusHints({ accounts }: StatusResult): readonly Hint[] {
  if (accounts.length === 0) return [advise`No account is connected. Run: ${next('connect')}`]
  const dead = accounts.filter((account) => account.needsConnect !== null)
  const withoutWebhook = accounts.filter((account) => account.isActive && account.needsConnect === null && account.webhook === null)
  const gone = accounts.filter(({ webhook }) => webhook?.state === 'gone').map(({ name }) => name)
  const changed = accounts.filter((account) => whereaboutsChange(account) !== null).map(({ name }) => name)
  return [
    ...(gone.length === 0 ? [] : [goneHint(gone)]),
    ...(changed.length === 0 ? [] : [advise`What is stored of ${listOf(changed)} is out of date: ${next('reconnect', ...changed)}`]),
    ...(dead.length === 0
      ? []
      : [advise`${listOf(dead.map(({ name }) => name))} must be connected again: ${connectCommand(dead[0]?.name ?? '')}`]),
    ...(withoutWebhook.length === 0
      ? []
      : withoutWebhook.map(({ name }) => advise`${name} has no webhook: ${next('reconnect', name, '--callback-url', 'URL')}`)),
  ]
}

function goneHint(names: readonly string[]): Hint {
  const whose = names.length === 1 ? `The webhook of ${names[0] ?? ''} is` : `The webhooks of ${listOf(names)} are`
  const cause = 'deleted there, or by Calendly itself because its receiver answered 410'
  return advise`${whose} gone at Calendly (${cause}). To make it anew: ${next('reconnect', ...names)}`
}

function statusBlock(account: StatusEntry, view: View): string {
  const { paint, nowMs } = view
  const { webhook, remote } = account
  const head = `${paint.bold(printable(account.name))}  ${statePaint(paint, account)(stateOf(account))}`
  const rows: (readonly [string, string])[] = [
    [
      'User',
      printable([account.email, account.role === null ? null : `(${account.role})`].filter((part) => part !== null).join(' ')) ||
        'not known yet',
    ],
    ...(account.organizationUri === null ? [] : [['Organization', organizationText(account)] as const]),
    ['Authorization', account.auth === 'oauth' ? 'OAuth' : 'personal access token'],
    ...(account.auth === 'oauth' && account.tokenExpiresAt !== null
      ? [['Access token', expiry(account.tokenExpiresAt, nowMs)] as const]
      : []),
    ...(account.scopes.length === 0 ? [] : [['OAuth scopes', printable(account.scopes.join(' '))] as const]),
    ...(remote === undefined ? [] : remoteRows(account, remote)),
    ...(webhook === null
      ? [['Webhook', 'none'] as const]
      : [
          ['Webhook', `${shown(webhook.callbackUrl, view)}  ${webhookState(webhook.state, paint)}`] as const,
          ['', printable(`${webhook.scope} scope, ${webhook.events.join(', ')}`)] as const,
          ['', `signing key ${webhook.signingKeyStored ? 'stored' : paint.yellow('not known here')}`] as const,
          ...(webhook.retryStartedAt === null
            ? []
            : [
                ['', paint.yellow(`deliveries have been failing since ${printable(relativeTime(webhook.retryStartedAt, nowMs))}`)] as const,
              ]),
        ]),
  ]
  const width = Math.max(...rows.map(([label]) => label.length))
  const margin = ' '.repeat(width + 4)
  const lines = rows.map(
    ([label, text]) => `  ${paint.dim(label.padEnd(width))}  ${wrap(text, view.columns - margin.length).join(`\n${margin}`)}`,
  )
  return [head, ...lines].join('\n')
}

function webhookState(state: string, paint: Paint): string {
  if (state === 'active') return paint.green(state)
  if (state === 'unknown') return paint.yellow('not known: Calendly could not be asked')
  return paint.red(state === 'gone' ? 'gone at Calendly' : printable(state))
}

function expiry(iso: string, nowMs: number): string {
  return Date.parse(iso) > nowMs ? `expires ${relativeTime(iso, nowMs)}` : `expired ${relativeTime(iso, nowMs)}, renewed when needed`
}

function remoteRows(account: StatusEntry, remote: NonNullable<StatusEntry['remote']>): readonly (readonly [string, string])[] {
  const { active, error, organizationUri, role, webhookError } = remote
  const why = error === null ? '' : `: ${printable(error.message)}`
  const token = active === null ? `not known${why}` : `the access token is ${active ? 'active' : 'inactive'}`
  const changes = whereaboutsChange(account)
  return [
    ['At Calendly', token],
    ...(changes === null ? [] : [['', changes] as const]),
    ...(organizationUri === null || role === null ? [] : [['', `${printable(role)} of organization ${idOf(organizationUri)}`] as const]),
    ...(webhookError === null ? [] : [['', `webhook not known: ${printable(webhookError.message)}`] as const]),
  ]
}

/** Where Calendly contradicts what is stored. Null: nowhere. */
function whereaboutsChange({ remote, organizationUri, role }: StatusEntry): string | null {
  const now = remote?.organizationUri ?? null
  if (remote === undefined || now === null) return null
  if (now !== organizationUri) return `moved to another organization than ${idOf(organizationUri ?? 'none')}, which is stored here`
  if (remote.role === null) return 'no longer a member of the organization that is stored here'
  return remote.role === role ? null : `role changed: ${role ?? 'none'} is stored here`
}

/** In a table: why it needs one is for `status`. */
function stateWord(account: AccountStatus): string {
  return account.needsConnect === null ? stateOf(account) : 'needs connect'
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

/** By name where Calendly told it, and always so that it can be found. */
function organizationText({ organizationName, organizationUri }: Pick<StatusEntry, 'organizationName' | 'organizationUri'>): string {
  const id = idOf(organizationUri ?? '')
  return organizationName === null ? id : `${printable(organizationName)} (${id})`
}
