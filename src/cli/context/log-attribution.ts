// Which connection and run an HTTP exchange belongs to, so that the API log can say so, also when several
// connections are worked on at once.

import { AsyncLocalStorage } from 'node:async_hooks'
import type { AnyRequests, CalendlyApi } from '../../core/ports/calendly.ts'
import type { RunJournal } from '../../core/ports/journal.ts'

interface Attribution {
  readonly account: string
  runId: string | null
}

export interface LogAttribution {
  readonly account: () => string | null
  readonly runId: () => string | null
  /** The same API, its requests attributed to `account`. */
  attribute(api: CalendlyApi, account: string): CalendlyApi
  attributeRequests(requests: AnyRequests, account: string): AnyRequests
  /** The same journal; the run that it begins is its account's until it is finished. */
  follow(runs: RunJournal): RunJournal
}

export function logAttribution(): LogAttribution {
  const current = new AsyncLocalStorage<Attribution>()
  const known = new Map<string, Attribution>()
  const of = (account: string): Attribution => {
    const attribution = known.get(account) ?? { account, runId: null }
    known.set(account, attribution)
    return attribution
  }
  // Before a connection has a name its requests carry none: then the one run that is under way is meant.
  const onlyRunning = (): Attribution | null => {
    const [only, another] = [...known.values()].filter(({ runId }) => runId !== null)
    return another === undefined ? (only ?? null) : null
  }
  return {
    account: () => (current.getStore() ?? onlyRunning())?.account ?? null,
    runId: () => (current.getStore() ?? onlyRunning())?.runId ?? null,
    attribute(api, account) {
      const as = <T>(work: () => T): T => current.run(of(account), work)
      return {
        me: () => as(() => api.me()),
        organization: (uri) => as(() => api.organization(uri)),
        groups: (organization) => as(() => api.groups(organization)),
        memberships: (query) => as(() => api.memberships(query)),
        subscriptions: (query, onPage) => as(() => api.subscriptions(query, onPage)),
        subscription: (uri) => as(() => api.subscription(uri)),
        createSubscription: (spec, signingKey) => as(() => api.createSubscription(spec, signingKey)),
        deleteSubscription: (uri) => as(() => api.deleteSubscription(uri)),
        sample: (query) => as(() => api.sample(query)),
        remoteNowMs: () => api.remoteNowMs(),
      }
    },
    attributeRequests(requests, account) {
      const as = <T>(work: () => T): T => current.run(of(account), work)
      return {
        send: (request) => as(() => requests.send(request)),
        pages: (list, onRows) => as(() => requests.pages(list, onRows)),
        pathOf: (text) => requests.pathOf(text),
      }
    },
    follow: (runs) => ({
      begin: async (command, plan) => {
        const runId = await runs.begin(command, plan)
        of(plan.account).runId = runId
        return runId
      },
      finish: async (runId, status) => {
        await runs.finish(runId, status)
        for (const attribution of known.values()) if (attribution.runId === runId) attribution.runId = null
      },
      intend: (...args) => runs.intend(...args),
      settle: (...args) => runs.settle(...args),
      fail: (...args) => runs.fail(...args),
      unsettledCreates: (...args) => runs.unsettledCreates(...args),
      intendedKey: (...args) => runs.intendedKey(...args),
      leftBeside: (...args) => runs.leftBeside(...args),
      list: (...args) => runs.list(...args),
      get: (...args) => runs.get(...args),
    }),
  }
}
