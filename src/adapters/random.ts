// The machine's randomness.

import { randomBytes, randomUUID } from 'node:crypto'
import type { Random } from '../core/ports/desk.ts'

export const systemRandom: Random = {
  bytes: (length) => randomBytes(length),
  uuid: () => randomUUID(),
}
