// The ways in which one JSON document may have been written when it was signed: spacing, escapes, order of keys. Must not know
// of signatures.

import { decoded, type JsonNode, type JsonObject, memberOf } from './json-tree.ts'

/** One way of writing. `says` completes "what was signed is …". */
export interface JsonForm {
  readonly says: string
  /** Null where it makes no difference to a plainer form. */
  readonly write: (root: JsonNode) => string | null
}

interface Style {
  /** Null: on one line. */
  readonly indent: string | null
  readonly colon: string
  readonly comma: string
  /** The literal of a string, from how it stands now. */
  readonly string: (source: string) => string
  readonly order: (node: JsonObject) => JsonObject['members']
  /** A number, from how it stands now, as the value of `key`. */
  readonly number: (source: string, key: string) => string
}

const PLAIN: Style = {
  indent: null,
  colon: ':',
  comma: ',',
  string: (source) => (source.includes('\\') ? JSON.stringify(decoded({ source })) : source),
  order: ({ members }) => members,
  number: (source) => source,
}

const ENCODINGS: readonly { readonly says: string; readonly string: Style['string'] }[] = [
  { says: '', string: PLAIN.string },
  { says: ' with its escapes as they are', string: (source) => source },
  { says: ' with non-ASCII characters escaped', string: (source) => escaped(PLAIN.string(source), /[\u0080-\uffff]/g) },
  {
    says: ' with non-ASCII characters escaped in capitals',
    string: (source) =>
      PLAIN.string(source).replaceAll(/[\u0080-\uffff]/g, (one) => unicodeEscape(one).toUpperCase().replace('\\U', '\\u')),
  },
  { says: ' with <, > and & escaped', string: (source) => escaped(PLAIN.string(source), /[<>&\u2028\u2029]/g) },
  { says: ' with / escaped', string: (source) => PLAIN.string(source).replaceAll('/', String.raw`\/`) },
  {
    says: ' with / and non-ASCII characters escaped',
    string: (source) => escaped(PLAIN.string(source).replaceAll('/', String.raw`\/`), /[\u0080-\uffff]/g),
  },
]

const ORDERS: readonly { readonly says: string; readonly order: Style['order'] }[] = [
  { says: '', order: PLAIN.order },
  { says: " with the keys in Calendly's order", order: (node) => inCalendlysOrder(node, CAPTURED_ORDERS) },
  { says: " with the keys in Calendly's order", order: (node) => inCalendlysOrder(node, DOCUMENTED_ORDERS) },
]

/** JavaScript and PHP write an amount of 30.0 as 30; Ruby, which signs, does not. */
const WHOLE_AMOUNTS: Style['number'] = (source, key) => (key === 'amount' && /^-?\d+$/.test(source) ? `${source}.0` : source)

const SPACINGS: readonly ({ readonly says: string } & Pick<Style, 'indent' | 'colon' | 'comma'>)[] = [
  { says: 'JSON pretty-printed with 2 spaces', indent: '  ', colon: ': ', comma: ',' },
  { says: 'JSON pretty-printed with 4 spaces', indent: '    ', colon: ': ', comma: ',' },
  { says: 'JSON pretty-printed with tabs', indent: '\t', colon: ': ', comma: ',' },
  { says: 'JSON with a space after every colon and comma', indent: null, colon: ': ', comma: ', ' },
]

/** The likeliest first: Calendly signs compact JSON. */
export const JSON_FORMS: readonly JsonForm[] = [...compactForms(), ...spacedForms()]

function compactForms(): JsonForm[] {
  return [false, true].flatMap((isWhole) =>
    ORDERS.flatMap(({ says: ordered, order }, orderIndex) =>
      ENCODINGS.map(({ says: encoded, string }): JsonForm => {
        const style = { ...PLAIN, order, string, number: isWhole ? WHOLE_AMOUNTS : PLAIN.number }
        return {
          says: `compact JSON${encoded}${ordered}${isWhole ? ', amounts with a decimal' : ''}`,
          write: (root) => {
            if (isWhole && !hasWholeAmount(root)) return null
            const previous = ORDERS[orderIndex - 1]
            if (previous !== undefined && written(root, { ...PLAIN, order }) === written(root, { ...PLAIN, order: previous.order }))
              return null
            return written(root, style)
          },
        }
      }),
    ),
  )
}

function spacedForms(): JsonForm[] {
  return SPACINGS.flatMap(({ says, ...spacing }) =>
    ENCODINGS.slice(0, 3).map(({ says: encoded, string }): JsonForm => ({
      says: `${says}${encoded}`,
      write: (root) => written(root, { ...PLAIN, ...spacing, string }),
    })),
  )
}

/** Orders that are not alphabetical, by the set of keys. */
type Orders = readonly (readonly string[])[]

/** As captured deliveries have it. */
const CAPTURED_ORDERS: Orders = [
  ['total', 'active', 'limit'],
  ['utm_campaign', 'utm_source', 'utm_medium', 'utm_content', 'utm_term', 'salesforce_uuid'],
]

/** As Calendly's examples have it besides, of what no capture is known. */
const DOCUMENTED_ORDERS: Orders = [
  ...CAPTURED_ORDERS,
  ['question_uuid', 'question', 'answer'],
  ['external_id', 'provider', 'amount', 'currency', 'terms', 'successful'],
]

/** Alphabetical but for the known exceptions; that is Calendly's order of the envelope too. */
function inCalendlysOrder({ members }: JsonObject, exceptions: Orders): JsonObject['members'] {
  const named = members.map((member) => ({ name: decoded(member.key), member }))
  const known = exceptions.find((order) => order.length === named.length && named.every(({ name }) => order.includes(name)))
  const rank = (name: string): number => known?.indexOf(name) ?? 0
  const sorted = named.sort((a, b) => rank(a.name) - rank(b.name) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  return sorted.map(({ member }) => member)
}

function hasWholeAmount(node: JsonNode): boolean {
  if (node.kind === 'array') return node.items.some(hasWholeAmount)
  if (node.kind !== 'object') return false
  const amount = memberOf(node, 'amount')
  if (amount?.kind === 'literal' && WHOLE_AMOUNTS(amount.source, 'amount') !== amount.source) return true
  return node.members.some(({ value }) => hasWholeAmount(value))
}

function written(root: JsonNode, style: Style): string {
  const parts: string[] = []
  write(root, '', '\n')
  return parts.join('')

  function write(node: JsonNode, key: string, newline: string): void {
    if (node.kind === 'object')
      writeAll('{', '}', style.order(node), newline, ({ key: name, value }, inner) => {
        parts.push(style.string(name.source), style.colon)
        write(value, decoded(name), inner)
      })
    else if (node.kind === 'array') writeAll('[', ']', node.items, newline, (item, inner) => write(item, '', inner))
    else parts.push(node.kind === 'string' ? style.string(node.source) : style.number(node.source, key))
  }

  function writeAll<T>(open: string, close: string, all: readonly T[], newline: string, one: (item: T, inner: string) => void): void {
    const inner = style.indent === null ? '' : newline + style.indent
    parts.push(open)
    for (const [index, item] of all.entries()) {
      parts.push(index === 0 ? '' : style.comma, inner)
      one(item, inner)
    }
    parts.push(all.length === 0 || style.indent === null ? '' : newline, close)
  }
}

function escaped(literal: string, characters: RegExp): string {
  return literal.replaceAll(characters, unicodeEscape)
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
