// `doctor`: every check, in the order in which one needs the other. Changes nothing but what its ports mend.

import { next } from '../../core/errors/advice.ts'
import { about, type Check, found, type CheckStatus } from '../../core/doctor/check.ts'
import { type AccountPorts, checkAccount } from './account.ts'
import { checkMachine, type Machine } from './machine.ts'
import { checkReach, type Hosts } from './reach.ts'

export interface DoctorPorts extends Machine, Hosts {
  /** Connections to look at; null: the owner of CALENDLY_TOKEN. @throws ACCOUNT_UNKNOWN for one that is named */
  readonly accounts: () => Promise<readonly string[] | null>
  readonly account: (name: string | null) => Promise<AccountPorts>
}

export interface Diagnosis {
  readonly checks: readonly Check[]
  readonly summary: Readonly<Record<CheckStatus, number>>
}

export async function diagnose(ports: DoctorPorts): Promise<Diagnosis> {
  const machine = await checkMachine(ports)
  const reached = await checkReach(ports)
  const isStoreUsable = machine.every(({ name, status }) => name !== 'store' || status !== 'failed')
  const accounts = await accountChecks(ports, isStoreUsable, reached.api)
  const checks = [...machine, ...reached.checks, ...accounts]
  const count = (status: CheckStatus): number => checks.filter((check) => check.status === status).length
  const summary = { ok: count('ok'), fixed: count('fixed'), warning: count('warning'), failed: count('failed'), skipped: count('skipped') }
  return { checks, summary }
}

async function accountChecks(ports: DoctorPorts, isStoreUsable: boolean, isReachable: boolean): Promise<readonly Check[]> {
  if (!isStoreUsable) return [found(about('token'), 'skipped', 'The store cannot be used')]
  const names = await ports.accounts()
  if (names !== null && names.length === 0) return [found(about('token'), 'warning', 'No account is connected', next('connect'))]
  if (!isReachable) return [found(about('token'), 'skipped', 'Calendly cannot be reached')]
  const checks: Check[] = []
  for (const name of names ?? [null]) checks.push(...(await checkAccount(await ports.account(name), name)))
  return checks
}
