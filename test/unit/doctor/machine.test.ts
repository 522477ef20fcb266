// What of a machine no test can bring about is told by probes that say so.

import { describe, expect, test } from 'vitest'
import type { Check } from '../../../src/core/doctor/check.ts'
import type { Store, StoreInfo } from '../../../src/core/ports/store.ts'
import { checkMachine, type Machine } from '../../../src/operations/doctor/machine.ts'

const PATH = '/data/calreconnect.db'
const INFO: StoreInfo = {
  location: PATH,
  schemaVersion: 7,
  sizeBytes: 1,
  integrity: 'ok',
  keySource: 'key file',
  permissions: { file: '0600', folder: '0700', private: true },
}

function machineOf(differing: Partial<Machine> = {}, probes: Partial<Machine['probes']> = {}, info: Partial<StoreInfo> = {}): Machine {
  const absent = (): never => {
    throw new Error('is not asked here')
  }
  return {
    probes: {
      nodeVersion: '22.0.0',
      mode: async () => '0600',
      networkFileSystem: async () => null,
      unreadable: async () => null,
      proxyFor: async () => null,
      canListen: async () => true,
      reach: absent,
      askReceiver: absent,
      ...probes,
    },
    version: '1.0.0',
    storePath: async () => PATH,
    store: async () => ({ info: async () => ({ ...INFO, ...info }) }) as unknown as Store,
    storeKeys: absent,
    storeInServer: false,
    folderOf: () => '/data',
    redirectUri: () => new URL('http://localhost:8917/callback'),
    extraCertificates: null,
    caFile: null,
    apiUrl: () => new URL('https://api.calendly.com'),
    remoteAdvice: async () => [],
    canPrompt: true,
    completion: async () => null,
    fix: false,
    ...differing,
  }
}

async function checkOf(name: string, machine: Machine): Promise<Check | undefined> {
  const checks = await checkMachine(machine)
  return checks.find((check) => check.name === name)
}

describe('checkMachine()', () => {
  test.each([
    ['a store', machineOf({}, { networkFileSystem: async (path) => (path === '/data' ? 'NFS' : null) })],
    ['a place where none is yet', machineOf({ store: async () => null }, { networkFileSystem: async () => 'NFS' })],
  ])('checkMachine() finds %s on a network file system, which SQLite cannot use', async (_what, machine) => {
    expect(await checkOf('store', machine)).toMatchObject({
      status: 'failed',
      exit: 'store',
      message: `The store ${PATH} is on a network file system (NFS), where SQLite's WAL does not work`,
    })
  })

  test('checkMachine() does not look at the file system of a store that is in a server', async () => {
    const machine = machineOf({ storeInServer: true }, { networkFileSystem: async () => 'NFS', mode: async () => '0644' })
    expect(await checkOf('store', machine)).toMatchObject({ status: 'ok' })
    expect(await checkOf('store_permissions', machine)).toMatchObject({ status: 'skipped' })
  })

  test('checkMachine() finds a store that SQLite calls damaged', async () => {
    const machine = machineOf({}, {}, { integrity: 'row 3 missing from index' })
    expect(await checkOf('store', machine)).toMatchObject({
      status: 'failed',
      code: 'STORE_DAMAGED',
      message: expect.stringContaining('row 3 missing'),
    })
  })

  test.each([
    [true, 'Questions can be asked here'],
    [false, 'No questions are asked: there is no terminal, or --no-input'],
  ])('checkMachine() tells whether questions are asked: %j', async (canPrompt, message) => {
    expect(await checkOf('terminal', machineOf({ canPrompt }))).toMatchObject({ status: 'ok', message })
  })

  test('checkMachine() names the proxy, and the certificates that are trusted', async () => {
    const machine = machineOf({ caFile: 'a.pem', extraCertificates: 'b.pem' }, { proxyFor: async () => 'http://proxy:1 (HTTPS_PROXY)' })
    expect(await checkOf('proxy', machine)).toMatchObject({ message: 'Requests go through http://proxy:1 (HTTPS_PROXY)' })
    expect((await checkOf('certificates', machine))?.message).toBe(
      "Node's own certificate authorities, and NODE_EXTRA_CA_CERTS=b.pem, and --cacert a.pem",
    )
  })
})
