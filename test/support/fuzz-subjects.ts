// Everything that reads text from outside, with what must hold of whatever it is given. For `npm run fuzz`, and a sample in the tests.

import { parseDeclaration } from '../../src/adapters/config-file/declaration.ts'
import { parsePlanFile } from '../../src/adapters/config-file/plan-file.ts'
import { readPrintedOrLogged } from './fuzz-captures.ts'
import { judgeAnswer } from '../../src/adapters/http/authenticity.ts'
import { readMembershipPage, readSubscription, readSubscriptionPage, readUser } from '../../src/adapters/calendly/wire.ts'
import { judgeRequest } from '../../src/adapters/oauth/redirect-request.ts'
import { isTokenAnswer, readTokenPair } from '../../src/adapters/oauth/token-answer.ts'
import { palette } from '../../src/cli/output/paint.ts'
import { shownAs } from '../../src/cli/output/screen.ts'
import { checkName, nameFromOutside } from '../../src/core/connection/name.ts'
import { CalreconnectError } from '../../src/core/errors/errors.ts'
import { redactBody, redactText, redactUrl } from '../../src/core/secrets/redact.ts'
import { SecretRegistry } from '../../src/core/secrets/registry.ts'
import { visibleJson } from '../../src/core/secrets/visible.ts'
import { escapes } from './carriers.ts'
import { encodingsOf } from './encodings.ts'
import { mutated, mutatedJson, oneOf } from './mutations.ts'

export interface FuzzSubject {
  readonly name: string
  /** Of ten million. */
  readonly share: number
  /** What came of one input, as a word to count by. @throws whatever must not be */
  readonly feed: (chance: () => number) => string
  /** Words that a run of some length must reach: a generator that never gets there proves nothing. */
  readonly reaches: readonly string[]
}

const SECRET = 'S3cr3t-k3y_of+calreconnect/0123456789=='
const REGISTRY = new SecretRegistry([SECRET, 'another-secret-0123456789'])
const SECRET_FORMS = encodingsOf(SECRET)
const COLOURED = await palette()
const OUR_COLOURS = Object.values(COLOURED).flatMap(({ begin, end }) => [begin, end])

/** What a thrown refusal counts as; a bug is thrown on. */
function refusedWith(work: () => string): string {
  try {
    return work()
  } catch (thrown) {
    if (thrown instanceof CalreconnectError && thrown.exit !== 'bug') return thrown.code
    throw thrown
  }
}

function expectNoEscape(shown: string): void {
  const [first] = escapes(shown)
  if (first !== undefined) throw new Error(`gets through: ${first}`)
}

const BODIES: readonly string[] = [
  JSON.stringify({ access_token: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl', note: SECRET, email: 'robin@acme.example' }),
  `grant_type=refresh_token&refresh_token=${encodeURIComponent(SECRET)}&client_id=x`,
  `<html><title>Hello ${SECRET}</title><body>password="${SECRET}"</body></html>`,
  `Bearer ${SECRET} and ${Buffer.from(SECRET).toString('base64')} and ${Buffer.from(SECRET).toString('hex')}`,
]

const redaction: FuzzSubject = {
  name: 'redaction',
  share: 1_500_000,
  reaches: ['clean', 'masked'],
  feed(chance) {
    const text = mutated(chance, BODIES)
    const type = oneOf(chance, ['application/json', 'application/x-www-form-urlencoded', 'text/html', null])
    const shown = [redactText(text, REGISTRY), redactBody(text, type, REGISTRY), redactUrl(`https://a.example/?${text}`, REGISTRY)]
    for (const form of SECRET_FORMS) if (shown.some((one) => one.includes(form))) throw new Error(`the secret gets through as ${form}`)
    return SECRET_FORMS.some((form) => text.includes(form)) ? 'masked' : 'clean'
  },
}

const TEXTS: readonly string[] = [
  'Cannot delete https://app.acme.example/hooks: The server said "no"\nHint: calreconnect webhooks list',
  'STATE  CALLBACK URL\nactive https://a.example/\u{FDD1}x\u{FDEF}',
  '::warning title=DUPLICATE::two at one URL',
  '{"message":"x\\u001b[2J"}',
]

const screen: FuzzSubject = {
  name: 'output door',
  share: 1_500_000,
  reaches: ['harmless', 'made harmless'],
  feed(chance) {
    const text = mutated(chance, TEXTS)
    const plain = shownAs(text, { form: 'text', palette: null })
    expectNoEscape(plain)
    // Our own colours are the only sequences that a painted screen may hold.
    const painted = shownAs(text, { form: 'text', palette: COLOURED })
    expectNoEscape(OUR_COLOURS.reduce((left, sequence) => left.replaceAll(sequence, ''), painted))
    const json = visibleJson(JSON.stringify({ text }))
    if (!json.includes('[secret]') && JSON.parse(json).text !== text) throw new Error('JSON says something else than it was given')
    if (/[\u0080-\u009f\u202a-\u202e\u2066-\u2069]/.test(json)) throw new Error('JSON holds what turns writing around')
    return plain === text ? 'harmless' : 'made harmless'
  },
}

const names: FuzzSubject = {
  name: 'names from outside',
  share: 500_000,
  reaches: ['kept', 'renamed'],
  feed(chance) {
    const text = mutated(chance, ['robin@acme.example', '-h', '~unfinished', '__proto__', 'Büro Zürich', ''])
    const name = nameFromOutside(text)
    checkName(name)
    // Words that a runner would act on are the output door's business; a name may hold them.
    if (escapes(name).some((found) => found.startsWith('U+'))) throw new Error(`a name that nobody sees whole: ${JSON.stringify(name)}`)
    return name === text ? 'kept' : 'renamed'
  },
}

const YAML_FILES: readonly string[] = [
  'version: 1\naccounts:\n  acme:\n    webhooks:\n      - callback_url: https://a.example/h\n        events: [invitee.created]\n        scope: organization\n',
  'version: 1\naccounts:\n  a@b.example: { webhooks: [] }\n',
]

const yaml: FuzzSubject = {
  name: 'declarative file',
  share: 250_000,
  reaches: ['read', 'FILE_UNREADABLE'],
  feed: (chance) =>
    refusedWith(() => {
      parseDeclaration('calreconnect.yaml', mutated(chance, YAML_FILES))
      return 'read'
    }),
}

const STEP = {
  action: 'delete',
  why: 'matched',
  uri: 'https://api.calendly.com/webhook_subscriptions/A',
  state: 'active',
  created_at: '2026-01-01T00:00:00.000000Z',
  callback_url: 'https://a.example/h',
  events: ['invitee.created'],
  scope: 'organization',
  organization: 'https://api.calendly.com/organizations/O',
  user: null,
  group: null,
}
const PLAN_FILES: readonly string[] = [
  JSON.stringify({
    kind: 'calreconnect plan',
    version: 1,
    made_at: '2026-01-01T00:00:00.000Z',
    plans: [
      {
        plan: { version: 1, account: 'a', organization_uri: STEP.organization, made_at: '2026-01-01T00:00:00.000Z', steps: [STEP] },
        before: [],
      },
    ],
    seal: null,
  }),
]

const planFile: FuzzSubject = {
  name: 'plan file',
  share: 500_000,
  reaches: ['read', 'FILE_UNREADABLE'],
  feed: (chance) =>
    refusedWith(() => {
      parsePlanFile('x.plan', chance() < 0.5 ? mutatedJson(chance, PLAN_FILES) : mutated(chance, PLAN_FILES))
      return 'read'
    }),
}

const STATE = 'state-0123456789abcdef'
const EXPECTED = { redirectUri: new URL('http://localhost:8917/callback'), state: STATE, issuer: 'https://auth.calendly.com' }
const TARGETS: readonly string[] = [
  `/callback?code=c0de&state=${STATE}`,
  `/callback?error=access_denied&state=${STATE}`,
  `/callback?code=c0de&state=${STATE}&iss=https%3A%2F%2Fauth.calendly.com`,
  '/callback?code=c0de&state=other',
  '/favicon.ico',
]

const callback: FuzzSubject = {
  name: 'redirect at the loopback port',
  share: 1_500_000,
  reaches: ['accepted', 'state', 'path', 'malformed', 'parameters', 'issuer', 'host', 'method'],
  feed(chance) {
    // Blanks and controls do not get here: Node's parser ends such a request with 400.
    const target = mutated(chance, TARGETS).replaceAll(/[^\u0021-\u007e\u0080-\uffff]/g, '')
    const hosts = chance() < 0.95 ? ['localhost:8917'] : [mutated(chance, ['localhost:8917', 'evil.example'])]
    const method = chance() < 0.95 ? 'GET' : oneOf(chance, ['POST', 'HEAD', 'OPTIONS', 'get'])
    const judged = judgeRequest({ method, target, hosts }, EXPECTED)
    if (!judged.accepted) return judged.kind
    // Written apart from the judge: accepted means exactly our state, at our path, from our own host.
    const query = new URLSearchParams(target.split('#')[0]?.split('?').slice(1).join('?'))
    const isOurs = query.getAll('state').length === 1 && query.get('state') === STATE && target.startsWith('/') && method === 'GET'
    if (!isOurs) throw new Error(`accepted ${method} ${target}`)
    return 'accepted'
  },
}

const ROW = {
  uri: STEP.uri,
  callback_url: STEP.callback_url,
  created_at: STEP.created_at,
  updated_at: STEP.created_at,
  retry_started_at: null,
  state: 'active',
  events: STEP.events,
  scope: 'organization',
  organization: STEP.organization,
  user: null,
  group: null,
  creator: null,
}
const PAGINATION = { count: 1, next_page: null, previous_page: null, next_page_token: null, previous_page_token: null }
const USER = { uri: 'https://api.calendly.com/users/U', email: 'a@b.example', name: 'A', current_organization: STEP.organization }
const JSON_ANSWERS: readonly string[] = [
  JSON.stringify({ collection: [ROW], pagination: PAGINATION }),
  JSON.stringify({ resource: ROW }),
  JSON.stringify({ resource: USER }),
  JSON.stringify({
    collection: [{ uri: 'https://api.calendly.com/m', role: 'owner', user: USER, organization: STEP.organization }],
    pagination: PAGINATION,
  }),
  JSON.stringify({ title: 'Permission Denied', message: 'You do not have permission to access this resource.' }),
  JSON.stringify({ access_token: 'a', refresh_token: 'r', token_type: 'Bearer', expires_in: 7200, scope: 'users:read', owner: USER.uri }),
  JSON.stringify({ error: 'invalid_grant', error_description: 'no' }),
]
const OTHER_ANSWERS: readonly string[] = ['<html><head><title>504 Gateway Time-out</title></head></html>']
const READERS = { subscription: readSubscription, page: readSubscriptionPage, user: readUser, memberships: readMembershipPage } as const

const wire: FuzzSubject = {
  name: 'answers on the wire',
  share: 2_000_000,
  reaches: ['read', 'refused', 'stranger', 'UNEXPECTED_ANSWER', 'token pair'],
  feed(chance) {
    const body = chance() < 0.5 ? mutatedJson(chance, JSON_ANSWERS) : mutated(chance, [...JSON_ANSWERS, ...OTHER_ANSWERS])
    const status = oneOf(chance, [200, 200, 200, 201, 204, 400, 401, 403, 404, 409, 429, 500, 502])
    const answer = { status, headers: { 'content-type': 'application/json' }, body, requestId: null, receivedAtMs: 0 }
    if (chance() < 0.3) {
      const judged = judgeAnswer(answer, { done: isTokenAnswer, errors: 'oauth' })
      if (judged.kind !== 'done' || !isTokenAnswer(judged.json)) return judged.kind
      const { expiresAtMs } = readTokenPair(judged.json, { status, requestedAtMs: 0 })
      if (!Number.isSafeInteger(expiresAtMs) || expiresAtMs < 0) throw new Error(`an expiry that no column holds: ${expiresAtMs}`)
      return 'token pair'
    }
    const reader = oneOf(chance, Object.values(READERS))
    const judged = judgeAnswer(answer, { done: reader.isOfKind, errors: 'api' })
    if (judged.kind !== 'done') return judged.kind
    return refusedWith(() => {
      reader.read(judged.json)
      return 'read'
    })
  },
}

const captures: FuzzSubject = {
  name: 'captured deliveries',
  share: 1_250_000,
  reaches: ['ok', 'not ok', 'none', 'FILE_UNREADABLE'],
  feed: (chance) => refusedWith(() => readPrintedOrLogged(chance)),
}

export const FUZZ_SUBJECTS: readonly FuzzSubject[] = [redaction, screen, names, yaml, planFile, callback, wire, captures]

export interface Fuzzed {
  readonly name: string
  readonly rounds: number
  readonly counts: Readonly<Record<string, number>>
  /** Which round of the seed failed, and how; at most ten. */
  readonly failures: readonly string[]
}

/** Feeds one subject. The same seed gives the same inputs. */
export function fuzzSubject({ name, feed }: FuzzSubject, rounds: number, chance: () => number): Fuzzed {
  const counts: Record<string, number> = {}
  const failures: string[] = []
  for (let round = 0; round < rounds && failures.length < 10; round += 1) {
    try {
      const word = feed(chance)
      counts[word] = (counts[word] ?? 0) + 1
    } catch (thrown) {
      failures.push(`round ${round}: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`)
    }
  }
  return { name, rounds, counts, failures }
}
