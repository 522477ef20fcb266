// Text that is nearly right: a valid document of the kind with a few changes of the sort that accidents and attackers make. From a seed.

/** What is put in: what ends, begins or turns things in the formats that are read here, and what a terminal or runner would act on. */
const PIECES: readonly string[] = [
  ...Array.from('{}[]":,=&%\\/\'#-|>!*@~?.;<\n\r\t \0'),
  '\r\n\r\n',
  '\n\n',
  '\\u0000',
  '\\ud800',
  '%00',
  '%e2%80%ae',
  '\u001B[2J',
  '\u001B]52;c;cm0=\u0007',
  '\u202E',
  '\u200B',
  '\uFEFF',
  '\n::stop-commands::x\n',
  '##[error]',
  'null',
  'true',
  '-1',
  '1e999',
  '9'.repeat(30),
  '__proto__',
  'constructor',
  'toString',
  '&a *a',
  '!!js/function x',
  '<<: *a',
  'http://evil.example/',
  '../../etc/passwd',
  'é',
  '😀',
  'A'.repeat(300),
  '['.repeat(200),
]

export function oneOf<T>(chance: () => number, all: readonly T[]): T {
  const found = all[Math.floor(chance() * all.length)]
  if (found === undefined) throw new Error('nothing to choose from')
  return found
}

/** One of the documents, as it is (one in twenty) or with one to five changes. */
export function mutated(chance: () => number, documents: readonly string[]): string {
  let text = oneOf(chance, documents)
  if (chance() < 0.05) return text
  for (let left = 1 + Math.floor(chance() * 5); left > 0; left -= 1) text = changed(chance, text, documents)
  return text
}

function changed(chance: () => number, text: string, documents: readonly string[]): string {
  const at = Math.floor(chance() * (text.length + 1))
  const end = Math.min(text.length, at + Math.floor(chance() ** 3 * text.length))
  switch (Math.floor(chance() * 7)) {
    case 0:
      return text.slice(0, at) + oneOf(chance, PIECES) + text.slice(at)
    case 1:
      return text.slice(0, at) + text.slice(end)
    case 2:
      return text.slice(0, end) + text.slice(at)
    case 3:
      return text.slice(0, at) + String.fromCharCode(Math.floor(chance() * (chance() < 0.9 ? 128 : 65_536))) + text.slice(at + 1)
    case 4:
      return text.slice(0, at)
    case 5:
      return text.slice(0, at) + oneOf(chance, documents).slice(Math.floor(chance() * 40)) + text.slice(end)
    default:
      return text.slice(0, at) + oneOf(chance, PIECES) + text.slice(end)
  }
}

const VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  7199.9999,
  1e20,
  '',
  'x',
  'unknown_value',
  [],
  {},
  [null],
  { a: 1 },
  'y'.repeat(2000),
  '2026-13-45',
]

/** One of the documents with one to three values put in, left out or changed: still JSON, and no longer quite what was meant. */
export function mutatedJson(chance: () => number, documents: readonly string[]): string {
  const root: unknown = JSON.parse(oneOf(chance, documents))
  for (let left = 1 + Math.floor(chance() * 3); left > 0; left -= 1) changeIn(chance, root)
  return JSON.stringify(root)
}

/** Somewhere in it: at every level it is as likely to go on as to stay. */
function changeIn(chance: () => number, node: unknown): void {
  if (typeof node !== 'object' || node === null) return
  const keys = Object.keys(node)
  const key = keys.length === 0 ? 'added' : oneOf(chance, keys)
  const inner: unknown = Reflect.get(node, key)
  if (typeof inner === 'object' && inner !== null && Object.keys(inner).length > 0 && chance() < 0.8) changeIn(chance, inner)
  else if (chance() < 0.2 && !Array.isArray(node)) Reflect.deleteProperty(node, key)
  else Reflect.set(node, key, structuredClone(oneOf(chance, VALUES)))
}
