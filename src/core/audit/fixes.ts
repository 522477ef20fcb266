// Commands that repair what was found, or show it to somebody who must decide.
// None of them carries --yes: whoever reads them is asked, and a script that has looked adds it.

import { ephemeralDomainOf, hostOf, flagsFor } from '../calendly/callback-host.ts'
import type { Definition, Subscription } from '../calendly/model.ts'
import type { Group } from './together.ts'
import { next, type NextCommand } from '../errors/advice.ts'

/** With more, a command that names each can neither be read nor typed. */
export const NAMED_MAX = 20

/** Exactly these subscriptions go. */
export function deleteCommand(account: string | null, uris: readonly string[]): NextCommand {
  return next(...as(account), 'webhooks', 'delete', ...uris)
}

/** These go, which deliver again what another delivers; all that do so, where they are too many to be named. */
export function deleteSurplusCommand(account: string | null, uris: readonly string[]): NextCommand {
  if (uris.length <= NAMED_MAX) return deleteCommand(account, uris)
  return next(...as(account), 'webhooks', 'prune', '--duplicates', '--include-foreign')
}

/** Everything about one, for somebody to make up their mind. */
export function getCommand(account: string | null, { uri }: Pick<Subscription, 'uri'>): NextCommand {
  return next(...as(account), 'webhooks', 'get', uri)
}

/** All of them beside each other, for somebody to make up their mind. @param what further options of `webhooks list` */
export function listCommand(account: string | null, what: readonly string[] = []): NextCommand {
  return next(...as(account), 'webhooks', 'list', ...what)
}

/** What `--url` must say to find the hosts of all of these, which have a host or a tunnel's domain in common. */
export function hostGlob(of: Group<Subscription>): string {
  const [{ callbackUrl: first }] = of
  const host = hostOf(first)
  if (host === null) return first
  return of.every(({ callbackUrl }) => hostOf(callbackUrl) === host) ? `*://${host}/*` : `*://*${ephemeralDomainOf(first) ?? host}*`
}

/** The connection gets the webhook that it should have; at another URL, where one is given. */
export function reconnectCommand(account: string, callbackUrl?: string): NextCommand {
  return next('reconnect', account, ...(callbackUrl === undefined ? [] : ['--callback-url', callbackUrl, ...flagsFor(callbackUrl)]))
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
  return next(...as(account), 'webhooks', 'recreate')
}

/** The same subscription again, which replaces it as long as its key is unknown. */
export function createCommand(account: string | null, of: Definition): NextCommand {
  const group = of.group === null ? [] : ['--group', of.group]
  const what = ['--callback-url', of.callbackUrl, '--events', of.events.join(','), '--scope', of.scope]
  return next(...as(account), 'webhooks', 'create', ...what, ...group, ...flagsFor(of.callbackUrl))
}

function as(account: string | null): string[] {
  return account === null ? [] : ['--account', account]
}
