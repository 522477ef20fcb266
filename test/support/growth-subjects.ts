// What is done with text from outside, each with the shapes of text that make a careless pattern or loop slow. For `npm run growth`.

import { parseDeclaration } from '../../src/adapters/config-file/declaration.ts'
import { strangerError } from '../../src/adapters/http/authenticity.ts'
import { palette } from '../../src/cli/output/paint.ts'
import { shownAs } from '../../src/cli/output/screen.ts'
import { renderGithub } from '../../src/cli/render/audit/github.ts'
import { renderHtml } from '../../src/cli/render/audit/html.ts'
import { renderAudit } from '../../src/cli/render/audit/human.ts'
import { renderMarkdown } from '../../src/cli/render/audit/markdown.ts'
import { matchesGlob } from '../../src/core/calendly/glob.ts'
import type { Subscription } from '../../src/core/calendly/model.ts'
import { duplicateSets } from '../../src/core/plan/duplicates.ts'
import { newestFirst } from '../../src/core/plan/standing.ts'
import { oneLine, printable, visibleJson } from '../../src/core/secrets/visible.ts'
import { redactBody, redactHeaders, redactText, redactUrl } from '../../src/core/secrets/redact.ts'
import { SecretRegistry } from '../../src/core/secrets/registry.ts'
import { auditDocument, FILE_VIEW } from './audit.ts'
import { aSubscription, knownOf } from './builders.ts'
import { diagnosed, judged, pruned, readOnTheWire, reconciled, recorded, searchedForCaptures } from './growth-plans.ts'

const COLOURED = await palette()

export interface GrowthSubject {
  readonly name: string
  /** Makes an input of about `size` characters, and returns what is to be measured with it. */
  readonly prepare: (size: number) => () => unknown
}

/** Repeated to any length: runs without a break, half-finished beginnings of everything that is looked for. */
const SHAPES: Readonly<Record<string, string>> = {
  letters: 'a',
  points: 'a.',
  'half tokens': '-eyJ',
  'tokens of one part': 'eyJ.',
  'at signs': '@',
  'half addresses': 'a@',
  'run-together addresses': 'a@b',
  blanks: ' ',
  newlines: '\n',
  'half-quoted passwords': String.raw`password=\" `,
  'names of secrets': "password='",
  parameters: '&token=',
  'question marks': '?',
  backslashes: '\\',
  'percent signs': '%',
  'escaped percent signs': '%25',
  'half references': '&#0',
  'unicode escapes': String.raw`\u0061`,
  schemes: 'a://',
  'user info': 'a://b:',
  'beginnings of a secret': 'secret-0123456789-',
  'its hexadecimal digits': '7365637265742d',
  'half tags': '<title',
}

/** What a file may have. */
const YAML_MAX = 1024 * 1024

const SECRETS = new SecretRegistry(Array.from({ length: 70 }, (_, index) => `secret-0123456789-${'x'.repeat(30)}-${index}`))

/** What is found once, and does not end. */
const BEGUN: Readonly<Record<string, string>> = {
  'a credential without an end': 'Bearer ',
  'an address without an end': 'a@',
  'a URL without an end': 'https://a:',
  'a token without an end': 'eyJ',
  'a parameter without an end': '?token=',
  'a named secret without an end': 'password=',
}

function overShapes(name: string, run: (text: string) => unknown): GrowthSubject[] {
  const shapes = [
    ...Object.entries(SHAPES).map(([shape, piece]) => [shape, '', piece] as const),
    ...Object.entries(BEGUN).map(([shape, beginning]) => [shape, beginning, 'a'] as const),
  ]
  return shapes.map(([shape, beginning, piece]) => ({
    name: `${name}: ${shape}`,
    prepare: (size) => {
      const text = beginning + piece.repeat(Math.ceil(size / piece.length))
      return () => run(text)
    },
  }))
}

/** An organization's subscriptions, one for so many characters of input, and none like another. */
function overSubscriptions(
  name: string,
  differ: (index: number) => Partial<Subscription>,
  run: (all: readonly Subscription[]) => unknown,
): GrowthSubject {
  return {
    name,
    prepare: (size) => {
      const all = Array.from({ length: Math.ceil(size / BYTES_EACH) }, (_, index) => aSubscription(`S${index}`, differ(index)))
      return () => run(all)
    },
  }
}

const BYTES_EACH = 200

/** What it is refused with. */
function refusalOf(read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    return error
  }
}

function audited(observed: readonly Subscription[]): unknown {
  const document = auditDocument(observed, { known: observed.map((one) => knownOf(one, { keyStored: false })) })
  return [
    renderAudit([document], FILE_VIEW),
    renderGithub([document]),
    renderMarkdown([document], FILE_VIEW),
    renderHtml([document], FILE_VIEW),
  ]
}

export const GROWTH_SUBJECTS: readonly GrowthSubject[] = [
  ...overShapes('free text', (text) => redactText(text, SECRETS)),
  ...overShapes('URL', (text) => redactUrl(`https://a.example/?${text}`, SECRETS)),
  ...overShapes('header', (text) => redactHeaders({ server: text, location: text }, SECRETS)),
  ...overShapes('JSON body', (text) => redactBody(JSON.stringify({ message: text, code: text, [text]: 1 }), 'application/json', SECRETS)),
  ...overShapes('form', (text) => redactBody(`a=b&${text}`, 'application/x-www-form-urlencoded', SECRETS)),
  ...overShapes('what a screen shows', (text) => shownAs(text, { form: 'text', palette: COLOURED })),
  ...overShapes('what a line shows', (text) => [printable(text), oneLine(text), visibleJson(JSON.stringify(text))]),
  ...overShapes('glob', (text) => [matchesGlob('https://*.a.example/*b*c', text), matchesGlob('*:*', text)]),
  ...overShapes('title of a page', (text) =>
    strangerError({ status: 502, headers: { 'content-type': 'text/html' }, body: text, requestId: null, receivedAtMs: 0 }, 'ask', {
      secrets: SECRETS,
      setting: 'CALENDLY_API_URL',
    }),
  ),
  overSubscriptions(
    'duplicates: as many users',
    (index) => ({ scope: 'user', user: `U${index}` }),
    (all) => duplicateSets(all, newestFirst),
  ),
  overSubscriptions(
    'duplicates: all alike',
    () => ({}),
    (all) => duplicateSets(all, newestFirst),
  ),
  ...overShapes('why a signature does not match', diagnosed),
  ...overShapes('captures in a file', searchedForCaptures),
  ...overShapes('redirect', judged),
  overSubscriptions('prune: all alike', () => ({}), pruned),
  overSubscriptions('prune: as many URLs', (index) => ({ callbackUrl: `https://h${index}.a.example/x` }), pruned),
  overSubscriptions('prune: as many users', (index) => ({ scope: 'user', user: `U${index}`, creator: `U${index}` }), pruned),
  overSubscriptions('reconnect: all alike', () => ({}), reconciled),
  overSubscriptions('reconnect: as many URLs', (index) => ({ callbackUrl: `https://h${index}.a.example/x` }), reconciled),
  overSubscriptions('a page on the wire', () => ({}), readOnTheWire),
  overSubscriptions('HAR: as many exchanges', () => ({}), recorded),
  overSubscriptions('audit: as many users', (index) => ({ scope: 'user', user: `U${index}` }), audited),
  overSubscriptions('audit: as many hosts', (index) => ({ callbackUrl: `https://h${index}.ngrok.app/x`, state: 'disabled' }), audited),
  {
    name: 'declaration: as many accounts, all wrong',
    prepare: (size) => {
      const accounts = Array.from(
        { length: Math.ceil(Math.min(size, YAML_MAX) / 40) },
        (_, index) => `  a${index}: { webhooks: [{ x: 1 }] }\n`,
      )
      const text = `version: 1\naccounts:\n${accounts.join('')}`
      return () => refusalOf(() => parseDeclaration('x.yaml', text))
    },
  },
  {
    name: 'JSON body: nested',
    prepare: (size) => {
      const depth = Math.ceil(size / 6)
      const body = '{"a":'.repeat(depth) + '1' + '}'.repeat(depth)
      return () => redactBody(body, 'application/json', SECRETS)
    },
  },
]
