// Calendly's API v2 as the port CalendlyApi has it: which request for which question. Decides nothing.

import { CalreconnectError } from '../../core/errors/errors.ts'
import type { CalendlyApi, ListQuery } from '../../core/ports/calendly.ts'
import { oldestFirst } from '../../core/plan/standing.ts'
import { openCaller } from './caller.ts'
import type { CallerOptions } from './caller.ts'
import { listGroups } from './groups.ts'
import { readAllPages, URI_ORIGIN } from './pages.ts'
import { creationBody, readMembershipPage, readOrganization, readSample, readSubscription, readSubscriptionPage, readUser } from './wire.ts'

export type CalendlyOptions = CallerOptions

const SUBSCRIPTIONS = '/webhook_subscriptions'

type Query = Readonly<Record<string, string>>

/** @see https://developer.calendly.com/api-docs */
export function openCalendly(options: CalendlyOptions): CalendlyApi {
  const caller = openCaller(options)
  const { apiUrl } = options
  const pathOf = (uri: string, below: string): string => resourcePath(uri, below, apiUrl)

  return {
    me: () => caller.read({ method: 'GET', path: '/users/me', asked: 'read the current user' }, readUser),

    organization: async (uri) =>
      caller.read({ method: 'GET', path: pathOf(uri, '/organizations'), asked: 'read the organization' }, readOrganization),

    memberships: (query) => {
      const path = '/organization_memberships'
      const asked = 'list organization memberships'
      const ask = (of: Query) => caller.read({ method: 'GET', path, query: of, asked }, readMembershipPage)
      return readAllPages({ ask, query: { ...query }, path, apiUrl })
    },

    groups: (organization) => listGroups(caller, organization, apiUrl),

    subscriptions: async (query, onPage) => {
      const asked = `list webhook subscriptions of ${query.scope} scope`
      const ask = (of: Query) => caller.read({ method: 'GET', path: SUBSCRIPTIONS, query: of, asked }, readSubscriptionPage)
      const rows = await readAllPages({ ask, query: { ...ownerOf(query), sort: 'created_at:asc' }, path: SUBSCRIPTIONS, apiUrl, onPage })
      // Asked for in this order; sorted again because rows may move between pages while they are read.
      return rows.sort(oldestFirst)
    },

    subscription: async (uri) =>
      caller.read({ method: 'GET', path: pathOf(uri, SUBSCRIPTIONS), asked: 'read the webhook subscription' }, readSubscription),

    createSubscription: (spec, signingKey) => {
      // The key is also known to the masking of every later text, whoever made it.
      options.http.secrets.add(signingKey.reveal())
      const asked = `create a webhook subscription of ${spec.scope} scope for ${spec.callbackUrl}`
      return caller.read({ method: 'POST', path: SUBSCRIPTIONS, body: creationBody(spec, signingKey), asked }, readSubscription)
    },

    async deleteSubscription(uri) {
      try {
        await caller.act({ method: 'DELETE', path: pathOf(uri, SUBSCRIPTIONS), asked: 'delete the webhook subscription' })
        return 'deleted'
      } catch (error) {
        if (error instanceof CalreconnectError && error.code === 'CALENDLY_NOT_FOUND') return 'already_gone'
        throw error
      }
    },

    sample: (query) =>
      caller.read(
        {
          method: 'GET',
          path: '/sample_webhook_data',
          query: { event: query.event, ...ownerOf(query) },
          asked: `read sample data of ${query.event}`,
        },
        readSample,
      ),

    remoteNowMs: caller.remoteNowMs,
  }
}

function ownerOf(query: ListQuery): Record<string, string> {
  return {
    organization: query.organization,
    scope: query.scope,
    ...(query.user === undefined ? {} : { user: query.user }),
    ...(query.group === undefined ? {} : { group: query.group }),
  }
}

/** The path of a URI, which must be Calendly's and directly below `below`. @throws INVALID_URL */
function resourcePath(uri: string, below: string, apiUrl: URL): string {
  const url = URL.canParse(uri) ? new URL(uri) : null
  // Somebody may have set the API URL's own address before the path.
  const prefix = url?.origin === apiUrl.origin ? apiUrl.pathname.replace(/\/$/, '') : ''
  const path = url?.pathname.startsWith(`${prefix}/`) === true ? url.pathname.slice(prefix.length) : ''
  const [parent, id, ...more] = [path.slice(0, below.length + 1), ...path.slice(below.length + 1).split('/')]
  const trusted = url !== null && (url.origin === URI_ORIGIN || url.origin === apiUrl.origin)
  if (!trusted || parent !== `${below}/` || id === undefined || id === '' || more.length > 0) {
    throw new CalreconnectError('INVALID_URL', `Not a URI of Calendly's below ${URI_ORIGIN}${below}/: ${uri}`)
  }
  return path
}
