// Reads calreconnect.yaml: YAML 1.2 to a checked value, every complaint with file, line and column.

import { next } from '../../core/errors/advice.ts'
import * as v from 'valibot'
import { isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseAllDocuments, visit } from 'yaml'
import type { Document, Pair, YAMLMap } from 'yaml'
import { declarationError } from '../../core/plan/declaration.ts'
import type { DeclaredAccount, Declaration, Problem } from '../../core/plan/declaration.ts'
import { DeclarationSchema } from './declaration-schema.ts'
import { readTextFile } from './text-file.ts'

const BYTES_MAX = 1024 * 1024
/** More would only scroll the first one away. */
const PROBLEMS_MAX = 20

/** @throws FILE_UNREADABLE naming every place that is wrong */
export async function readDeclaration(file: string, signal?: AbortSignal): Promise<Declaration> {
  return parseDeclaration(file, await readTextFile(file, BYTES_MAX, signal))
}

/** @throws FILE_UNREADABLE naming every place that is wrong */
export function parseDeclaration(file: string, text: string): Declaration {
  const lines = new LineCounter()
  // What it has to say is said by us: a library that writes to stderr passes the output's door.
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false, logLevel: 'error' })
  const [document, second] = Array.isArray(documents) ? documents : []
  if (document === undefined || (document.contents === null && document.errors.length === 0)) {
    throw declarationError(file, [{ place: `${file}:1:1`, message: 'the file is empty', hint: next('webhooks', 'plan', '--init') }])
  }
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${file}:${line}:${col}`
  }
  const faults = document.errors.map((error): Problem => ({ place: at(error.pos[0]), message: error.message }))
  if (faults.length === 0)
    faults.push(...repeatedKeys(document).map((offset) => ({ place: at(offset), message: 'Map keys must be unique' })))
  if (second !== undefined) faults.push({ place: at(second.range[0]), message: 'a second document (---); one file holds one' })
  if (faults.length === 0 && !isMap(document.contents)) faults.push({ place: `${file}:1:1`, message: 'expected version and accounts' })
  if (faults.length > 0) throw declarationError(file, faults.slice(0, PROBLEMS_MAX))
  const members = new Members()
  return checked(file, document, (path) => at(offsetOf(document, path, members)))
}

function checked(file: string, document: Document, placeOf: (path: readonly unknown[]) => string): Declaration {
  const parsed = v.safeParse(DeclarationSchema, valueOf(document, file))
  if (!parsed.success) {
    const problems = parsed.issues.map((issue): Problem => {
      const path = issue.path?.map(({ key }) => key) ?? []
      return { place: placeOf(path), message: `${pathText(path)}${issue.message}` }
    })
    throw declarationError(file, problems.slice(0, PROBLEMS_MAX))
  }
  const accounts = Object.entries(parsed.output.accounts).map(([name, account]): DeclaredAccount => ({
    name,
    place: placeOf(['accounts', name]),
    webhooks: account.webhooks.map(({ callback_url: callbackUrl, events, scope, group }, index) => {
      return { callbackUrl, events, scope, group, place: placeOf(['accounts', name, 'webhooks', index]) }
    }),
  }))
  return { file, accounts }
}

/** Aliases are resolved here, up to the library's limit against “billion laughs”. */
function valueOf(document: Document, file: string): unknown {
  try {
    const value: unknown = document.toJS({ maxAliasCount: 100 })
    return value
  } catch (error) {
    throw declarationError(file, [{ place: `${file}:1:1`, message: error instanceof Error ? error.message : String(error) }])
  }
}

/**
 * Where in the text a path leads: to the key for a map's member, to the item of a list. What is missing is shown where its parent is.
 */
function offsetOf(document: Document, path: readonly unknown[], members: Members): number {
  let offset = isNode(document.contents) ? (document.contents.range?.[0] ?? 0) : 0
  let node: unknown = document.contents
  for (const key of path) {
    if (isMap(node)) {
      const pair = members.of(node, String(key))
      if (pair === undefined) return offset
      offset = isNode(pair.key) ? (pair.key.range?.[0] ?? offset) : offset
      node = pair.value
    } else {
      node = isSeq(node) ? node.items[Number(key)] : undefined
      if (!isNode(node)) return offset
      offset = node.range?.[0] ?? offset
    }
  }
  return offset
}

/** The members of maps by name, each map read once: a file may have thousands, and a complaint about each. */
class Members {
  readonly #byMap = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>()

  of(map: YAMLMap, name: string): Pair | undefined {
    const known = this.#byMap.get(map)
    if (known !== undefined) return known.get(name)
    const members = new Map<string, Pair>()
    for (const item of map.items) {
      if (isPair(item) && isScalar(item.key) && !members.has(String(item.key.value))) members.set(String(item.key.value), item)
    }
    this.#byMap.set(map, members)
    return members.get(name)
  }
}

/** Where a map says a name again. The library compares each with all others, which thousands would take seconds for. */
function repeatedKeys(document: Document): number[] {
  const offsets: number[] = []
  visit(document, {
    Map(_, map) {
      const seen = new Set<unknown>()
      for (const { key } of map.items) {
        if (!isScalar(key)) continue
        if (seen.has(key.value)) offsets.push(key.range?.[0] ?? 0)
        seen.add(key.value)
      }
    },
  })
  return offsets
}

/** `events: `, the innermost key: the place says the rest. */
function pathText(path: readonly unknown[]): string {
  const named = path.filter((key) => typeof key === 'string')
  const last = named.at(-1)
  return last === undefined ? '' : `${last}: `
}
