// The store and its key as people read about them. No key ever gets here.

import { type ErrorReport, reportError } from '../../core/errors/errors.ts'
import type { StoreInfo, StoreKeyPlace, StoreKeyStatus } from '../../core/ports/store.ts'
import { printable } from './table/table.ts'
import type { View } from './view.ts'

/** `data` of `store info`. Schema version, integrity and permissions are null where there is no store yet. */
export interface StoreFacts extends Omit<StoreInfo, 'location' | 'schemaVersion' | 'integrity'> {
  readonly path: string
  readonly schemaVersion: number | null
  readonly integrity: string | null
}

/** `data` of `store key status`, `use` and `rotate`. */
export interface KeyFacts extends Omit<StoreKeyStatus, 'problem'> {
  readonly problem: ErrorReport | null
}

const PLACES: Record<StoreKeyPlace, string> = {
  file: 'key file',
  env: 'environment',
  keyring: 'keyring of the operating system',
}

export function keyFacts({ problem, ...facts }: StoreKeyStatus): KeyFacts {
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
    ['Key', facts.keySource],
  ])
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
