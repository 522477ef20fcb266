// Why a signature does not match although it may be Calendly's: the body was re-encoded on its way here, or the key was.
// Only looked for after a mismatch; the verdict stays invalid whatever is found. Bounded by the bytes that are hashed.

import type { Secret } from '../secrets/secret.ts'
import { BODY_CHANGES, type BodyChange } from './body-changes.ts'
import { BODY_LAYERS, type BodyLayer, type Inflate, LAYERS_MAX } from './body-layers.ts'
import type { ParsedSignature } from './header.ts'
import { SignedBody } from './hmac.ts'
import { JSON_FORMS, type JsonForm } from './json-forms.ts'
import { type JsonNode, parseJsonTree } from './json-tree.ts'
import { type KeySpelling, keySpellings } from './key-spellings.ts'

/** A body longer than this is not parsed for a diagnosis. */
const JSON_BYTES_MAX = 4 * 1024 * 1024
/** So many keys are tried with every re-encoding, and so many of them in every spelling. */
const KEYS_MAX = 50
const SPELLED_KEYS_MAX = 8
/** What a search may spend on one delivery, in bytes looked at: some hundred milliseconds. */
const BUDGET_BYTES = 256 * 1024 * 1024
/** What an attempt costs beside its bytes. */
const ATTEMPT_BYTES = 512
/** Undoing a change looks at every byte so often, and writing JSON costs so much more than hashing it. */
const CHANGE_COST = 4
const FORM_COST = 16

/** What was done to body and key, to be undone in this order. */
export interface Recipe {
  readonly layers: readonly BodyLayer[]
  readonly change: BodyChange | null
  readonly form: JsonForm | null
}

export interface Mismatch<K> {
  readonly reason: 're_serialized_body' | 'key_encoding' | 'body_encoding'
  readonly key: K
  readonly hint: string
  readonly recipe: Recipe
}

export interface DiagnosisInput<K> {
  readonly rawBody: Uint8Array
  readonly keys: readonly K[]
  readonly signature: ParsedSignature
  readonly matches: (digest: Uint8Array, signature: ParsedSignature) => boolean
  readonly inflate: Inflate
  /** What explained others of the same archive: tried first, and alone when `thorough` is false. */
  readonly likely: readonly Recipe[]
  readonly thorough: boolean
}

const AS_IT_IS: Recipe = { layers: [], change: null, form: null }

/** The cause of a mismatch; null when none of the usual ones explains it. */
export function explainMismatch<K extends { readonly key: Secret }>(input: DiagnosisInput<K>): Mismatch<K> | null {
  const search = new Search(input)
  for (const recipe of input.likely) {
    const found = search.tryBody(recipe) ?? search.trySpelled(recipe)
    if (found !== null) return found
  }
  if (!input.thorough) return null
  const asReceived = search.trySpelled(AS_IT_IS)
  if (asReceived !== null) return asReceived
  for (const attempt of [(recipe: Recipe) => search.tryBody(recipe), (recipe: Recipe) => search.trySpelled(recipe)]) {
    for (const recipe of search.recipes()) {
      const found = search.isOver() ? null : attempt(recipe)
      if (found !== null) return found
    }
  }
  return null
}

/** One search, which stops when it has hashed enough. */
class Search<K extends { readonly key: Secret }> {
  readonly #input: DiagnosisInput<K>
  readonly #keys: readonly K[]
  readonly #spelled: readonly { readonly key: K; readonly spelling: KeySpelling }[]
  readonly #trees = new Map<Buffer, JsonNode | null>()
  readonly #layered = new Map<readonly BodyLayer[], Buffer | null>()
  #wrapped: readonly (readonly BodyLayer[])[] | null = null
  #left = BUDGET_BYTES

  constructor(input: DiagnosisInput<K>) {
    this.#input = input
    this.#keys = input.keys.slice(0, KEYS_MAX)
    this.#spelled = input.keys
      .slice(0, SPELLED_KEYS_MAX)
      .flatMap((key) => keySpellings(key.key.reveal()).map((spelling) => ({ key, spelling })))
  }

  isOver(): boolean {
    return this.#left <= 0
  }

  /** Every way in which the body may have come to be as it is, the likeliest first. */
  *recipes(): Generator<Recipe> {
    const wrapped = (this.#wrapped ??= [[], ...this.#wrappings(Buffer.from(this.#input.rawBody), [])])
    for (const layers of wrapped) {
      if (layers.length > 0) yield { layers, change: null, form: null }
      for (const change of BODY_CHANGES) yield { layers, change, form: null }
    }
    for (const layers of wrapped) for (const form of JSON_FORMS) yield { layers, change: null, form }
    // A writer that ends its text with a newline signs it too.
    for (const form of JSON_FORMS) yield { layers: [], change: NEWLINE_SIGNED, form }
  }

  tryBody(recipe: Recipe): Mismatch<K> | null {
    const signed = this.#signed(recipe)
    if (signed === null) return null
    const { signature, matches } = this.#input
    for (const key of this.#keys) {
      if (this.#spend(signed.byteLength + ATTEMPT_BYTES)) return null
      if (matches(signed.hmac(key.key), signature)) return { ...causeOf(recipe), key, recipe }
    }
    return null
  }

  trySpelled(recipe: Recipe): Mismatch<K> | null {
    const signed = this.#spelled.length === 0 ? null : this.#signed(recipe)
    if (signed === null) return null
    const { signature, matches } = this.#input
    for (const { key, spelling } of this.#spelled) {
      if (this.#spend(signed.byteLength + ATTEMPT_BYTES)) return null
      if (!matches(signed.hmacOfBytes(spelling.key), signature)) continue
      if (recipe === AS_IT_IS) return { reason: 'key_encoding', key, hint: spelling.hint, recipe }
      const cause = causeOf(recipe)
      return { ...cause, hint: `${cause.hint}. ${spelling.hint}`, key, recipe }
    }
    return null
  }

  #signed(recipe: Recipe): SignedBody | null {
    const body = this.#undone(recipe)
    return body === null ? null : new SignedBody(this.#input.signature.timestamp, body)
  }

  /** The body as it may have been signed; null where the recipe does not apply to it. */
  #undone({ layers, change, form }: Recipe): Buffer | null {
    const inner = this.#inner(layers)
    if (inner === null) return null
    let text: string | null = null
    if (form !== null) {
      if (this.#spend(inner.byteLength * FORM_COST)) return null
      const tree = this.#tree(inner)
      text = tree === null ? null : form.write(tree)
      if (text === null) return null
    }
    const bytes = text === null ? inner : Buffer.from(text, 'utf8')
    if (change === null) return bytes
    if (this.#spend(bytes.byteLength * CHANGE_COST)) return null
    const before = bytes.toString('latin1')
    const after = change.undo(before)
    return after === before ? null : Buffer.from(after, 'latin1')
  }

  #inner(layers: readonly BodyLayer[]): Buffer | null {
    const known = this.#layered.get(layers)
    if (known !== undefined) return known
    let bytes: Buffer | null = Buffer.from(this.#input.rawBody)
    for (const layer of layers) bytes = bytes === null ? null : layer.unwrap(bytes, this.#input.inflate)
    this.#layered.set(layers, bytes)
    return bytes
  }

  #tree(bytes: Buffer): JsonNode | null {
    const known = this.#trees.get(bytes)
    if (known !== undefined) return known
    const tree = bytes.byteLength > JSON_BYTES_MAX ? null : parseJsonTree(bytes.toString('utf8').replace(/^\uFEFF/, ''))
    this.#trees.set(bytes, tree)
    return tree
  }

  /** The layers that can be taken off these bytes, one after the other. */
  #wrappings(bytes: Buffer, outer: readonly BodyLayer[]): (readonly BodyLayer[])[] {
    if (outer.length === LAYERS_MAX) return []
    return BODY_LAYERS.flatMap((layer) => {
      const inner = layer.unwrap(bytes, this.#input.inflate)
      if (inner === null || inner.length === 0 || inner.equals(bytes)) return []
      const layers = [...outer, layer]
      this.#layered.set(layers, inner)
      return [layers, ...this.#wrappings(inner, layers)]
    })
  }

  /** True when there is nothing left to spend. */
  #spend(bytes: number): boolean {
    this.#left -= bytes
    return this.#left <= 0
  }
}

const NEWLINE_SIGNED: BodyChange = { says: 'with a trailing newline', undo: (bytes) => `${bytes}\n` }

const KEEP_RAW = 'keep the raw bytes as they were received'

function causeOf({ layers, change, form }: Recipe): Pick<Mismatch<unknown>, 'reason' | 'hint'> {
  const wrapped = layers.length === 0 ? '' : `The body is ${layers.map(({ says }) => says).join(', within ')}`
  const written = form === null ? '' : `The body was parsed and written again; what was signed is ${form.says}`
  const changed = change === null ? '' : form === null ? change.says : `${written}, ${change.says}`
  const what = [wrapped, changed === '' ? written : changed].filter((part) => part !== '').join('. ')
  return { reason: layers.length === 0 ? 're_serialized_body' : 'body_encoding', hint: `${what}: ${KEEP_RAW}` }
}
