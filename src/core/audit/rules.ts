// The rules of an audit that look at one subscription, at one host, or at how many there are.

import type { NextCommand } from '../errors/advice.ts'
import { addKeyCommand, createCommand, deleteCommand, getCommand, reconnectCommand, recreateCommand } from './fixes.ts'
import type { RuleFinding, Surroundings } from './surroundings.ts'
import { hostOf, isEphemeralHost, isInsecureUrl } from '../calendly/callback-host.ts'
import { idOf, normalizeUrl } from '../calendly/identity.ts'
import { isRetrying } from './findings.ts'
import { matchesGlob } from '../calendly/glob.ts'
import type { Membership, Subscription } from '../calendly/model.ts'
import { isState, isUnderstood } from '../calendly/understood.ts'
import { oldestFirst, yesFirst } from '../plan/standing.ts'

/** Calendly disables a subscription after this long without a delivery that succeeded. */
const RETRY_HOURS = 24
const HOUR_MS = 3_600_000

/** DISABLED, UNKNOWN_STATE, RETRYING, CREATOR_GONE, KEY_UNKNOWN, INSECURE_URL: one finding for each subscription that it is true of. */
export function auditEach(around: Surroundings): RuleFinding[] {
  const goneReason = creatorJudge(around.memberships)
  return around.subscriptions.flatMap((one) => {
    const findings: RuleFinding[] = []
    const own = around.ownerOf.get(one.uri)
    const uris = [one.uri]
    const remove = deleteCommand(around.account, uris)
    const renew = own === undefined ? remove : recreateCommand(own.account)
    if (one.state === 'disabled') {
      const message = `${named(one)} is disabled: nothing is delivered, and Calendly has no way to enable it again`
      findings.push({ code: 'DISABLED', message, uris, fix: own === undefined ? remove : reconnectCommand(own.account) })
    }
    if (!isState(one.state)) {
      const message = `${named(one)} is "${one.state}", which is neither active nor disabled: what that means is not known, so it is left alone`
      findings.push({ code: 'UNKNOWN_STATE', message, uris, fix: getCommand(around.account, one) })
    }
    if (isRetrying(one)) findings.push({ code: 'RETRYING', message: retryingMessage(one, around.nowMs), uris, fix: renew })
    const gone = goneReason(one)
    if (gone !== null) findings.push({ code: 'CREATOR_GONE', message: `The creator of ${named(one)} ${gone}`, uris, fix: renew })
    if (isKeyUnknown(one, around)) {
      const message = `No signing key is stored for ${named(one)}, so its deliveries cannot be verified`
      findings.push({ code: 'KEY_UNKNOWN', message, uris, fix: keyFix(one, around) })
    }
    if (isInsecureUrl(one.callbackUrl)) {
      const secure = normalizeUrl(one.callbackUrl).replace(/^http:/, 'https:')
      const message = `${named(one)} is not https: names, addresses and answers of invitees can be read on the way`
      findings.push({ code: 'INSECURE_URL', message, uris, fix: own === undefined ? remove : reconnectCommand(own.account, secure) })
    }
    return findings
  })
}

/** UNKNOWN_HOST, EPHEMERAL_HOST: one finding for each host. */
export function auditByHost(around: Surroundings): RuleFinding[] {
  const byHost = groupBy(around.subscriptions, ({ callbackUrl }) => hostOf(callbackUrl) ?? callbackUrl)
  return [...byHost].flatMap(([host, group]) => {
    const uris = group.map(({ uri }) => uri)
    const fix = deleteCommand(around.account, uris)
    const findings: RuleFinding[] = []
    if (!isAllowed(host, around.allowHosts)) {
      findings.push({ code: 'UNKNOWN_HOST', message: `${host} is not an allowed host (${counted(uris)})`, uris, fix })
    }
    if (group.some(({ callbackUrl }) => isEphemeralHost(callbackUrl))) {
      const message = `${host} is a tunnel, request bin or local address, none of which lives long (${counted(uris)})`
      findings.push({ code: 'EPHEMERAL_HOST', message, uris, fix })
    }
    return findings
  })
}

/** TOO_MANY, in all and at one URL. */
export function auditLimits(around: Surroundings): RuleFinding[] {
  const { totalMax, perUrlMax, subscriptions, account } = around
  const findings: RuleFinding[] = []
  if (totalMax !== null && subscriptions.length > totalMax) {
    const uris = mostExpendable(subscriptions, subscriptions.length - totalMax, around)
    const message = `${subscriptions.length} subscriptions are more than the ${totalMax} of --max-total`
    findings.push({ code: 'TOO_MANY', message, uris, fix: deleteCommand(account, uris) })
  }
  if (perUrlMax === null) return findings
  for (const [url, group] of groupBy(subscriptions, ({ callbackUrl }) => normalizeUrl(callbackUrl))) {
    if (group.length <= perUrlMax) continue
    const expendable = mostExpendable(group, group.length - perUrlMax, around)
    const message = `${group.length} subscriptions at ${url} are more than the ${perUrlMax} of --max-per-url`
    findings.push({ code: 'TOO_MANY', message, uris: group.map(({ uri }) => uri), fix: deleteCommand(account, expendable) })
  }
  return findings
}

/** A subscription in a sentence. */
function named({ uri, callbackUrl }: Subscription): string {
  return `${callbackUrl} (${idOf(uri)})`
}

function counted(uris: readonly string[]): string {
  return uris.length === 1 ? '1 subscription' : `${uris.length} subscriptions`
}

function retryingMessage(one: Subscription, nowMs: number): string {
  const since = one.retryStartedAt ?? ''
  const elapsedHours = (nowMs - (Date.parse(since) || nowMs)) / HOUR_MS
  const left = Math.floor(Math.min(RETRY_HOURS, Math.max(0, RETRY_HOURS - elapsedHours)))
  return `Deliveries to ${named(one)} fail since ${since}: ${left} of ${RETRY_HOURS} hours are left before Calendly disables it`
}

function creatorJudge(memberships: readonly Membership[] | null): (one: Subscription) => string | null {
  if (memberships === null) return () => null
  const roles = new Map(memberships.map(({ userUri, role }) => [userUri, role]))
  return ({ creator, scope }) => {
    if (creator === null) return null
    const role = roles.get(creator)
    if (role === undefined) return 'is no longer a member of the organization'
    return role === 'user' && scope === 'organization' ? 'is no longer an owner or admin of the organization' : null
  }
}

/** A surplus one is to go, so that its key is of no interest. */
function isKeyUnknown(one: Subscription, { known, managed, ownerOf, keyed, surplus }: Surroundings): boolean {
  if (known === null || !isUnderstood(one) || one.state !== 'active' || keyed.has(one.uri) || surplus.has(one.uri)) return false
  return managed.has(one.uri) || ownerOf.has(one.uri)
}

function keyFix(one: Subscription, { ownerOf, known, account }: Surroundings): NextCommand {
  if (known?.some(({ uri, adopted }) => uri === one.uri && adopted) === true) return addKeyCommand(account, one.uri)
  const own = ownerOf.get(one.uri)
  if (own !== undefined) return reconnectCommand(own.account)
  const maker = known?.find(({ uri, isActive }) => uri === one.uri && isActive)?.account ?? account
  return createCommand(maker, one)
}

function isAllowed(host: string, allowHosts: readonly string[]): boolean {
  const withoutPort = host.replace(/:\d+$/, '')
  return allowHosts.length === 0 || allowHosts.some((glob) => matchesGlob(glob, host) || matchesGlob(glob, withoutPort))
}

/** What could best be spared: dead, superfluous, short-lived, then the oldest; a connection's own never before anything else. */
function mostExpendable(group: readonly Subscription[], count: number, around: Surroundings): string[] {
  return [...group]
    .filter(isUnderstood)
    .sort(
      (a, b) =>
        yesFirst(!around.ownerOf.has(a.uri), !around.ownerOf.has(b.uri)) ||
        yesFirst(a.state === 'disabled', b.state === 'disabled') ||
        yesFirst(around.surplus.has(a.uri), around.surplus.has(b.uri)) ||
        yesFirst(isEphemeralHost(a.callbackUrl), isEphemeralHost(b.callbackUrl)) ||
        oldestFirst(a, b),
    )
    .slice(0, count)
    .map(({ uri }) => uri)
}

function groupBy(subscriptions: readonly Subscription[], keyOf: (one: Subscription) => string): ReadonlyMap<string, Subscription[]> {
  const groups = new Map<string, Subscription[]>()
  for (const one of subscriptions) {
    const group = groups.get(keyOf(one))
    if (group === undefined) groups.set(keyOf(one), [one])
    else group.push(one)
  }
  return groups
}
