// What is done with text from outside, each with the shapes of text that make a careless pattern or loop slow. For `npm run growth`.

import { redactBody, redactHeaders, redactText, redactUrl } from '../../src/core/secrets/redact.ts'
import { SecretRegistry } from '../../src/core/secrets/registry.ts'

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

const SECRETS = new SecretRegistry(Array.from({ length: 70 }, (_, index) => `secret-0123456789-${'x'.repeat(30)}-${index}`))

function overShapes(name: string, run: (text: string) => unknown): GrowthSubject[] {
  return Object.entries(SHAPES).map(([shape, piece]) => ({
    name: `${name}: ${shape}`,
    prepare: (size) => {
      const text = piece.repeat(Math.ceil(size / piece.length))
      return () => run(text)
    },
  }))
}

export const GROWTH_SUBJECTS: readonly GrowthSubject[] = [
  ...overShapes('free text', (text) => redactText(text, SECRETS)),
  ...overShapes('URL', (text) => redactUrl(`https://a.example/?${text}`, SECRETS)),
  ...overShapes('header', (text) => redactHeaders({ server: text, location: text }, SECRETS)),
  ...overShapes('JSON body', (text) => redactBody(JSON.stringify({ message: text, code: text, [text]: 1 }), 'application/json', SECRETS)),
  ...overShapes('form', (text) => redactBody(`a=b&${text}`, 'application/x-www-form-urlencoded', SECRETS)),
  {
    name: 'JSON body: nested',
    prepare: (size) => {
      const depth = Math.ceil(size / 6)
      const body = '{"a":'.repeat(depth) + '1' + '}'.repeat(depth)
      return () => redactBody(body, 'application/json', SECRETS)
    },
  },
]
