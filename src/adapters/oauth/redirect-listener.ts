// Waits at the redirect URI for the one redirect that answers our request, and shows the browser what came of it.
// What counts as that redirect is decided in redirect-request.ts.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Redirected, RedirectListener } from '../../core/ports/oauth.ts'
import { loopbackAddresses, openLoopbackServer, type TlsFiles } from './loopback-server.ts'
import { connectedPage, failedPage, type Page, PAGE_HEADERS, rejectedPage, renderPage } from './redirect-page.ts'
import { judgeRequest, reject, type RejectKind } from './redirect-request.ts'

/** Browsers ask more than once (prefetch, reload): so many of one redirect are kept waiting. */
const REPEATS_MAX = 8
/** A browser that does not take its answer is not waited for longer. */
const ANSWER_TIMEOUT_MS = 2_000

export interface RedirectListenerOptions {
  /** As registered at Calendly. Port 0 (tests): any. */
  readonly redirectUri: URL
  readonly state: string
  /** What a present `iss` must equal; null: not compared here (`exchange` compares it again). */
  readonly issuer: string | null
  /** For an https redirect URI. */
  readonly tls?: TlsFiles | undefined
  /** Ends the wait for the files of `tls`. */
  readonly signal?: AbortSignal | undefined
  /** Told once per kind of request that is refused, with a line for the person. */
  readonly onReject: (kind: RejectKind, text: string) => void
}

/** Whether a redirect URI is on this machine, so that it can be listened at; anything else is for pasting. */
export function canListenAt(redirectUri: URL): boolean {
  return ['http:', 'https:'].includes(redirectUri.protocol) && loopbackAddresses(redirectUri.hostname) !== null
}

/**
 * Opens the port; nothing else than the flow may keep it open.
 * @throws PORT_TAKEN naming the process if it can be found, SETTING_MISSING, FILE_UNREADABLE, INVALID_URL
 */
export async function listenForRedirect(options: RedirectListenerOptions): Promise<RedirectListener & { readonly redirectUri: URL }> {
  const expected = { redirectUri: new URL(options.redirectUri), state: options.state, issuer: options.issuer }
  const told = new Set<RejectKind>()
  const arrival = latch<Redirected>()
  const repeats: Repeats = { href: null, result: null, waiting: [] }

  function refuse(response: ServerResponse, kind: RejectKind, status: number, text: string): void {
    if (kind !== 'favicon' && !told.has(kind)) {
      told.add(kind)
      options.onReject(kind, text)
    }
    showPage(response, status, rejectedPage(text))
  }

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url: target = '', headersDistinct } = request
    const judgement = judgeRequest({ method, target, hosts: headersDistinct['host'] ?? [] }, expected)
    if (!judgement.accepted) return refuse(response, judgement.kind, judgement.status, judgement.text)
    if (repeats.href === judgement.url.href && repeats.waiting.length < REPEATS_MAX) return repeat(repeats, response)
    if (arrival.isOpen()) {
      const used = reject('used', 409, 'The redirect came a second time; the first one is being used')
      return refuse(response, used.kind, used.status, used.text)
    }
    repeats.href = judgement.url.href
    repeats.waiting.push(response)
    arrival.open({ url: judgement.url, answer: (result) => answerAll(repeats, result) })
  }

  const server = await openLoopbackServer(expected.redirectUri, options.tls, handle, options.signal)
  if (expected.redirectUri.port === '0') expected.redirectUri.port = String(server.port)
  return {
    redirectUri: expected.redirectUri,
    wait: (timeoutMs, signal) => waitFor(arrival.opened, timeoutMs, signal),
    close: () => server.close(),
  }
}

type Result = Parameters<Redirected['answer']>[0]

/** The one redirect, as often as the browser sends it: the code is used once, and everybody is told what came of it. */
interface Repeats {
  href: string | null
  result: Result | null
  readonly waiting: ServerResponse[]
}

function repeat(repeats: Repeats, response: ServerResponse): void {
  repeats.waiting.push(response)
  if (repeats.result !== null) void answerBrowser(response, repeats.result)
}

async function answerAll(repeats: Repeats, result: Result): Promise<void> {
  repeats.result = result
  await Promise.all(repeats.waiting.map((response) => answerBrowser(response, result)))
}

function answerBrowser(response: ServerResponse, result: Result): Promise<void> {
  return new Promise((resolve) => {
    // The browser may be gone by now; then there is nobody to show anything to.
    if (response.destroyed) return resolve()
    const timer = setTimeout(resolve, ANSWER_TIMEOUT_MS)
    response.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
    if (result.ok) showPage(response, 200, connectedPage(result.account))
    else showPage(response, 400, failedPage(result.reason))
  })
}

function showPage(response: ServerResponse, status: number, page: Page): void {
  const html = renderPage(page)
  const allow = status === 405 ? { allow: 'GET' } : {}
  response.writeHead(status, { ...PAGE_HEADERS, ...allow, 'content-length': Buffer.byteLength(html) }).end(html)
}

/** @throws AUTHORIZATION_TIMEOUT, INTERRUPTED */
function waitFor<T>(arrival: Promise<T>, timeoutMs: number, signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, rejectWait) => {
    const interrupt = (): void => end(new CalreconnectError('INTERRUPTED', 'Interrupted while waiting for the browser'))
    const timer = setTimeout(() => {
      end(new CalreconnectError('AUTHORIZATION_TIMEOUT', `Nobody came back from the browser within ${timeoutMs / 1000} s`))
    }, timeoutMs)
    function end(error: CalreconnectError | null): void {
      clearTimeout(timer)
      signal?.removeEventListener('abort', interrupt)
      if (error !== null) rejectWait(error)
    }
    if (signal?.aborted === true) return interrupt()
    signal?.addEventListener('abort', interrupt, { once: true })
    void arrival.then((value) => {
      end(null)
      resolve(value)
    })
  })
}

/** A promise that is opened once, from outside. */
function latch<T>(): { readonly opened: Promise<T>; open(value: T): void; isOpen(): boolean } {
  let resolveOpened: (value: T) => void = () => {}
  let open = false
  const opened = new Promise<T>((resolve) => {
    resolveOpened = resolve
  })
  return {
    opened,
    open(value) {
      open = true
      resolveOpened(value)
    },
    isOpen: () => open,
  }
}
