// What `connect` did, as people read it.

import { advise, next, type Hint } from '../../core/errors/advice.ts'
import type { ConnectResult } from '../../operations/connect/webhook.ts'
import type { StartedFlow } from '../../operations/connect/handover.ts'
import { renderChange } from './plan.ts'
import { printable } from '../../core/secrets/visible.ts'
import type { View } from './view.ts'

const DID: Record<ConnectResult['authorization'], readonly [before: string, after: string]> = {
  oauth: ['Connected', ''],
  personal_access_token: ['Connected', ', with a personal access token'],
  refreshed: ['Already connected:', ', token renewed'],
  still_valid: ['Already connected:', ''],
}

export function renderConnect({ account, authorization, webhook }: ConnectResult, view: View): string {
  const { paint } = view
  const [before, after] = DID[authorization]
  const who = account.email === null || account.email === account.name ? '' : ` as ${printable(account.email)}`
  const head = `${paint.green('✓')} ${before} ${paint.bold(printable(account.name))}${who} (${printable(account.role ?? 'role unknown')})${after}`
  return webhook === null ? head : `${head}\n${renderChange(webhook, view, { dryRun: false })}`
}

/** What to run next. */
export function connectHints({ account, webhook }: ConnectResult): readonly Hint[] {
  if (webhook === null && account.webhook === null) {
    return [advise`There is no webhook yet. Make one with: ${next('reconnect', account.name, '--callback-url', 'URL')}`]
  }
  return [advise`See what Calendly has: ${next('webhooks', 'list', '--account', account.name)}`]
}

export function renderStart({ authorizeUrl }: StartedFlow): string {
  return authorizeUrl
}
