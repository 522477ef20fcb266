// Where a connection's user is now, against what is stored: people are promoted, demoted, moved to another organization and
// removed, and what they made there stays. Says what that puts out of their reach, and who could reach it.

import { advise, next, type Hint, type NextCommand } from '../errors/advice.ts'
import { idOf } from '../calendly/identity.ts'
import type { Definition } from '../calendly/model.ts'
import type { Connection } from './model.ts'
import { needsConnect } from './usable.ts'

/** As Calendly says at this moment. */
export interface Whereabouts {
  readonly organizationUri: string
  /** Null: no member of it. */
  readonly role: string | null
}

export interface Change {
  readonly kind: 'organization' | 'role' | 'removed'
  readonly was: { readonly organizationUri: string | null; readonly role: string | null }
  readonly now: Whereabouts
  /** A sentence without its full stop. */
  readonly text: string
}

/** Why a subscription cannot be reached with tokens that work. */
export type Bar = 'moved' | 'demoted' | 'removed'

/** A subscription that stays at Calendly, and that whoever made it may not touch any more. */
export interface Stranded {
  readonly uri: string
  readonly callbackUrl: string
  readonly scope: Definition['scope']
  readonly organizationUri: string
  readonly why: Bar
  /** What somebody with the right to do so can run. Null: nobody who is stored here has it. */
  readonly command: NextCommand | null
}

/** What of a subscription says who may reach it. */
type Place = Pick<Definition, 'scope' | 'organization' | 'callbackUrl'> & { readonly uri: string }

/** What Calendly says otherwise than it is stored. Null: nothing. */
export function changeOf({ name, organizationUri, role }: Connection, now: Whereabouts): Change | null {
  const was = { organizationUri, role }
  if (now.role === null)
    return { kind: 'removed', was, now, text: `${name} is no longer a member of organization ${idOf(now.organizationUri)}` }
  if (organizationUri !== null && now.organizationUri !== organizationUri) {
    return {
      kind: 'organization',
      was,
      now,
      text: `${name} has moved from organization ${idOf(organizationUri)} to ${idOf(now.organizationUri)}`,
    }
  }
  return role === null || role === now.role
    ? null
    : { kind: 'role', was, now, text: `The role of ${name} is ${now.role} now, and was ${role}` }
}

/** Why somebody who is there cannot reach it. Null: nothing says that they cannot. */
export function barOf({ scope, organization }: Pick<Place, 'scope' | 'organization'>, now: Whereabouts): Bar | null {
  if (organization !== now.organizationUri) return 'moved'
  if (now.role === null) return 'removed'
  return scope !== 'user' && now.role === 'user' ? 'demoted' : null
}

/** @param connections all that are stored: one of them may have the right that this user lost */
export function strandedOf(place: Place, why: Bar, connections: readonly Connection[]): Stranded {
  const { uri, callbackUrl, scope, organization } = place
  const able = connections.find(
    (one) => one.organizationUri === organization && (one.role === 'owner' || one.role === 'admin') && !needsConnect(one),
  )
  // In user scope nobody but the user may.
  const command = able === undefined || scope === 'user' ? null : next('--account', able.name, 'webhooks', 'delete', uri)
  return { uri, callbackUrl, scope, organizationUri: organization, why, command }
}

const WHY: Readonly<Record<Bar, string>> = {
  moved: 'is in another organization now',
  demoted: 'is no owner or admin any more',
  removed: 'is no member any more',
}

/** What a person must know of it. */
export function strandedText({ uri, callbackUrl, scope, organizationUri, why, command }: Stranded): Hint {
  const what = `The webhook for ${callbackUrl} in ${scope} scope of organization ${idOf(organizationUri)} (${uri})`
  if (scope === 'user') return `${what} is out of reach; Calendly ends such webhooks of people who leave, and nobody else may delete it`
  return advise`${what} stays and goes on delivering: its user ${WHY[why]}. ${command === null ? whoCan(uri, organizationUri) : advise`To remove it: ${command}`}`
}

/** The command that removes it, or the first step of somebody who may. */
export function strandedHint({ uri, organizationUri, command }: Stranded): Hint {
  return command ?? whoCan(uri, organizationUri)
}

function whoCan(uri: string, organizationUri: string): Hint {
  return advise`An owner or admin of organization ${idOf(organizationUri)} can remove it: ${next('connect', '--name', 'admin', '--no-webhook')}, then ${next('--account', 'admin', 'webhooks', 'delete', uri)}`
}
