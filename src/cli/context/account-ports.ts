// What the account verbs get of the Context: the store's ports, the person's browser and terminal.

import { CalreconnectError } from '../../core/errors/errors.ts'
import type { AccountDeps, Person } from '../../operations/connect/input.ts'
import type { Context } from '../context.ts'
import { type ConsentNeeds, openApp } from './first-app.ts'
import { setting } from '../input/environment.ts'
import { waitMs } from '../input/globals.ts'

/** @param consent of a command that may ask for one */
export async function accountPorts(ctx: Context, consent: ConsentNeeds | null = null): Promise<AccountDeps> {
  const { connections, refreshes, lock, budget, subscriptions, runs, flows } = await ctx.store()
  const { clock, random, interruption } = ctx
  return {
    connections,
    refreshes,
    lock,
    budget,
    subscriptions,
    runs,
    flows,
    clock,
    random,
    interruption,
    oauth: (wanted) => openApp(ctx, wanted, consent),
    calendly: (tokens) => ctx.calendly(tokens),
    warn: (text) => ctx.warn(text),
    progress: await ctx.progress(),
    maxWaitMs: ctx.globals.maxWaitMs,
  }
}

export interface ConsentFlags {
  readonly browser?: boolean
  readonly redirectUri?: string
  readonly timeout?: string
  readonly tlsCert?: string
  readonly tlsKey?: string
}

const REDIRECT_URI = 'http://localhost:8917/callback'
const TIMEOUT_SECONDS = '300'

/** @throws INVALID_URL */
export function redirectUriOf(ctx: Context, flags: ConsentFlags): URL {
  const text = flags.redirectUri ?? setting(ctx.env, 'CALRECONNECT_REDIRECT_URI') ?? REDIRECT_URI
  if (URL.canParse(text) && /^https?:/i.test(text)) return new URL(text)
  throw new CalreconnectError('INVALID_URL', `The redirect URI is not an http(s) URL: ${text}`, {
    hint: `Use the one registered at Calendly, such as ${REDIRECT_URI}`,
  })
}

/** @throws USAGE */
export function timeoutMsOf(flags: ConsentFlags, byDefault = TIMEOUT_SECONDS): number {
  const timeoutMs = waitMs(flags.timeout ?? byDefault, '--timeout')
  if (timeoutMs > 0) return timeoutMs
  throw new CalreconnectError('USAGE', '--timeout must be more than 0 seconds')
}

/** Consent in a browser. Nothing is opened before it is needed. @throws INVALID_URL, USAGE */
export function consentPorts(ctx: Context, flags: ConsentFlags): Person {
  const redirectUri = redirectUriOf(ctx, flags)
  const tls = tlsOf(flags)
  return {
    kind: 'consent',
    input: { redirectUri, timeoutMs: timeoutMsOf(flags), openBrowser: flags.browser !== false },
    deps: {
      listen: (options) => ctx.listen({ ...options, ...(tls === null ? {} : { tls }) }),
      browser: () => ctx.browser(),
      prompts: async () => (ctx.canPrompt ? ctx.prompts() : null),
      view: { note: (text) => ctx.warn(text), url: (url, opened) => showUrl(ctx, url, opened, redirectUri) },
    },
  }
}

function tlsOf({ tlsCert, tlsKey }: ConsentFlags) {
  if (tlsCert === undefined && tlsKey === undefined) return null
  if (tlsCert !== undefined && tlsKey !== undefined) return { certFile: tlsCert, keyFile: tlsKey }
  throw new CalreconnectError('USAGE', '--tls-cert and --tls-key belong together')
}

/** The URL is on a line of its own and begins with the authorize endpoint, so that a script can find it. */
async function showUrl(ctx: Context, url: URL, opened: boolean, redirectUri: URL): Promise<void> {
  if (opened) {
    ctx.hint('The browser was opened to ask for your consent. If nothing shows, open:')
    ctx.hint(url.href)
    return
  }
  const port = Number(redirectUri.port) || (redirectUri.protocol === 'https:' ? 443 : 80)
  for (const line of await ctx.remoteAdvice({ port, canPaste: ctx.canPrompt })) ctx.say(line)
  ctx.say('Open this page in a browser to give your consent:')
  ctx.say(url.href)
}
