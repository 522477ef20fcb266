// All planted faults. They say what the tests are for: a fault that is not noticed is a test that is missing.

import { CORE_FAULTS } from './core-faults.ts'
import type { Fault } from './fault.ts'
import { OPERATION_FAULTS } from './operation-faults.ts'

export const FAULTS: readonly Fault[] = [...CORE_FAULTS, ...OPERATION_FAULTS]
