// The machine's clock and randomness.

import type { Clock, Random } from '../../core/ports/desk.ts'

export async function machine(): Promise<{ readonly clock: Clock; readonly random: Random }> {
  const [{ systemClock }, { systemRandom }] = await Promise.all([import('../../adapters/clock.ts'), import('../../adapters/random.ts')])
  return { clock: systemClock, random: systemRandom }
}
