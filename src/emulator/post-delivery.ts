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

/** How long Calendly waits: to be connected, and from then on for the status. @see https://developer.calendly.com webhook errors */
export interface PostLimits {
  readonly connectMs: number
  readonly readMs: number
}

/** Posts a body and waits for the status. Redirects are not followed: Calendly counts them as failures. */
export function postDelivery(
  callbackUrl: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  where: 'loopback' | 'anywhere' | 'nowhere',
  limits: PostLimits,
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
    const giveUp = (what: string, ms: number) => setTimeout(() => request.destroy(new Error(`${what} within ${ms} ms`)), ms)
    let timer = giveUp('no connection', limits.connectMs)
    const connected = () => {
      clearTimeout(timer)
      timer = giveUp('no answer', limits.readMs)
    }
    request.on('socket', (socket) => socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', connected))
    request.on('close', () => clearTimeout(timer))
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
