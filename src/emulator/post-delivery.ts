// One POST of a delivery over real HTTP with exactly the given headers. Knows nothing of retries or keys.
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'

/** What came of it; `sent` false: kept at home by the switch. */
export interface PostOutcome {
  readonly sent: boolean
  readonly status: number | null
  readonly error: string | null
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])
const CONNECT_TIMEOUT_MS = 10_000

/** Posts a body and waits for the status. Redirects are not followed: Calendly counts them as failures. */
export function postDelivery(
  callbackUrl: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  where: 'loopback' | 'anywhere' | 'nowhere',
  timeoutMs: number,
): Promise<PostOutcome> {
  const url = new URL(callbackUrl)
  const allowed = where === 'anywhere' || (where === 'loopback' && LOOPBACK.has(url.hostname))
  if (!allowed) return Promise.resolve({ sent: false, status: null, error: `not sent: the switch deliveries is ${where}` })
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return Promise.resolve({ sent: true, status: null, error: `cannot post to ${url.protocol}` })
  return new Promise((resolve) => {
    const fail = (error: string) => resolve({ sent: true, status: null, error })
    const open = url.protocol === 'https:' ? requestHttps : requestHttp
    const request = open(url, { method: 'POST', headers: { ...headers }, agent: false })
    const deadline = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
    request.setTimeout(Math.min(timeoutMs, CONNECT_TIMEOUT_MS), () => {
      if (request.socket?.connecting === true) request.destroy(new Error('no connection'))
    })
    request.on('close', () => clearTimeout(deadline))
    request.on('error', (error) => fail(error.message))
    request.on('response', (response) => {
      resolve({ sent: true, status: response.statusCode ?? null, error: null })
      response.on('error', () => undefined)
      response.resume()
      response.on('end', () => request.destroy())
    })
    request.end(body)
  })
}
