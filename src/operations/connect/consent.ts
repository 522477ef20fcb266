// The OAuth authorization code flow with a person in the middle: a page in the browser, a redirect to the loopback
// listener or pasted by hand, one exchange. Knows nothing of connections: what becomes of the pair is the caller's.

import { advise, next } from '../../core/errors/advice.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { AuthorizeRequest, OAuth, Redirected, RedirectListener } from '../../core/ports/oauth.ts'
import type { Browser, Clock, Interruption, Prompts, Stake } from '../../core/ports/desk.ts'
import type { TokenPair } from '../../core/connection/model.ts'

/** What the person must see of the flow. */
export interface AuthorizeView {
  /** The page to open: on a line of its own, also with --quiet. */
  url(url: URL, opened: boolean): void | Promise<void>
  note(text: string): void
}

export interface AuthorizeDeps {
  readonly oauth: OAuth
  readonly listen: (options: {
    readonly redirectUri: URL
    readonly state: string
    readonly onReject: (kind: string, text: string) => void
  }) => Promise<RedirectListener>
  readonly browser: Browser
  /** Null: nobody can paste. */
  readonly prompts: Prompts | null
  readonly clock: Clock
  readonly view: AuthorizeView
  readonly interruption: Interruption
}

export interface AuthorizeInput {
  readonly redirectUri: URL
  readonly scopes: readonly string[] | null
  readonly timeoutMs: number
  /** False: print the URL only. */
  readonly openBrowser: boolean
}

/** Keeps the pair and says whose it is, for the page in the browser. */
export type KeepPair<T> = (pair: TokenPair) => Promise<{ readonly account: string; readonly value: T }>

const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])
const PASTES_MAX = 20
/** The code works once: from the exchange to the pair on disk nothing is given up. */
export const EXCHANGE: Stake = {
  awaited: 'Calendly’s answer with the new tokens',
  cost: 'the consent may have to be given again',
  mend: null,
}

/**
 * Runs the flow. The browser gets its answer after `keep`, success or not.
 * @throws AUTHORIZATION_DENIED, AUTHORIZATION_TIMEOUT, PORT_TAKEN, INPUT_REQUIRED, INVALID_GRANT, INVALID_CLIENT …
 * @see https://www.rfc-editor.org/rfc/rfc8252 section 7.3
 */
export async function authorize<T>(deps: AuthorizeDeps, input: AuthorizeInput, keep: KeepPair<T>): Promise<T> {
  const { oauth } = deps
  const { state, codeVerifier } = oauth.newFlow()
  const request: AuthorizeRequest = { redirectUri: input.redirectUri.href, state, codeVerifier, scopes: input.scopes }
  const url = await oauth.authorizeUrl(request)
  const listener = await openListener(deps, input.redirectUri, state)
  try {
    const opened = input.openBrowser && (await deps.browser.open(url.href))
    await deps.view.url(url, opened)
    const redirected = await firstRedirect(deps, { listener, state, timeoutMs: input.timeoutMs })
    const kept = async () => keep(await oauth.exchange(redirected.url, request))
    return await answered(redirected, () => deps.interruption.finish(EXCHANGE, kept))
  } finally {
    await listener?.close()
  }
}

async function answered<T>(redirected: Redirected, work: () => Promise<{ readonly account: string; readonly value: T }>): Promise<T> {
  try {
    const { account, value } = await work()
    await redirected.answer({ ok: true, account })
    return value
  } catch (error) {
    await redirected.answer({
      ok: false,
      reason: error instanceof CalreconnectError ? error.message : 'Unexpected error, see the terminal',
    })
    throw error
  }
}

/** Null where the redirect cannot be listened for and will be pasted. */
async function openListener(deps: AuthorizeDeps, redirectUri: URL, state: string): Promise<RedirectListener | null> {
  if (!LOOPBACK_HOSTS.has(redirectUri.hostname)) {
    if (deps.prompts !== null) return null
    throw new CalreconnectError(
      'INPUT_REQUIRED',
      `${redirectUri.href} is not on this machine, and nobody is there to paste the redirect URL`,
      {
        hint: advise`Use ${next('connect', '--start')}, then ${next('connect', '--complete', '-')} with the redirect URL on standard input`,
      },
    )
  }
  try {
    return await deps.listen({ redirectUri, state, onReject: (_kind, text) => deps.view.note(text) })
  } catch (error) {
    const canPaste = error instanceof CalreconnectError && error.code === 'PORT_TAKEN' && deps.prompts !== null
    if (!canPaste) throw error
    deps.view.note(`${error.message}. Paste the address of the page that you are sent to instead`)
    return null
  }
}

async function firstRedirect(
  deps: AuthorizeDeps,
  options: { readonly listener: RedirectListener | null; readonly state: string; readonly timeoutMs: number },
): Promise<Redirected> {
  const { listener, state, timeoutMs } = options
  const over = new AbortController()
  const interrupted = deps.interruption.signal
  const signal = interrupted === undefined ? over.signal : AbortSignal.any([interrupted, over.signal])
  const ways: Promise<Redirected>[] = [listener === null ? timedOut(deps.clock, timeoutMs, signal) : listener.wait(timeoutMs, signal)]
  if (deps.prompts !== null) ways.push(pasted(deps, deps.prompts, state, signal))
  try {
    return await Promise.race(ways)
  } finally {
    over.abort()
    // The loser is rejected by the abort; nobody listens to it any more.
    void Promise.allSettled(ways)
  }
}

async function timedOut(clock: Clock, timeoutMs: number, signal: AbortSignal): Promise<never> {
  await clock.sleep(timeoutMs, signal)
  throw new CalreconnectError('AUTHORIZATION_TIMEOUT', `No redirect URL was pasted within ${Math.round(timeoutMs / 1000)} s`)
}

async function pasted(deps: AuthorizeDeps, prompts: Prompts, state: string, signal: AbortSignal): Promise<Redirected> {
  for (let attempt = 0; attempt < PASTES_MAX; attempt += 1) {
    const text = (await prompts.line('If this page cannot be reached afterwards, paste its full address here:', signal)).trim()
    const url = URL.canParse(text) ? new URL(text) : null
    if (url?.searchParams.get('state') === state) return { url, answer: async () => {} }
    deps.view.note(
      url === null
        ? 'That is not a URL: paste the whole address, beginning with http'
        : 'That address belongs to another authorization (its state differs)',
    )
  }
  throw new CalreconnectError('AUTHORIZATION_DENIED', `${PASTES_MAX} times something else than the redirect URL was pasted`)
}
