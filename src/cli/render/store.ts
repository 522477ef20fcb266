// The store and its key as people read about them. No key ever gets here.

import { type ErrorReport, reportError } from '../../core/errors/errors.ts'
import type { StoreInfo } from '../../core/ports/store.ts'
import type { ForgottenSecrets, StoreKeyFound, StoreKeyPlace, StoreKeyStatus } from '../../core/ports/store-keys.ts'
import { printable } from '../../core/secrets/visible.ts'
import type { View } from './view.ts'
import { count, listOf } from './words.ts'

/** `data` of `store info`. Schema version, integrity and permissions are null where there is no store yet. */
export interface StoreFacts extends Omit<StoreInfo, 'location' | 'schemaVersion' | 'integrity'> {
  readonly path: string
  readonly schemaVersion: number | null
  readonly integrity: string | null
  /** Null where there is no store yet. */
  readonly keyUsable: boolean | null
  /** Where keys lie, the place that opens the store first. */
  readonly keyPlaces: readonly KeyPlaceFacts[]
}

export type KeyPlaceFacts = Omit<StoreKeyFound, 'problem'> & { readonly problem: ErrorReport | null }

/** `data` of `store key status`, `use` and `rotate`. */
export interface KeyFacts extends Omit<StoreKeyStatus, 'problem' | 'places'> {
  readonly problem: ErrorReport | null
  readonly places: readonly KeyPlaceFacts[]
}

const PLACES: Record<StoreKeyPlace, string> = {
  file: 'key file',
  env: 'environment',
  keyring: 'keyring of the operating system',
}

export function keyFacts({ problem, places, ...facts }: StoreKeyStatus): KeyFacts {
  return { ...facts, problem: problem === null ? null : reportError(problem), places: places.map(keyPlaceFacts) }
}

export function keyPlaceFacts({ problem, ...facts }: StoreKeyFound): KeyPlaceFacts {
  return { ...facts, problem: problem === null ? null : reportError(problem) }
}

export function renderStoreInfo(facts: StoreFacts, view: View): string {
  const { paint } = view
  const { permissions, integrity } = facts
  if (facts.schemaVersion === null) {
    return rows(view, [
      ['Path', `${facts.path} ${paint.dim('(not made yet)')}`],
      ['Key', facts.keySource],
    ])
  }
  return rows(view, [
    ['Path', facts.path],
    ['Schema', `version ${facts.schemaVersion}`],
    ['Size', bytes(facts.sizeBytes)],
    ['Integrity', integrity === 'ok' ? paint.green('ok') : paint.red(integrity ?? 'unknown')],
    ...(permissions === null
      ? []
      : [
          [
            'Permissions',
            `${permissions.file}, folder ${permissions.folder} ${permissions.private ? paint.dim('(yours alone)') : paint.yellow('(others can read it)')}`,
          ] as const,
        ]),
    ['Key', facts.keyUsable === false ? `${facts.keySource} ${paint.red('(does not open the store)')}` : facts.keySource],
    ...elsewhere(facts.keyPlaces),
  ])
}

/** Keys that lie around beside the one that is in use, and places that cannot be asked although they were chosen. */
function elsewhere([, ...others]: readonly KeyPlaceFacts[]): (readonly [label: string, value: string])[] {
  const held = others.filter(({ keyIds, problem, chosen }) => keyIds.length > 0 || (problem !== null && chosen))
  return held.map(({ location, keyIds, problem }, at) => {
    const what = problem === null ? listOf(keyIds.map((keyId) => `key ${keyId}`)) : problem.message
    return [at === 0 ? 'Also there' : '', `${printable(location)}: ${what}`] as const
  })
}

export function renderResetQuestion({ accounts, signingKeys, apps }: ForgottenSecrets, { paint }: View): string {
  const names = accounts.length === 0 ? 'none' : accounts.map(printable).join(', ')
  return [
    `Accounts whose tokens are forgotten: ${names}`,
    `Signing keys that are forgotten: ${signingKeys}`,
    ...(apps.length === 0 ? [] : [`OAuth apps whose secrets are forgotten: ${apps.map(printable).join(', ')}`]),
    paint.dim('Nothing changes at Calendly. Accounts, callback URLs and the journal stay.'),
  ].join('\n')
}

export function renderReset(done: ForgottenSecrets & { readonly keyFileSetAside: string | null }, { paint }: View): string {
  const { accounts, signingKeys, keyFileSetAside } = done
  const lines = [
    `${paint.green('✓')} Forgot the tokens of ${count(accounts.length, 'account')} and ${count(signingKeys, 'signing key')}; everything else is as it was`,
  ]
  if (keyFileSetAside !== null) lines.push(`  The damaged key file is now ${printable(keyFileSetAside)}`)
  return lines.join('\n')
}

export function renderKeyStatus(facts: KeyFacts, view: View): string {
  const { paint } = view
  const state = facts.usable
    ? facts.keyId === null
      ? 'nothing is encrypted yet'
      : paint.green('opens the store')
    : paint.red('does not open the store')
  return rows(view, [
    ['Kept in', PLACES[facts.source]],
    ...(facts.location === PLACES[facts.source] ? [] : [['Where', facts.location] as const]),
    ['Key id', facts.keyId ?? '-'],
    ['State', state],
    ...elsewhere(facts.places),
  ])
}

export function renderKeyChange({ keyId, location }: KeyFacts, { paint }: View): string {
  return `${paint.green('✓')} The store is encrypted with key ${keyId ?? ''} from ${printable(location)}`
}

function rows({ paint }: View, pairs: readonly (readonly [label: string, value: string])[]): string {
  const width = Math.max(...pairs.map(([label]) => label.length))
  return pairs.map(([label, value]) => `${paint.dim(label.padEnd(width))}  ${value}`).join('\n')
}

function bytes(size: number): string {
  if (size < 1024) return `${size} bytes`
  const units = ['KiB', 'MiB', 'GiB']
  let value = size / 1024
  let at = 0
  for (; value >= 1024 && at < units.length - 1; at += 1) value /= 1024
  return `${value >= 10 ? Math.round(value) : value.toFixed(1)} ${units[at]}`
}
