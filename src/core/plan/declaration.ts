// What a declarative file (calreconnect.yaml) says, once it was read: accounts, each with all the webhooks that it should have.
// Checks what no schema can say and turns it into specs. Knows where in the file each thing stands, but nothing of YAML.

import { next, type Hint } from '../errors/advice.ts'
import { CalreconnectError, type ErrorCode } from '../errors/errors.ts'
import { checkEvents } from '../calendly/events.ts'
import { type CallbackUrlOptions, checkCallbackUrl, identityOf } from '../calendly/identity.ts'
import type { Scope, SubscriptionSpec } from '../calendly/model.ts'
import type { Connection, DesiredWebhook } from '../connection/model.ts'

export interface DeclaredWebhook extends DesiredWebhook {
  /** `calreconnect.yaml:7:9`, as editors and terminals link it. */
  readonly place: string
}

export interface DeclaredAccount {
  readonly name: string
  readonly place: string
  readonly webhooks: readonly DeclaredWebhook[]
}

export interface Declaration {
  /** As the person named it. */
  readonly file: string
  readonly accounts: readonly DeclaredAccount[]
}

/** Something wrong at a place of the file. */
export interface Problem {
  readonly place: string
  readonly message: string
  readonly code?: ErrorCode
  readonly hint?: Hint
}

/** What somebody insists on. */
export interface DeclarationOptions extends CallbackUrlOptions {
  /** Absent: no. */
  readonly allowUnknownEvents?: boolean
}

/** All problems at once, so that nobody mends a file one error at a time. */
export function declarationError(file: string, problems: readonly Problem[]): CalreconnectError {
  const [first, ...more] = problems
  if (first === undefined) return new CalreconnectError('FILE_UNREADABLE', `${file} cannot be used`)
  const hint = first.hint === undefined ? {} : { hint: first.hint }
  if (more.length === 0) return new CalreconnectError(first.code ?? 'FILE_UNREADABLE', `${first.place}: ${first.message}`, hint)
  return new CalreconnectError('FILE_UNREADABLE', `${file} has ${problems.length} errors`, {
    ...hint,
    details: problems.map(({ place, message }) => ({ parameter: place, message })),
  })
}

/**
 * The same declaration with each event once.
 * @throws INVALID_URL, INSECURE_URL, UNKNOWN_EVENT, EVENT_SCOPE_MISMATCH, USAGE with the place of the one problem; FILE_UNREADABLE for several
 */
export function checkDeclaration(declaration: Declaration, options: DeclarationOptions): Declaration {
  const problems: Problem[] = []
  const accounts = declaration.accounts.map((account) => ({
    ...account,
    webhooks: account.webhooks.map((webhook) => ({ ...webhook, events: checkWebhook(webhook, options, problems) })),
  }))
  for (const { webhooks } of accounts) problems.push(...repeated(webhooks))
  if (problems.length > 0) throw declarationError(declaration.file, problems)
  return { ...declaration, accounts }
}

/**
 * The stored connection that an account of the file is: by its whole name, else by e-mail. A prefix is not enough: what a file means
 * must not change with what else is connected.
 * @throws ACCOUNT_UNKNOWN
 */
export function declaredConnection(account: DeclaredAccount, connections: readonly Connection[]): Connection {
  const byName = connections.find(({ name }) => name === account.name)
  const byEmail = connections.filter(({ email }) => email?.toLowerCase() === account.name.toLowerCase())
  const found = byName ?? (byEmail.length === 1 ? byEmail[0] : undefined)
  if (found !== undefined) return found
  throw new CalreconnectError('ACCOUNT_UNKNOWN', `${account.place}: no connected account is called ${account.name}`, {
    hint: connections.length === 0 ? next('connect', '--name', account.name) : next('accounts', 'list'),
  })
}

/** What the account should have at Calendly, for the user whose connection it is. */
export function declaredSpecs(
  account: DeclaredAccount,
  owner: { readonly organizationUri: string; readonly userUri: string },
): SubscriptionSpec[] {
  return account.webhooks.map((webhook) => specFor(webhook, owner))
}

function specFor(
  { callbackUrl, events, scope, group }: DesiredWebhook,
  { organizationUri, userUri }: { readonly organizationUri: string; readonly userUri: string },
): SubscriptionSpec {
  return { callbackUrl, events, scope, organization: organizationUri, user: scope === 'user' ? userUri : null, group }
}

/** Notes every problem of one webhook and gives its events, each once. */
function checkWebhook(webhook: DeclaredWebhook, options: DeclarationOptions, problems: Problem[]): readonly string[] {
  const { callbackUrl, events, scope, group, place } = webhook
  const noting = <T>(check: () => T, otherwise: T): T => {
    try {
      return check()
    } catch (thrown) {
      if (!(thrown instanceof CalreconnectError)) throw thrown
      const hint = thrown.advice === null ? {} : { hint: thrown.advice }
      problems.push({ place, message: uncapitalized(thrown.message), code: thrown.code, ...hint })
      return otherwise
    }
  }
  noting(() => checkCallbackUrl(callbackUrl, options), callbackUrl)
  if ((scope === 'group') !== (group !== null)) problems.push({ place, message: groupMessage(scope), code: 'USAGE' })
  return noting(() => checkEvents(events, scope, { allowUnknown: options.allowUnknownEvents === true }), events)
}

function groupMessage(scope: Scope): string {
  return scope === 'group'
    ? 'scope group needs a group: the URI of a Calendly group'
    : `a group goes with scope group, not with scope ${scope}`
}

function repeated(webhooks: readonly DeclaredWebhook[]): Problem[] {
  const first = new Map<string, string>()
  return webhooks.flatMap((webhook): Problem[] => {
    const identity = identityOf(specFor(webhook, { organizationUri: '', userUri: '' }))
    const earlier = first.get(identity)
    if (earlier === undefined) {
      first.set(identity, webhook.place)
      return []
    }
    const message = `the same webhook (callback URL, scope, owner) as at ${earlier}; put all its events into one entry`
    return [{ place: webhook.place, message, code: 'USAGE' }]
  })
}

function uncapitalized(text: string): string {
  return /^[A-Z][a-z]/.test(text) && !text.startsWith('Calendly') ? text.charAt(0).toLowerCase() + text.slice(1) : text
}
