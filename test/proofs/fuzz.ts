// `npm run fuzz -- [--total 10000000] [--seed 1] [--only NAME]`: ten million damaged texts into everything that reads text from outside:
// no crash, nothing that gets through, nothing called authentic or accepted that is not.

import { FUZZ_SUBJECTS, fuzzSubject } from '../support/fuzz-subjects.ts'
import { fuzzHeaders } from '../support/fuzzed-headers.ts'
import { seededChance } from '../support/chance.ts'
import { tableText } from './table.ts'

const TOTAL = 10_000_000
const HEADERS_SHARE = 1_000_000

/** 0 when every input ended as it must, and every generator got where it should. */
export async function main(args: readonly string[]): Promise<number> {
  const option = (name: string, byDefault: string): string =>
    args.includes(name) ? (args[args.indexOf(name) + 1] ?? byDefault) : byDefault
  const seed = Number(option('--seed', '1'))
  const scale = Number(option('--total', String(TOTAL))) / TOTAL
  const only = option('--only', '')
  const warnings: string[] = []
  process.on('warning', ({ message }) => void warnings.push(message))
  const rows: (readonly (string | number)[])[] = []
  let wrong = 0
  if ('signature headers'.includes(only)) {
    const headers = fuzzHeaders(Math.ceil(HEADERS_SHARE * scale), seed)
    rows.push(['signature headers', headers.rounds, headers.wrong.length, wordsOf(headers.reasons)])
    wrong += headers.wrong.length
    for (const header of headers.wrong) process.stdout.write(`wrong verdict: ${JSON.stringify(header)}\n`)
  }
  for (const subject of FUZZ_SUBJECTS.filter(({ name }) => name.includes(only))) {
    const { name, rounds, counts, failures } = fuzzSubject(subject, Math.ceil(subject.share * scale), seededChance(seed))
    const unreached = subject.reaches.filter((word) => counts[word] === undefined)
    rows.push([name, rounds, failures.length, wordsOf(counts)])
    wrong += failures.length + unreached.length
    for (const failure of failures) process.stdout.write(`${name}, seed ${seed}, ${failure}\n`)
    for (const word of unreached) process.stdout.write(`${name} never reached: ${word}\n`)
  }
  process.stdout.write(`${tableText(['subject', 'inputs', 'failures', 'what came of them'], rows)}\n`)
  await new Promise(setImmediate)
  for (const warning of warnings) process.stdout.write(`a library warned the process: ${warning}\n`)
  return wrong + warnings.length === 0 ? 0 : 1
}

function wordsOf(counts: Readonly<Record<string, number>>): string {
  const reached = Object.entries(counts).filter(([, times]) => times > 0)
  return reached
    .toSorted(([, a], [, b]) => b - a)
    .map(([word, times]) => `${word} ${times}`)
    .join(', ')
}
