// What may go wrong with one request, by name: the columns of the tables that try everything at every request. Knows no command.

import type { Emulator } from '../../src/emulator/server.ts'

/** Real time. Long enough for an answer that does come on a loaded machine. */
const STALL_MS = 400

const refusal = (status: number, title: string, more: object = {}): object => ({
  action: 'status',
  status,
  body: { title, message: 'no', ...more },
})

const MISHAPS = {
  'plan 403': refusal(403, 'Permission Denied'),
  'scope 400': refusal(400, 'Invalid Argument'),
  'scope 403': refusal(403, 'Insufficient scope', { required_scopes: ['webhooks:write'] }),
  'taken 409': refusal(409, 'Already Exists'),
  'failed 500': refusal(500, 'Internal Server Error'),
  'HTML 404': { action: 'status', status: 404 },
  'HTML 200': { action: 'status', status: 200 },
  'reset before': { action: 'reset_before' },
  'reset after': { action: 'reset_after' },
  'half an answer': { action: 'half_body' },
  'timeout before': { action: 'stall' },
  'timeout after': { action: 'stall_after' },
} as const satisfies Readonly<Record<string, object>>

export type MishapName = keyof typeof MISHAPS

/** Which requests are hit. */
export interface Place {
  readonly method: string
  readonly path: string
  readonly after?: number
  readonly times: number | null
}

export function hit(emulator: Emulator, place: Place, mishap: MishapName): void {
  emulator.control.addFaults([{ ...place, ...MISHAPS[mishap] }])
}

/** For a rig in which this goes wrong. */
export function patienceFor(mishap: MishapName): { readonly answerTimeoutMs?: number } {
  return mishap.startsWith('timeout') ? { answerTimeoutMs: STALL_MS } : {}
}

/** A table's rows as one has it in the source: `| what goes wrong | here | there |`, the places in the first line. */
export function cellsOf<P extends string>(table: string, places: readonly P[]) {
  const [head = [], , ...rows] = table
    .trim()
    .split('\n')
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
  const given = rows.map(([name]) => name)
  if (head.slice(1).join() !== places.join() || given.join() !== Object.keys(MISHAPS).join())
    throw new Error(`the table lacks a row or column: ${head.slice(1).join()} / ${given.join()}`)
  return rows.flatMap(([name, ...cells]) => places.map((place, index) => ({ mishap: nameOf(name), place, expected: cells[index] ?? '' })))
}

function nameOf(name: string | undefined): MishapName {
  const found = Object.keys(MISHAPS).find((one): one is MishapName => one === name)
  if (found === undefined) throw new Error(`nothing is called ${name}`)
  return found
}
