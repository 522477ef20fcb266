// Checks of the way to Calendly: both hosts, and its clock against ours.

import { about, type Check, failed, found } from '../../core/doctor/check.ts'
import type { Probes, Reached } from '../../core/ports/probes.ts'

/** Signatures and tokens are judged by time: Calendly's own samples allow three minutes. */
const SKEW_MS_MAX = 30_000

export interface Hosts {
  readonly probes: Probes
  readonly apiUrl: () => URL
  readonly authUrl: () => URL
}

export async function checkReach({
  probes,
  apiUrl,
  authUrl,
}: Hosts): Promise<{ readonly checks: readonly Check[]; readonly api: boolean }> {
  const api = await reach(probes, 'api_reachable', () => below(apiUrl(), '/users/me'), 'calendly')
  const auth = await reach(probes, 'auth_reachable', () => below(authUrl(), '/oauth/token'), 'anything')
  return { checks: [api.check, auth.check, clock(api.reached ?? auth.reached)], api: api.reached !== null }
}

async function reach(probes: Probes, name: string, url: () => URL, expected: 'calendly' | 'anything') {
  try {
    const asked = url()
    const reached = await probes.reach(asked, expected)
    return { check: found(about(name), 'ok', `${asked.host} in ${timings(reached)}`), reached }
  } catch (error) {
    return { check: failed(about(name), error), reached: null }
  }
}

function timings({ dnsMs, tcpMs, tlsMs, totalMs, proxy }: Reached): string {
  const steps = [
    ['DNS', dnsMs],
    ['TCP', tcpMs],
    ['TLS', tlsMs],
  ] as const
  const told = steps.flatMap(([what, ms]) => (ms === null ? [] : [`${what} ${ms} ms`]))
  return [`${totalMs} ms`, ...(told.length === 0 ? [] : [`(${told.join(', ')})`]), ...(proxy === null ? [] : [`through ${proxy}`])].join(
    ' ',
  )
}

function clock(reached: Reached | null): Check {
  const of = about('clock')
  if (reached === null || reached.skewMs === null) return found(of, 'skipped', "Calendly's clock is not known")
  const seconds = Math.round(reached.skewMs / 1000)
  const apart = `${Math.abs(seconds)} s ${seconds < 0 ? 'ahead of' : 'behind'} Calendly's`
  return Math.abs(reached.skewMs) <= SKEW_MS_MAX
    ? found(of, 'ok', `Within ${Math.max(1, Math.abs(seconds))} s of Calendly's`)
    : found(of, 'warning', `This machine's clock is ${apart}`, 'Set the clock: timedatectl set-ntp true')
}

function below(base: URL, path: string): URL {
  const url = new URL(base)
  url.pathname = url.pathname.replace(/\/$/, '') + path
  return url
}
