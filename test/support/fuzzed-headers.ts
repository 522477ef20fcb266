// Signature headers from a seed: noise, words of the format in any order, well-formed ones that sign something else, right ones of any
// age, and right ones with one thing changed, so that every check of verifyDelivery is reached. And an oracle that was written apart.

import { createHmac } from 'node:crypto'
import { Secret } from '../../src/core/secrets/secret.ts'
import { type VerdictReason, verifyDelivery } from '../../src/core/signature/verdict.ts'
import { seededChance } from './chance.ts'
import { KEY_TEXT, RAW_BODY, sign, SIGNED_AT } from './deliveries.ts'

const TOLERANCE_SECONDS = 180
const KEYS = [{ key: new Secret(KEY_TEXT), source: 'given', account: null, webhookUri: null }] as const
const HEX = '0123456789abcdef'
const WORDS = [
  't=',
  'v1=',
  'v0=',
  'v2=',
  ',',
  ',,',
  '=',
  ' ',
  '\t',
  String(SIGNED_AT),
  '0',
  '-1',
  '1e9',
  '9'.repeat(20),
  '9'.repeat(400),
  '\0',
  'é',
  '"',
  'T=',
  'V1=',
]

export interface Fuzzed {
  readonly rounds: number
  readonly reasons: Readonly<Record<VerdictReason, number>>
  /** Headers whose verdict is not the oracle's, at most ten. */
  readonly wrong: readonly string[]
}

/** Verifies `rounds` headers. Deterministic. @throws what verifyDelivery throws, which should be nothing */
export function fuzzHeaders(rounds: number, seed: number): Fuzzed {
  const chance = seededChance(seed)
  const reasons: Record<VerdictReason, number> = {
    ok: 0,
    malformed_header: 0,
    missing_header: 0,
    no_key: 0,
    wrong_key: 0,
    re_serialized_body: 0,
    too_old: 0,
    in_future: 0,
    key_encoding: 0,
    body_encoding: 0,
  }
  const wrong: string[] = []
  for (let round = 0; round < rounds; round += 1) {
    const header = fuzzedHeader(chance)
    const verdict = verifyDelivery({
      rawBody: RAW_BODY,
      header,
      keys: KEYS,
      nowMs: SIGNED_AT * 1000,
      toleranceSeconds: TOLERANCE_SECONDS,
      diagnosis: 'none',
    })
    reasons[verdict.reason] += 1
    if (verdict.valid !== isRight(header) && wrong.length < 10) wrong.push(header)
  }
  return { rounds, reasons, wrong }
}

/** Written by the contract alone, without a look at the parser: one t, every v1 well-formed, one of them the HMAC, the age allowed. */
function isRight(header: string): boolean {
  const parts = header.split(',').map((part) => part.trim())
  if (header.length > 8192 || parts.some((part) => part.indexOf('=') < 1)) return false
  const times = parts.filter((part) => part.startsWith('t=')).map((part) => part.slice(2))
  const digests = parts.filter((part) => part.startsWith('v1=')).map((part) => part.slice(3))
  const [time = ''] = times
  if (times.length !== 1 || !/^[0-9]+$/.test(time) || !digests.every((digest) => /^[0-9a-f]{64}$/.test(digest))) return false
  const expected = createHmac('sha256', KEY_TEXT).update(`${time}.`).update(RAW_BODY).digest('hex')
  return digests.includes(expected) && Math.abs(Number(time) - SIGNED_AT) <= TOLERANCE_SECONDS
}

function fuzzedHeader(chance: () => number): string {
  const below = (limit: number): number => Math.floor(chance() * limit)
  const pick = <T>(from: readonly T[]): T => from[below(from.length)] as T
  const hex = (length: number): string => Array.from({ length }, () => HEX[below(16)]).join('')
  // Around the tolerance's edges, and far beyond.
  const time = (): number => SIGNED_AT + pick([0, 0, 179, 180, 181, -179, -180, -181, below(400) - 200, below(4e9) - 2e9])
  const right = (): string => sign(RAW_BODY, KEY_TEXT, Math.abs(time()))
  switch (pick(['noise', 'words', 'words', 'foreign', 'foreign', 'right', 'right', 'changed', 'changed', 'changed'])) {
    case 'noise':
      return Array.from({ length: below(120) }, () => String.fromCharCode(below(chance() < 0.9 ? 128 : 65_536))).join('')
    case 'words':
      return Array.from({ length: below(12) }, () => (chance() < 0.2 ? hex(pick([63, 64, 64, 65])) : pick(WORDS))).join('')
    case 'foreign':
      return `t=${Math.abs(time())},${Array.from({ length: 1 + below(3) }, () => `v1=${hex(64)}`).join(',')}`
    case 'right':
      return right()
    default:
      return changed(right(), { below, pick, hex })
  }
}

interface Dice {
  readonly below: (limit: number) => number
  readonly pick: <T>(from: readonly T[]) => T
  readonly hex: (length: number) => string
}

function changed(header: string, { below, pick, hex }: Dice): string {
  const at = below(header.length)
  const flipped = String.fromCharCode(header.charCodeAt(at) ^ (1 << below(7)))
  const [t = '', v1 = ''] = header.split(',')
  return pick([
    () => header.slice(0, at) + flipped + header.slice(at + 1),
    () => header.slice(0, at) + header.slice(at + 1),
    () => header.slice(0, at) + pick(WORDS) + header.slice(at),
    () => header.slice(0, at),
    () => `${v1},${t}`,
    () => `${header},${pick([t, v1, `v1=${hex(64)}`, `v0=${hex(10)}`, `t=${SIGNED_AT}`])}`,
    () => `v1=${hex(64)},${header}`,
    () => ` ${t} , ${v1} `,
    () => header.toUpperCase(),
    () => `${t},v1=${v1.slice(3).toUpperCase()}`,
    () => `t=0${t.slice(2)},${v1}`,
    () => `t=+${t.slice(2)},${v1}`,
    () => `${t}.0,${v1}`,
    () => `${header}\n`,
    () => `${t};${v1}`,
    () => `"${header}"`,
  ])()
}
