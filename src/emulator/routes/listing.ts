// What the lists have in common: parameters judged, rows sorted, a page cut. Knows nothing of single resources.
import { cutPage } from '../pages.ts'
import { checkQuery, isResourceUri } from '../parameters.ts'
import { invalidArgument, type Answer, type Detail } from '../refusals.ts'
import type { Call } from './route.ts'

/** A list as one route has it. `key` orders like `sort` does and tells each row from the others. */
export interface Wanted<T> {
  readonly rows: Iterable<T>
  readonly key: (row: T) => string
  readonly wire: (row: T) => unknown
  readonly descending?: boolean
}

/** Sorts, cuts and shows. @throws Refusal 400 */
export function listAnswer<T>({ world, request }: Call, { rows, key, wire, descending = false }: Wanted<T>): Answer {
  const sorted = [...rows].sort((a, b) => (key(a) < key(b) === descending ? 1 : -1))
  const { paging } = world.switches
  const json = cutPage(world.pages, { path: request.path, query: request.query, rows: sorted, key, wire, paging, descending })
  return { status: 200, json }
}

/** The query of one request, read once; problems are collected and refused together. */
export class Query {
  readonly #query: URLSearchParams
  readonly #wrong: Detail[] = []

  /** @param known the parameters of this route. @throws Refusal 400 for others */
  constructor({ world, request }: Call, known: readonly string[]) {
    checkQuery(request.query, known, world.switches.unknown_query)
    this.#query = request.query
  }

  refuse(parameter: string, message: string): void {
    this.#wrong.push({ parameter, message })
  }

  /** A resource's full URI, or null. */
  uri(name: string, collection: string, needed = false): string | null {
    const value = this.text(name, needed)
    if (value !== null && !isResourceUri(value, collection)) this.refuse(name, 'is in invalid format')
    return value
  }

  text(name: string, needed = false): string | null {
    const value = this.#query.get(name)
    if (value === null && needed) this.refuse(name, 'is missing')
    return value
  }

  oneOf<const T extends string>(name: string, values: readonly T[]): T | null {
    const value = this.#query.get(name)
    const found = values.find((one) => one === value)
    if (value !== null && found === undefined) this.refuse(name, `must be one of: ${values.join(', ')}`)
    return found ?? null
  }

  /** A time in epoch milliseconds, or null. */
  timeMs(name: string, needed = false): number | null {
    const value = this.text(name, needed)
    if (value === null) return null
    const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value) ? Date.parse(value) : Number.NaN
    if (Number.isNaN(ms)) this.refuse(name, 'is in invalid format')
    return Number.isNaN(ms) ? null : ms
  }

  /** `field:asc|desc` with one of the fields; default the first of them, ascending. Of a list of sorts the first counts. */
  sort<const T extends string>(fields: readonly [T, ...T[]]): { readonly field: T; readonly descending: boolean } {
    const [field, direction, ...rest] = (this.#query.get('sort') ?? `${fields[0]}:asc`).split(',', 1).join('').split(':')
    const found = fields.find((one) => one === field)
    const known = direction === undefined || direction === 'asc' || direction === 'desc'
    if (found === undefined || !known || rest.length > 0) this.refuse('sort', 'is invalid')
    return { field: found ?? fields[0], descending: direction === 'desc' }
  }

  /** @throws Refusal 400 with everything that was wrong */
  done(): void {
    if (this.#wrong.length > 0) throw invalidArgument(...this.#wrong)
  }
}
