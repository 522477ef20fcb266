// Whether a document is a JUnit report, by the rules that both common schemas share: Ant's (windyroad JUnit.xsd, the stricter one) and
// Jenkins's (junit-10.xsd). A small strict XML reader is part of it: no entity but the five, nothing left open, no stray character.

export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  readonly text: string
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const NAME = /[A-Za-z_][\w.-]*/y

/** @throws Error saying where the text is no well-formed XML 1.0 of elements, attributes and text */
export function parseXml(source: string): XmlElement {
  // oxlint-disable-next-line no-control-regex -- XML has no place for them
  const bad = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u.exec(source)
  if (bad !== null) throw new Error(`character U+${bad[0].codePointAt(0)?.toString(16)} at ${bad.index}`)
  const body = source.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, '')
  if (body === source) throw new Error('no XML declaration')
  let at = 0
  const fail = (what: string): never => {
    throw new Error(`${what} at ${at}: ${body.slice(at, at + 40)}`)
  }
  const take = (text: string): void => {
    if (!body.startsWith(text, at)) fail(`expected ${text}`)
    at += text.length
  }
  const name = (): string => {
    NAME.lastIndex = at
    const found = NAME.exec(body)?.[0] ?? fail('expected a name')
    at += found.length
    return found
  }
  const decoded = (raw: string): string => {
    if (/<|&(?!(amp|lt|gt|quot|apos|#\d+);)/.test(raw)) fail('unescaped text')
    return raw.replaceAll(/&(?:#(\d+)|(\w+));/g, (_, code: string | undefined, entity: string | undefined) =>
      code === undefined ? (ENTITIES[entity ?? ''] ?? '') : String.fromCodePoint(Number(code)),
    )
  }
  const element = (): XmlElement => {
    take('<')
    const tag = name()
    const attributes: Record<string, string> = {}
    while (body[at] === ' ') {
      at += 1
      const key = name()
      take('="')
      const end = body.indexOf('"', at)
      if (key in attributes || end < 0) fail('attribute twice or not closed')
      attributes[key] = decoded(body.slice(at, end))
      at = end + 1
    }
    if (body.startsWith('/>', at)) {
      at += 2
      return { name: tag, attributes, children: [], text: '' }
    }
    take('>')
    const children: XmlElement[] = []
    let text = ''
    while (!body.startsWith('</', at)) {
      if (body[at] === '<') children.push(element())
      else {
        const end = body.indexOf('<', at)
        if (end < 0) fail('element not closed')
        text += decoded(body.slice(at, end))
        at = end
      }
    }
    take(`</${tag}>`)
    return { name: tag, attributes, children, text }
  }
  const root = element()
  if (body.slice(at).trim() !== '') fail('text after the root element')
  return root
}

const WHOLE = /^\d+$/
const DECIMAL = /^\d{1,3}(\.\d+)?$/
const LOCAL_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/
const TOKEN = /\S/

/** What is wrong with the document; empty when it is a JUnit report. */
export function junitProblems(root: XmlElement): string[] {
  const problems: string[] = []
  const wrong = (element: XmlElement, what: string): void => void problems.push(`<${element.name}> ${what}`)
  const check = (element: XmlElement, rules: Readonly<Record<string, RegExp>>): void => {
    for (const [key, rule] of Object.entries(rules)) if (!rule.test(element.attributes[key] ?? '')) wrong(element, `attribute ${key}`)
    for (const key of Object.keys(element.attributes)) if (!(key in rules)) wrong(element, `has no attribute ${key}`)
  }
  if (root.name !== 'testsuites' || Object.keys(root.attributes).length > 0) wrong(root, 'is no bare testsuites')
  root.children.forEach((suite, id) => {
    if (suite.name !== 'testsuite' || suite.attributes['id'] !== String(id)) wrong(suite, 'is no testsuite in its place')
    const counts = { tests: WHOLE, failures: WHOLE, errors: WHOLE, skipped: WHOLE }
    check(suite, { id: WHOLE, package: TOKEN, name: TOKEN, hostname: TOKEN, timestamp: LOCAL_TIME, time: DECIMAL, ...counts })
    const names = suite.children.map(({ name }) => name).join(' ')
    if (!/^properties( testcase)* system-out system-err$/.test(names)) wrong(suite, `has children in the order ${names}`)
    for (const property of suite.children[0]?.children ?? []) check(property, { name: TOKEN, value: /^/ })
    const cases = suite.children.filter(({ name }) => name === 'testcase')
    for (const one of cases) {
      check(one, { name: TOKEN, classname: TOKEN, time: DECIMAL })
      if (one.children.length > 1) wrong(one, 'has more than one outcome')
      for (const outcome of one.children) {
        if (outcome.name === 'failure') check(outcome, { type: TOKEN, message: /^/ })
        else if (outcome.name !== 'skipped') wrong(outcome, 'is no outcome')
      }
    }
    const having = (name: string): number => cases.filter(({ children }) => children[0]?.name === name).length
    const counted = { tests: cases.length, failures: having('failure'), skipped: having('skipped'), errors: 0 }
    for (const [key, value] of Object.entries(counted)) if (suite.attributes[key] !== String(value)) wrong(suite, `counts ${key} wrongly`)
  })
  return problems
}
