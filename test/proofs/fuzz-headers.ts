// `npm run fuzz -- [--rounds 1000000] [--seed 1]`: a million headers without a crash, a false positive or a false negative.

import { fuzzHeaders } from '../support/fuzzed-headers.ts'
import { tableText } from './table.ts'

/** 0 when every verdict was the oracle's. */
export async function main(args: readonly string[]): Promise<number> {
  const option = (name: string, byDefault: number): number => (args.includes(name) ? Number(args[args.indexOf(name) + 1]) : byDefault)
  const { rounds, reasons, wrong } = fuzzHeaders(option('--rounds', 1_000_000), option('--seed', 1))
  const reached = Object.entries(reasons).filter(([, times]) => times > 0)
  process.stdout.write(`${tableText(['verdict', 'headers'], [...reached, ['all', rounds]])}\n`)
  for (const header of wrong) process.stdout.write(`wrong: ${JSON.stringify(header)}\n`)
  return wrong.length === 0 ? 0 : 1
}
