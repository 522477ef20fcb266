// Who may talk to the emulator: programs on this machine, and its own pages. A web page that a person has open elsewhere is neither.
// Knows nothing of what is asked.

const LOOPBACK_NAMES = ['127.0.0.1', 'localhost', '[::1]']

/** Whether a `Host` header names this emulator: a loopback name with its port. */
export function isOwnHost(ownUrl: string, host: string | undefined): boolean {
  return host !== undefined && ownHosts(ownUrl).includes(host.toLowerCase())
}

/**
 * The page that a browser says a request comes from, if that is not one of the emulator's own; null for programs, which send no
 * `Origin`. `Sec-Fetch-Site` tells of the requests for which browsers leave `Origin` out.
 */
export function foreignOrigin(ownUrl: string, headers: Readonly<Record<string, string>>): string | null {
  const origin = headers['origin']
  if (origin !== undefined) return ownHosts(ownUrl).some((host) => origin === `http://${host}`) ? null : `the origin ${origin}`
  const site = headers['sec-fetch-site']
  return site === undefined || site === 'same-origin' || site === 'none' ? null : `another site (${site})`
}

function ownHosts(ownUrl: string): string[] {
  const { port } = new URL(ownUrl)
  // Browsers and clients leave out port 80.
  return LOOPBACK_NAMES.flatMap((name) => (port === '' ? [name, `${name}:80`] : [`${name}:${port}`]))
}
