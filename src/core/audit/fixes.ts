// Commands that remove findings, as text that a POSIX shell takes verbatim.

import { isInsecureUrl } from '../calendly/callback-host.ts'
import type { Subscription } from '../calendly/model.ts'

/** Exactly these subscriptions go. */
export function deleteCommand(account: string | null, uris: readonly string[]): string {
  return command([...as(account), 'webhooks', 'delete', ...uris, '--yes'])
}

/** Everything about one, for somebody to make up their mind. */
export function getCommand(account: string | null, { uri }: Subscription): string {
  return command([...as(account), 'webhooks', 'get', uri])
}

/** The connection gets the webhook that it should have; at another URL, where one is given. */
export function reconnectCommand(account: string, callbackUrl?: string): string {
  return command(['reconnect', account, ...(callbackUrl === undefined ? [] : ['--callback-url', callbackUrl])])
}

/** The connection's own subscription is made anew. */
export function recreateCommand(account: string): string {
  return command([...as(account), 'webhooks', 'recreate', '--yes'])
}

/** The same subscription again, which replaces it as long as its key is unknown. */
export function createCommand(account: string | null, of: Subscription): string {
  const group = of.group === null ? [] : ['--group', of.group]
  const http = isInsecureUrl(of.callbackUrl) ? ['--allow-http'] : []
  const what = ['--callback-url', of.callbackUrl, '--events', of.events.join(','), '--scope', of.scope]
  return command([...as(account), 'webhooks', 'create', ...what, ...group, ...http, '--yes'])
}

/** One word for a POSIX shell. */
export function shellQuoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

function as(account: string | null): string[] {
  return account === null ? [] : ['--account', account]
}

function command(words: readonly string[]): string {
  return ['calreconnect', ...words.map(shellQuoted)].join(' ')
}
