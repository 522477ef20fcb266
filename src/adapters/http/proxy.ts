// Which proxy a request goes through, as the environment says. Decides only; tunnel.ts opens the way. Knows no HTTP.

import { BlockList, isIP } from 'node:net'

import { CalreconnectError } from '../../core/errors/errors.ts'
import { isLoopbackHost } from './loopback.ts'

type Env = Readonly<Record<string, string | undefined>>

/** Each setting by its names, the one that counts first: lower case wins, as in curl. */
const NAMES = { http: ['http_proxy', 'HTTP_PROXY'], https: ['https_proxy', 'HTTPS_PROXY'], none: ['no_proxy', 'NO_PROXY'] } as const

export interface ProxyServer {
  /** The variable that names it. */
  readonly variable: string
  /** Scheme, host and port. */
  readonly origin: string
  readonly host: string
  /** The value of `Proxy-Authorization`; null where the URL has no user. */
  readonly authorization: string | null
  /** Whether it runs on this machine. */
  readonly isLoopback: boolean
}

export interface Proxies {
  /** Null: straight there. */
  proxyFor(url: URL): ProxyServer | null
}

/**
 * The proxies of HTTPS_PROXY, HTTP_PROXY and NO_PROXY. Where only HTTP_PROXY is set it serves https as well. A request to this very
 * machine goes through a proxy only when that runs here too (a debugging proxy): another machine's proxy would look for us on its own
 * loopback, and carry there what is sent in plain text.
 * @throws USAGE naming the variable, its password masked
 */
export function proxiesOf(env: Env): Proxies {
  const http = serverOf(env, NAMES.http)
  const https = serverOf(env, NAMES.https) ?? http
  if (http === null && https === null) return { proxyFor: () => null }
  const spared = sparedHosts(settingOf(env, NAMES.none).text)
  return {
    proxyFor(url) {
      const proxy = url.protocol === 'https:' ? https : http
      if (proxy === null || spared(url) || (isLoopbackHost(url.hostname) && !proxy.isLoopback)) return null
      return proxy
    },
  }
}

/** What must never be shown of the proxy settings: their passwords, as written and as sent. */
export function proxyPasswords(env: Env): string[] {
  return [...NAMES.http, ...NAMES.https].flatMap((name) => {
    const url = asUrl(env[name]?.trim() ?? '')
    return url === null || url.password === '' ? [] : [url.password, decoded(url.password) ?? url.password]
  })
}

function settingOf(env: Env, names: readonly [string, string]): { readonly variable: string; readonly text: string } {
  const variable = env[names[0]] === undefined ? names[1] : names[0]
  return { variable, text: env[variable]?.trim() ?? '' }
}

function serverOf(env: Env, names: readonly [string, string]): ProxyServer | null {
  const { variable, text } = settingOf(env, names)
  if (text === '') return null
  const refuse = (why: string): CalreconnectError =>
    new CalreconnectError('USAGE', `${variable} cannot be used: ${why} (${masked(text)})`, {
      hint: `export ${variable}=http://HOST:PORT, or http://USER:PASSWORD@HOST:PORT with the password percent-encoded`,
    })
  if (/\s/.test(text)) throw refuse('there is a space in it')
  const scheme = /^([a-z][a-z\d+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase() ?? 'http'
  if (scheme !== 'http' && scheme !== 'https') throw refuse(`a proxy is reached by http:// or https://, not ${scheme}://`)
  const url = asUrl(text)
  // `http://user:1/2@host` is a URL too: of the host `user`.
  const isWhole = url !== null && url.hostname !== '' && url.pathname === '/' && url.search === '' && url.hash === ''
  if (!isWhole) throw refuse(text.includes('@') ? 'its password is not percent-encoded, or it is no URL' : 'it is no URL of a proxy')
  const [user, password] = [decoded(url.username), decoded(url.password)]
  if (user === null || password === null) throw refuse('a % in its user name or password is not percent-encoded as %25')
  return {
    variable,
    origin: url.origin,
    host: url.host,
    authorization: user === '' && password === '' ? null : `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
    isLoopback: isLoopbackHost(url.hostname),
  }
}

/** `proxy.example:3128` without a scheme is common and means http, as in curl. Null: no URL. */
function asUrl(text: string): URL | null {
  const whole = text.includes('://') ? text : `http://${text}`
  return URL.canParse(whole) ? new URL(whole) : null
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    // A stray percent sign.
    return null
  }
}

/** Without whatever stands before the last `@`: where a URL is broken nobody can tell where its password ends. */
function masked(text: string): string {
  const at = text.lastIndexOf('@')
  if (at === -1) return text
  return `${/^[a-z][a-z\d+.-]*:\/\//i.exec(text)?.[0] ?? ''}***${text.slice(at)}`
}

/**
 * Reads NO_PROXY: `*`, hosts (their subdomains too, with or without a leading `.` or `*.`), addresses, networks (`10.0.0.0/8`), each with a
 * `:port` or not, separated by commas or spaces.
 */
function sparedHosts(text: string): (url: URL) => boolean {
  const entries = text
    .toLowerCase()
    .split(/[,\s]+/)
    .filter((entry) => entry !== '')
  if (entries.includes('*')) return () => true
  const networks = new BlockList()
  const hosts = entries.filter((entry) => !addNetwork(networks, entry)).map(hostEntry)
  return (url) => {
    const host = bare(url.hostname)
    const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port
    if (hosts.some((entry) => (entry.port ?? port) === port && (host === entry.host || host.endsWith(`.${entry.host}`)))) return true
    const family = isIP(host)
    return family !== 0 && networks.check(host, family === 6 ? 'ipv6' : 'ipv4')
  }
}

/** False where `entry` is no network. */
function addNetwork(networks: BlockList, entry: string): boolean {
  const [, address = '', bits = ''] = /^\[?([\da-f.:]+)\]?\/(\d{1,3})$/.exec(entry) ?? []
  const family = isIP(address)
  if (family === 0 || Number(bits) > (family === 6 ? 128 : 32)) return false
  networks.addSubnet(address, Number(bits), family === 6 ? 'ipv6' : 'ipv4')
  return true
}

function hostEntry(entry: string): { readonly host: string; readonly port: string | null } {
  if (isIP(entry) !== 0) return { host: entry, port: null }
  const [, host = entry, port = null] = /^(.+?):(\d+)$/.exec(entry) ?? []
  return { host: bare(host.replace(/^\*?\./, '')), port }
}

/** Without the brackets of IPv6 and the dot of an absolute name. */
function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')
}
