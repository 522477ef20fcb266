// Commands that remove findings.

import { isInsecureUrl } from '../calendly/callback-host.ts'
import type { Definition, Subscription } from '../calendly/model.ts'
import { next, type NextCommand } from '../errors/advice.ts'

/** Exactly these subscriptions go. */
export function deleteCommand(account: string | null, uris: readonly string[]): NextCommand {
  return next(...as(account), 'webhooks', 'delete', ...uris, '--yes')
}

/** Everything about one, for somebody to make up their mind. */
export function getCommand(account: string | null, { uri }: Pick<Subscription, 'uri'>): NextCommand {
  return next(...as(account), 'webhooks', 'get', uri)
}

/** The connection gets the webhook that it should have; at another URL, where one is given. */
export function reconnectCommand(account: string, callbackUrl?: string): NextCommand {
  return next('reconnect', account, ...(callbackUrl === undefined ? [] : ['--callback-url', callbackUrl]))
}

/** The connection's place is its own again, whoever is there. */
export function takeOverCommand(account: string): NextCommand {
  return next('reconnect', account, '--take-over')
}

/** The signing key of one that was adopted, from standard input. */
export function addKeyCommand(account: string | null, uri: string): NextCommand {
  return next(...as(account), 'webhooks', 'keys', 'add', uri, '--stdin')
}

/** The connection's own subscription is made anew. */
export function recreateCommand(account: string): NextCommand {
  return next(...as(account), 'webhooks', 'recreate', '--yes')
}

/** The same subscription again, which replaces it as long as its key is unknown. */
export function createCommand(account: string | null, of: Definition): NextCommand {
  const group = of.group === null ? [] : ['--group', of.group]
  const http = isInsecureUrl(of.callbackUrl) ? ['--allow-http'] : []
  const what = ['--callback-url', of.callbackUrl, '--events', of.events.join(','), '--scope', of.scope]
  return next(...as(account), 'webhooks', 'create', ...what, ...group, ...http, '--yes')
}

function as(account: string | null): string[] {
  return account === null ? [] : ['--account', account]
}
