// Seals of saved plans, with the store's key. Knows no plan.

import { isIntact, sealOf } from '../../core/plan/seal.ts'
import type { PlanSeals } from '../../core/ports/store.ts'
import type { Vault } from './vault.ts'

export function planSeals(vault: Vault): PlanSeals {
  return {
    async make(text) {
      const own = await vault.ownKey()
      return own === null ? null : { keyId: own.keyId, mac: sealOf(text, own.key) }
    },
    async check(text, seal) {
      const key = seal === null ? null : await vault.keyCalled(seal.keyId)
      if (seal === null || key === null) return 'unknown'
      return isIntact(text, key, seal.mac) ? 'intact' : 'broken'
    },
  }
}
