// What an organization accepts for now: the findings of one day, so that an audit fails only on what is new since.

import { CalreconnectError } from '../errors/errors.ts'
import type { Finding } from './surroundings.ts'

export interface Baseline {
  readonly findings: readonly Accepted[]
}

interface Accepted {
  readonly code: string
  readonly uris: readonly string[]
  readonly message: string
}

type Judged = Pick<Finding, 'code' | 'uris' | 'message'>

/** The text of a baseline file. Whose the subscriptions are is not in it. */
export function baselineText(findings: readonly Judged[]): string {
  const kept = findings.map(({ code, uris, message }) => ({ code, uris: [...uris].sort(byText), message }))
  return `${JSON.stringify({ version: 1, findings: kept }, null, 2)}\n`
}

/** @throws USAGE for a text that no `--write-baseline` wrote */
export function parseBaseline(text: string, file: string): Baseline {
  const refused = (cause?: unknown): CalreconnectError =>
    new CalreconnectError('USAGE', `${file} is no baseline of an audit`, { hint: 'Write one with --write-baseline FILE', cause })
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (cause) {
    throw refused(cause)
  }
  if (!isObject(document) || document['version'] !== 1 || !Array.isArray(document['findings'])) throw refused()
  const findings: unknown[] = document['findings']
  if (!findings.every(isAccepted)) throw refused()
  return { findings }
}

/** Those that are not accepted: about a subscription that the baseline does not name under the same code. */
export function newSince<T extends Judged>(findings: readonly T[], baseline: Baseline): readonly T[] {
  const accepted = new Set(baseline.findings.flatMap(keysOf))
  return findings.filter((one) => keysOf(one).some((key) => !accepted.has(key)))
}

/** What has no subscription is known by its sentence. */
function keysOf({ code, uris, message }: Accepted): string[] {
  return uris.length === 0 ? [`${code} ${message}`] : uris.map((uri) => `${code} ${uri}`)
}

function byText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

function isAccepted(value: unknown): value is Accepted {
  if (!isObject(value) || typeof value['code'] !== 'string' || typeof value['message'] !== 'string') return false
  return Array.isArray(value['uris']) && value['uris'].every((uri) => typeof uri === 'string')
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
