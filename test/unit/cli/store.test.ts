import { expect, test } from 'vitest'
import { CalreconnectError } from '../../../src/core/errors/errors.ts'
import { keyFacts, renderKeyChange, renderKeyStatus, renderReset, renderStoreInfo } from '../../../src/cli/render/store.ts'
import type { StoreFacts } from '../../../src/cli/render/store.ts'
import { PLAIN } from '../../../src/cli/render/view.ts'

const view = { columns: 80, nowMs: 0, paint: PLAIN }
const facts: StoreFacts = {
  path: '/data/calreconnect.db',
  schemaVersion: 2,
  sizeBytes: 114_688,
  integrity: 'ok',
  permissions: { file: '0600', folder: '0700', private: true },
  keySource: 'CALRECONNECT_KEY',
  keyUsable: true,
  keyPlaces: [],
}

test('renderStoreInfo of a store that is not made yet has path and key only', () => {
  expect(renderStoreInfo({ ...facts, schemaVersion: null, sizeBytes: 0, integrity: null, permissions: null }, view)).toBe(
    'Path  /data/calreconnect.db (not made yet)\nKey   CALRECONNECT_KEY',
  )
})

test('renderStoreInfo warns of a file that others can read, and leaves permissions out where there are none', () => {
  const open = renderStoreInfo({ ...facts, permissions: { file: '0644', folder: '0755', private: false } }, view)
  expect(open.split('\n')[4]).toBe('Permissions  0644, folder 0755 (others can read it)')
  expect(renderStoreInfo({ ...facts, permissions: null }, view)).not.toContain('Permissions')
})

for (const [sizeBytes, text] of [
  [0, '0 bytes'],
  [1023, '1023 bytes'],
  [1024, '1.0 KiB'],
  [114_688, '112 KiB'],
  [5_242_880, '5.0 MiB'],
  [3 * 1024 ** 4, '3072 GiB'],
] as const)
  test(`renderStoreInfo writes ${sizeBytes} bytes as ${text}`, () => {
    expect(renderStoreInfo({ ...facts, sizeBytes }, view).split('\n')[2]).toBe(`Size         ${text}`)
  })

test('renderKeyStatus says whether the key opens the store', () => {
  const status = {
    source: 'file',
    location: '/config/calreconnect.key',
    keyId: '0123456789abcdef',
    usable: true,
    problem: null,
    places: [],
  } as const
  expect(renderKeyStatus(keyFacts(status), view)).toBe(
    'Kept in  key file\nWhere    /config/calreconnect.key\nKey id   0123456789abcdef\nState    opens the store',
  )
  const problem = new CalreconnectError('STORE_KEY_MISSING', 'The key is missing', { hint: 'Restore it' })
  const lost = keyFacts({ ...status, usable: false, problem })
  expect(lost.problem).toEqual({ code: 'STORE_KEY_MISSING', exit: 'store', message: 'The key is missing', hint: 'Restore it' })
  expect(renderKeyStatus(lost, view).split('\n').at(-1)).toBe('State    does not open the store')
  expect(
    renderKeyStatus(keyFacts({ ...status, keyId: null }), view)
      .split('\n')
      .slice(-2),
  ).toEqual(['Key id   -', 'State    nothing is encrypted yet'])
})

test('renderKeyStatus does not say twice where the keyring is', () => {
  const location = 'keyring of the operating system'
  const status = keyFacts({ source: 'keyring', location, keyId: '0123456789abcdef', usable: true, problem: null, places: [] })
  expect(renderKeyStatus(status, view).split('\n')[0]).toBe(`Kept in  ${location}`)
  expect(renderKeyStatus(status, view)).not.toContain('Where')
  expect(renderKeyChange(status, view)).toBe('✓ The store is encrypted with key 0123456789abcdef from keyring of the operating system')
})

test('renderStoreInfo and renderKeyStatus name the keys that lie elsewhere, and say when the key does not open the store', () => {
  const place = {
    source: 'file',
    location: '/config/calreconnect.key',
    keyIds: ['0123456789abcdef'],
    opensStore: false,
    chosen: true,
  } as const
  const keyPlaces = [
    { ...place, problem: null },
    {
      ...place,
      source: 'env',
      location: 'CALRECONNECT_KEY',
      keyIds: ['00000000000000aa', '00000000000000bb'],
      chosen: false,
      problem: null,
    },
    { ...place, source: 'keyring', location: 'keyring of the operating system', keyIds: [], chosen: false, problem: null },
  ] as const
  const lines = renderStoreInfo({ ...facts, keySource: place.location, keyUsable: false, keyPlaces }, view).split('\n')
  expect(lines.slice(-2)).toEqual([
    'Key          /config/calreconnect.key (does not open the store)',
    'Also there   CALRECONNECT_KEY: key 00000000000000aa and key 00000000000000bb',
  ])
})

test('renderReset counts what was forgotten and says where a damaged key file went', () => {
  expect(renderReset({ accounts: ['a'], signingKeys: 2, apps: [], keyFileSetAside: null }, view)).toBe(
    '✓ Forgot the tokens of 1 account and 2 signing keys; everything else is as it was',
  )
  expect(renderReset({ accounts: [], signingKeys: 0, apps: [], keyFileSetAside: '/config/k.damaged-1' }, view)).toContain(
    'The damaged key file is now /config/k.damaged-1',
  )
})
