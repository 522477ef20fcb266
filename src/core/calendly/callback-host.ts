// What a callback URL's host tells: a tunnel of somebody's laptop, a request bin, an address nobody outside can reach.

/** Hosts, and everything below them, that exist for an afternoon. */
const EPHEMERAL_DOMAINS: readonly string[] = [
  'ngrok.io',
  'ngrok.app',
  'ngrok.dev',
  'ngrok-free.app',
  'ngrok-free.dev',
  'ngrok.pizza',
  'trycloudflare.com',
  'loca.lt',
  'localtunnel.me',
  'localhost.run',
  'lhr.life',
  'lhr.rocks',
  'serveo.net',
  'serveousercontent.com',
  'tunnelmole.com',
  'tunnelmole.net',
  'devtunnels.ms',
  'tunnels.api.visualstudio.com',
  'app.github.dev',
  'pinggy.io',
  'pinggy.link',
  'bore.pub',
  'share.zrok.io',
  'localxpose.io',
  'loclx.io',
  'telebit.io',
  'expose.dev',
  'sharedwithexpose.com',
  'instatunnel.my',
  'webhook.site',
  'requestbin.com',
  'requestbin.net',
  'requestcatcher.com',
  'hookbin.com',
  'beeceptor.com',
  'typedwebhook.tools',
  'smee.io',
  'm.pipedream.net',
]

/** The host with its port where there is one; null for text that is no URL. */
export function hostOf(callbackUrl: string): string | null {
  return URL.canParse(callbackUrl) ? new URL(callbackUrl).host : null
}

/** Whether the host is a tunnel, a request bin or this very machine, none of which lives long. */
export function isEphemeralHost(callbackUrl: string): boolean {
  return ephemeralDomainOf(callbackUrl) !== null
}

/** What all tunnels of one provider have in common, or the name of this machine; null for a host that is neither. */
export function ephemeralDomainOf(callbackUrl: string): string | null {
  const hostname = hostnameOf(callbackUrl)
  if (hostname === null) return null
  if (isLoopback(hostname)) return hostname
  return EPHEMERAL_DOMAINS.find((domain) => hostname === domain || hostname.endsWith(`.${domain}`)) ?? null
}

/** Whether deliveries to it can be read on the way, or the URL is none. */
export function isInsecureUrl(callbackUrl: string): boolean {
  return !URL.canParse(callbackUrl) || new URL(callbackUrl).protocol !== 'https:'
}

/** Without the dot that a fully qualified name may end with: it names the same machine (RFC 1034, section 3.1). */
function hostnameOf(callbackUrl: string): string | null {
  return URL.canParse(callbackUrl) ? new URL(callbackUrl).hostname.replace(/\.$/, '') : null
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || /^127\.\d+\.\d+\.\d+$/.test(hostname) || hostname === '[::1]'
}

/** Why a host will not be there for long, or not be reached by Calendly at all; null for one that may well be. */
export function fleetingHost(callbackUrl: string): 'tunnel' | 'loopback' | 'private' | null {
  const hostname = hostnameOf(callbackUrl)
  if (hostname === null) return null
  if (isLoopback(hostname)) return 'loopback'
  if (isPrivate(hostname)) return 'private'
  return isEphemeralHost(callbackUrl) ? 'tunnel' : null
}

/** Flags without which a command does not take this callback URL. */
export function flagsFor(callbackUrl: string): readonly string[] {
  return [
    ...(isInsecureUrl(callbackUrl) ? ['--allow-http'] : []),
    ...(fleetingHost(callbackUrl) === null ? [] : ['--allow-ephemeral-host']),
  ]
}

/** Names and addresses of one's own network (RFC 1918, 3927, 4193, 6598, 6762, 8375), and names without a dot. */
function isPrivate(hostname: string): boolean {
  if (hostname.startsWith('['))
    return /^\[(?:::\]|f[cd]|fe[89ab]|::ffff:(?:a[0-9a-f]{2}:|c0a8:|ac1[0-9a-f]:|a9fe:|7f[0-9a-f]{2}:))/.test(hostname)
  if (/^\d+\.\d+\.\d+\.\d+$/.test(hostname)) {
    const [first = 0, second = 0] = hostname.split('.').map(Number)
    return (
      first === 0 ||
      first === 10 ||
      (first === 100 && second >= 64 && second < 128) ||
      (first === 169 && second === 254) ||
      (first === 172 && second >= 16 && second < 32) ||
      (first === 192 && second === 168)
    )
  }
  return !hostname.includes('.') || /\.(?:local|internal|intranet|lan|home|corp|home\.arpa)$/.test(hostname)
}
