// The rules of an audit that look at each subscription, or at those that are one thing: one host, one creator.

import {
  addKeyCommand,
  createCommand,
  deleteCommand,
  getCommand,
  hostGlob,
  listCommand,
  NAMED_MAX,
  reconnectCommand,
  recreateCommand,
} from './fixes.ts'
import { countedAt, countOf, type Group, groupBy, placeName, placeOf } from './together.ts'
import type { RuleFinding, Surroundings } from './surroundings.ts'
import type { NextCommand } from '../errors/advice.ts'
import { hostOf, isEphemeralHost, isInsecureUrl } from '../calendly/callback-host.ts'
import { idOf, normalizeUrl } from '../calendly/identity.ts'
import { isRetrying } from './findings.ts'
import { matchesGlob } from '../calendly/glob.ts'
import type { Subscription } from '../calendly/model.ts'
import { isState, isUnderstood } from '../calendly/understood.ts'

/** Calendly disables a subscription after this long without a delivery that succeeded. */
const RETRY_HOURS = 24
const HOUR_MS = 3_600_000

/** UNKNOWN_STATE, KEY_UNKNOWN: one finding for each subscription that it is true of. */
export function auditEach(around: Surroundings): RuleFinding[] {
  return around.subscriptions.flatMap((one) => {
    const findings: RuleFinding[] = []
    const uris = [one.uri]
    if (!isState(one.state)) {
      const message = `${named(one)} is "${one.state}", which is neither active nor disabled: what that means is not known, so it is left alone`
      findings.push({ code: 'UNKNOWN_STATE', message, uris, fix: getCommand(around.account, one), fixNeedsReview: true })
    }
    if (isKeyUnknown(one, around)) {
      const message = `No signing key is stored for ${named(one)}, so its deliveries cannot be verified`
      findings.push({ code: 'KEY_UNKNOWN', message, uris, fix: keyFix(one, around), fixNeedsReview: isAdopted(one, around) })
    }
    return findings
  })
}

/** DISABLED, RETRYING, INSECURE_URL: a connection's own and every other by itself, the tunnels of one provider together. */
export function auditCondition(around: Surroundings): RuleFinding[] {
  const together = ({ uri, callbackUrl }: Subscription): string =>
    isEphemeralHost(callbackUrl) && !around.ownerOf.has(uri) ? placeOf({ callbackUrl }) : uri
  const found = (test: (one: Subscription) => boolean, judge: (group: Group<Subscription>, around: Surroundings) => RuleFinding) =>
    [...groupBy(around.subscriptions.filter(test), together).values()].map((group) => judge(group, around))
  return [
    ...found(({ state }) => state === 'disabled', disabled),
    ...found(isRetrying, retrying),
    ...found(({ callbackUrl }) => isInsecureUrl(callbackUrl), insecure),
  ]
}

/** CREATOR_GONE: one finding for each creator. */
export function auditCreators(around: Surroundings): RuleFinding[] {
  const { creatorGone, subscriptions } = around
  const gone = groupBy(
    subscriptions.filter((one) => creatorGone(one) !== null),
    (one) => `${one.creator} ${creatorGone(one)}`,
  )
  return [...gone.values()].map((group) => goneFinding(group, around))
}

/** UNKNOWN_HOST, EPHEMERAL_HOST: one finding for each host, and for all tunnels of one provider. */
export function auditByHost(around: Surroundings): RuleFinding[] {
  const found = (test: (one: Subscription) => boolean, judge: (group: Group<Subscription>, around: Surroundings) => RuleFinding) =>
    [...groupBy(around.subscriptions.filter(test), placeOf).values()].map((group) => judge(group, around))
  return [
    ...found(({ callbackUrl }) => !isAllowed(hostOf(callbackUrl) ?? callbackUrl, around.allowHosts), notAllowed),
    ...found(({ callbackUrl }) => isEphemeralHost(callbackUrl), ephemeral),
  ]
}

function notAllowed(group: Group<Subscription>, around: Surroundings): RuleFinding {
  const message = `${placeName(group)} is not an allowed host (${countedAt(group)})`
  return { code: 'UNKNOWN_HOST', message, uris: urisOf(group), fix: lookCommand(group, around), fixNeedsReview: true }
}

function ephemeral(group: Group<Subscription>, around: Surroundings): RuleFinding {
  const message = `${placeName(group)} is a tunnel, request bin or local address, none of which lives long (${countedAt(group)})`
  const isOurs = group.length <= NAMED_MAX && group.every(({ uri }) => around.managed.has(uri) && !around.ownerOf.has(uri))
  const fix = isOurs ? deleteCommand(around.account, urisOf(group)) : lookCommand(group, around)
  return { code: 'EPHEMERAL_HOST', message, uris: urisOf(group), fix, fixNeedsReview: !isOurs }
}

function disabled(group: Group<Subscription>, around: Surroundings): RuleFinding {
  const own = ownerOf(group, around)
  const message = `${subject(group)} ${isOrAre(group)} disabled: nothing is delivered, and Calendly has no way to enable it again`
  const uris = urisOf(group)
  if (own !== undefined) return { code: 'DISABLED', message, uris, fix: reconnectCommand(own.account), fixNeedsReview: false }
  const look = ['--state', 'disabled', '--url', hostGlob(group)]
  const fix = group.length > NAMED_MAX ? listCommand(around.account, look) : deleteCommand(around.account, uris)
  return { code: 'DISABLED', message, uris, fix, fixNeedsReview: !group.every(({ uri }) => around.managed.has(uri)) }
}

/** Only its receiver can mend it. What it answered is known to Calendly alone. */
function retrying(group: Group<Subscription>, around: Surroundings): RuleFinding {
  const since = group.map(({ retryStartedAt }) => retryStartedAt ?? '').sort()[0] ?? ''
  const elapsedHours = (around.nowMs - (Date.parse(since) || around.nowMs)) / HOUR_MS
  const left = Math.floor(Math.min(RETRY_HOURS, Math.max(0, RETRY_HOURS - elapsedHours)))
  const whose = 'What the receiver answers is to be seen at the receiver, which must answer 2xx'
  const message = `Deliveries to ${subject(group)} fail since ${since}: ${left} of ${RETRY_HOURS} hours are left before Calendly disables it. ${whose}`
  const fix = group.length === 1 ? getCommand(viewerOf(group, around), group[0]) : lookCommand(group, around)
  return { code: 'RETRYING', message, uris: urisOf(group), fix, fixNeedsReview: true }
}

function insecure(group: Group<Subscription>, around: Surroundings): RuleFinding {
  const own = ownerOf(group, around)
  const message = `${subject(group)} ${isOrAre(group)} not https: names, addresses and answers of invitees can be read on the way`
  const [{ callbackUrl }] = group
  const secure = normalizeUrl(callbackUrl).replace(/^http:/, 'https:')
  const look = group.length === 1 ? callbackUrl : hostGlob(group)
  const fix = own === undefined ? listCommand(viewerOf(group, around), ['--url', look]) : reconnectCommand(own.account, secure)
  // Whether the receiver speaks https, a person must know.
  return { code: 'INSECURE_URL', message, uris: urisOf(group), fix, fixNeedsReview: true }
}

/** Recreated by somebody who is there, it is no longer bound to who left. */
function goneFinding(group: Group<Subscription>, around: Surroundings): RuleFinding {
  const one = group.find(({ uri }) => around.ownerOf.has(uri)) ?? group.find(isUnderstood) ?? group[0]
  const own = around.ownerOf.get(one.uri)
  const ending = group.length === 1 ? '' : '. Each is made anew by a present member, and goes then; those whose work is done can just go'
  const message = `The creator of ${subject(group)} ${around.creatorGone(one)}${ending}`
  // Whoever may no longer make it learns from reconnect what it can have instead, and who may remove this one.
  if (own !== undefined && own.userUri === one.creator) {
    return { code: 'CREATOR_GONE', message, uris: urisOf(group), fix: reconnectCommand(own.account), fixNeedsReview: true }
  }
  // Made for a connection that wants another by now: its work is done.
  if (around.desired !== null && group.every((each) => isLeftBehind(each, around))) {
    const uris = urisOf(group)
    return { code: 'CREATOR_GONE', message, uris, fix: deleteCommand(around.account, uris), fixNeedsReview: uris.length > NAMED_MAX }
  }
  const isOwn = own !== undefined && group.length === 1
  return { code: 'CREATOR_GONE', message, uris: urisOf(group), fix: anew(one, own?.account, around), fixNeedsReview: !isOwn }
}

function isLeftBehind({ uri }: Subscription, { records, ownerOf: owners }: Surroundings): boolean {
  return !owners.has(uri) && (records.get(uri) ?? []).some(({ origin, isActive }) => origin === 'connection' && isActive)
}

function anew(one: Subscription, owner: string | undefined, { account }: Surroundings): NextCommand {
  if (owner !== undefined) return recreateCommand(owner)
  // Nobody else can have what happens to one user only; what is disabled serves nobody.
  const isOfUser = one.scope === 'user' || one.state === 'disabled'
  return isOfUser || !isUnderstood(one) ? deleteCommand(account, [one.uri]) : createCommand(account, one)
}

/** The connection that can list these: what happens to one user only is shown to nobody else. */
function viewerOf(group: Group<Subscription>, { account, desired }: Surroundings): string | null {
  const users = new Set(group.map(({ scope, user }) => (scope === 'user' ? user : null)))
  const [user] = users
  if (account === null || users.size !== 1 || user === null) return account
  const theirs = (desired ?? []).filter(({ userUri }) => userUri === user).map((one) => one.account)
  return theirs.includes(account) ? account : (theirs[0] ?? account)
}

/** All of them beside each other, to whoever can list them. */
function lookCommand(group: Group<Subscription>, around: Surroundings): NextCommand {
  return listCommand(viewerOf(group, around), ['--url', hostGlob(group)])
}

/** A subscription in a sentence. */
function named({ uri, callbackUrl }: Subscription): string {
  return `${callbackUrl} (${idOf(uri)})`
}

/** One by its URL, several by how many they are and where. */
function subject(group: Group<Subscription>): string {
  if (group.length === 1) return named(group[0])
  const places = new Set(group.map(placeOf))
  return places.size === 1 ? `${countOf(group.length)} at ${placeName(group)}` : countedAt(group)
}

function isOrAre(group: Group<Subscription>): string {
  return group.length === 1 ? 'is' : 'are'
}

function ownerOf([first]: Group<Subscription>, around: Surroundings) {
  return around.ownerOf.get(first.uri)
}

function urisOf(group: readonly Subscription[]): string[] {
  return group.map(({ uri }) => uri)
}

/** A surplus one is to go, so that its key is of no interest. */
function isKeyUnknown(one: Subscription, { known, managed, ownerOf: owners, keyed, surplus }: Surroundings): boolean {
  if (known === null || !isUnderstood(one) || one.state !== 'active' || keyed.has(one.uri) || surplus.has(one.uri)) return false
  return managed.has(one.uri) || owners.has(one.uri)
}

function keyFix(one: Subscription, { ownerOf: owners, records, account }: Surroundings): NextCommand {
  if (isAdopted(one, { records })) return addKeyCommand(account, one.uri)
  const own = owners.get(one.uri)
  if (own !== undefined) return reconnectCommand(own.account)
  const maker = records.get(one.uri)?.find(({ isActive }) => isActive)?.account ?? account
  return createCommand(maker, one)
}

/** Somebody else made it, and knows its key: nobody here can make it up. */
function isAdopted({ uri: of }: Subscription, { records }: Pick<Surroundings, 'records'>): boolean {
  return records.get(of)?.some(({ adopted }) => adopted) === true
}

function isAllowed(host: string, allowHosts: readonly string[]): boolean {
  const withoutPort = host.replace(/:\d+$/, '')
  return allowHosts.length === 0 || allowHosts.some((glob) => matchesGlob(glob, host) || matchesGlob(glob, withoutPort))
}
