import { describe, expect, test } from 'vitest'
import { barLine } from '../../../../src/cli/render/audit/bars.ts'
import { notes, summaryLine, unitOf, verdict } from '../../../../src/cli/render/audit/document.ts'
import { renderGithub, renderStepSummary, workflowCommand } from '../../../../src/cli/render/audit/github.ts'
import { renderAudit } from '../../../../src/cli/render/audit/human.ts'
import { renderJunit, xml } from '../../../../src/cli/render/audit/junit.ts'
import { renderMarkdown, text } from '../../../../src/cli/render/audit/markdown.ts'
import { auditDocument, FILE_VIEW, MEMBERS } from '../../../support/audit.ts'
import { aSubscription } from '../../../support/builders.ts'
import { junitProblems, parseXml } from '../../../support/junit-schema.ts'

const HOSTILE = 'https://x.example.com/a%0Ab,c:d|e`f_g<b>&"\'\u0007\u001b[31m::error::gotcha\n::error::line'
const hostile = auditDocument([aSubscription('bad', { callbackUrl: HOSTILE, state: 'disabled' })], { memberships: MEMBERS })
const mixed = auditDocument(
  [
    aSubscription('one', { callbackUrl: 'https://a.example.com/hook', state: 'disabled' }),
    aSubscription('two', { callbackUrl: 'http://b.example.com/hook' }),
    aSubscription('three', { callbackUrl: 'https://c.example.com/hook' }),
  ],
  { memberships: MEMBERS },
)
const clean = auditDocument([aSubscription('one')], { memberships: MEMBERS, allowHosts: ['*.example.com'] })

describe('workflowCommand()', () => {
  test.each([
    ['a\nb', 'a%0Ab'],
    ['a\r\nb', 'a%0D%0Ab'],
    ['100%', '100%25'],
    ['%0A', '%250A'],
    ['a:b,c', 'a:b,c'],
    ['::error::x', '::error::x'],
  ])('workflowCommand() escapes the message %j as GitHub reads it back', (message, escaped) => {
    expect(workflowCommand('error', {}, message)).toBe(`::error::${escaped}`)
  })

  test.each([
    ['a:b', 'a%3Ab'],
    ['a,b', 'a%2Cb'],
    ['a%b', 'a%25b'],
    ['a\nb\r', 'a%0Ab%0D'],
  ])('workflowCommand() escapes the property %j, colon and comma too', (title, escaped) => {
    expect(workflowCommand('warning', { title }, 'm')).toBe(`::warning title=${escaped}::m`)
  })
})

describe('renderGithub()', () => {
  test('renderGithub() gives one annotation a finding, with its severity and fix, and a sentence at the end', () => {
    expect(renderGithub([mixed]).split('\n')).toEqual([
      '::error title=Calendly webhooks%3A DISABLED::https://a.example.com/hook (one) is disabled: nothing is delivered, and Calendly has no way to enable it again' +
        '%0AReview: calreconnect --account acme webhooks delete https://api.calendly.com/webhook_subscriptions/one',
      '::warning title=Calendly webhooks%3A INSECURE_URL::http://b.example.com/hook (two) is not https: names, addresses and answers of invitees can be read on the way' +
        '%0AReview: calreconnect --account acme webhooks list --url http://b.example.com/hook',
      '1 error and 1 warning found in 3 subscriptions.',
    ])
  })

  test('renderGithub() lets no URL end its command or begin another', () => {
    const lines = renderGithub([hostile]).split('\n')
    expect(lines.filter((line) => line.startsWith('::')).map((line) => line.slice(0, 45))).toEqual([
      '::error title=Calendly webhooks%3A DISABLED::',
    ])
    expect(lines).toHaveLength(2)
  })

  test('renderStepSummary() shows fewer findings rather than more bytes than GitHub takes', () => {
    const many = auditDocument(
      Array.from({ length: 40 }, (_, n) => aSubscription(`s${n}`, { callbackUrl: `https://h${n}.example.com/`, state: 'disabled' })),
      { memberships: MEMBERS },
    )
    const summary = renderStepSummary([many], FILE_VIEW, 4_000)
    expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(4_000)
    expect(summary).toContain('30 more findings not shown here.')
    expect(renderStepSummary([many], FILE_VIEW)).toBe(renderMarkdown([many], FILE_VIEW))
  })
})

describe('renderJunit()', () => {
  test.each([
    ['findings', mixed],
    ['hostile text', hostile],
    ['nothing', clean],
    ['no subscriptions', auditDocument([])],
  ])('renderJunit() of %s fits the common schema', (_, document) => {
    expect(junitProblems(parseXml(renderJunit([document], FILE_VIEW)))).toEqual([])
  })

  test('renderJunit() fails one case for each finding that fails the audit, and keeps the others in system-out', () => {
    const suite = parseXml(renderJunit([mixed], FILE_VIEW)).children[0]
    const cases = suite?.children.filter(({ name }) => name === 'testcase') ?? []
    expect(cases.map(({ attributes, children }) => [attributes['name'], children[0]?.name ?? 'passed'])).toEqual([
      ['DUPLICATE', 'passed'],
      ['https://a.example.com/hook (one)', 'failure'],
      ['CREATOR_GONE', 'passed'],
      ['TOO_MANY', 'passed'],
      ['MISSING', 'passed'],
      ['RETRYING', 'passed'],
      ['KEY_UNKNOWN', 'passed'],
      ['UNKNOWN_HOST', 'skipped'],
      ['EPHEMERAL_HOST', 'passed'],
      ['INSECURE_URL', 'passed'],
      ['DRIFT', 'passed'],
      ['UNKNOWN_STATE', 'passed'],
      ['CONTESTED', 'passed'],
    ])
    expect(suite?.children.find(({ name }) => name === 'system-out')?.text).toContain('warning INSECURE_URL: http://b.example.com/hook')
    expect(cases[1]?.children[0]?.text).toContain('Review: calreconnect --account acme webhooks delete')
  })

  test('renderJunit() fails warnings too when the audit does', () => {
    const strict = renderJunit([{ ...mixed, failOn: 'warning' }], FILE_VIEW)
    expect(parseXml(strict).children[0]?.attributes).toMatchObject({ tests: '13', failures: '2', skipped: '1' })
  })

  test.each([
    ['<a href="x">&amp;', '&lt;a href=&quot;x&quot;&gt;&amp;amp;'],
    ['a\u0000b\u0008c\u001bd\ufffee', 'a\ufffdb\ufffdc\ufffdd\ufffde'],
    ['lone \ud800 surrogate', 'lone \ufffd surrogate'],
    ['pair \u{1f600}', 'pair \u{1f600}'],
    ['tab\tand\nnewline', 'tab\tand\nnewline'],
    ['a\r\nb', 'a&#13;\nb'],
    [']]>', ']]&gt;'],
  ])('xml() makes %j safe', (plain, escaped) => {
    expect(xml(plain)).toBe(escaped)
  })
})

describe('renderMarkdown()', () => {
  test.each([
    ['a|b', String.raw`a\|b`],
    ['*a* _b_ `c`', '\\*a\\* \\_b\\_ \\`c\\`'],
    ['<script>', String.raw`\<script\>`],
    ['&lt;', '&amp;lt;'],
    ['[x](y)', String.raw`\[x\](y)`],
    ['https://x.example.com', String.raw`https\://x.example.com`],
    ['a\nb\u001b', 'a b '],
  ])('text() makes %j plain', (plain, escaped) => {
    expect(text(plain)).toBe(escaped)
  })

  test('renderMarkdown() has one table row a finding, whatever is in its URL', () => {
    const rows = renderMarkdown([hostile], FILE_VIEW)
      .split('\n')
      .filter((line) => line.startsWith('| error'))
    expect(rows).toHaveLength(1)
    expect(rows[0]?.replaceAll(String.raw`\|`, '').split('|')).toHaveLength(6)
  })

  test('renderMarkdown() puts a long fix below the table, whole', () => {
    const all = Array.from({ length: 9 }, (_, n) => aSubscription(`id-${n}`, { createdAt: `2026-11-0${n + 1}T00:00:00Z` }))
    const document = auditDocument(all, { memberships: MEMBERS })
    const written = renderMarkdown([document], FILE_VIEW)
    expect(written).toContain('| below (1) |')
    expect(written).toContain(`\`\`\`sh\n${document.result.findings[0]?.fix}\n\`\`\``)
  })

  test('renderMarkdown() of a clean audit has no table', () => {
    expect(renderMarkdown([clean], FILE_VIEW)).toBe(
      [
        '## Webhook audit: Nothing found in 1 subscription',
        String.raw`acme, https\://api.calendly.com/organizations/ORG0000000000001, 2026-11-22T12:00:00.000Z`,
        '1 subscription at 1 URL: 1 active, 0 disabled, 0 retrying; 0 managed, 1 foreign; 0 duplicates.',
        'Accumulation by day, 2026-11-01 to 2026-11-01: 1 → 1\n\n`██`\n',
      ].join('\n\n'),
    )
  })
})

describe('renderAudit()', () => {
  test('renderAudit() shows the bar line, each finding with its fix, and the summary last', () => {
    expect(renderAudit([mixed], FILE_VIEW)).toBe(
      [
        'Webhook audit of acme',
        'https://api.calendly.com/organizations/ORG0000000000001',
        '',
        'Accumulation by day, 2026-11-01 to 2026-11-01: 3 → 3',
        '  ██',
        '',
        'error    DISABLED        https://a.example.com/hook (one) is disabled: nothing is delivered, and Calendly has no way to enable it again',
        '  Review: calreconnect --account acme webhooks delete https://api.calendly.com/webhook_subscriptions/one',
        '',
        'warning  INSECURE_URL    http://b.example.com/hook (two) is not https: names, addresses and answers of invitees can be read on the way',
        '  Review: calreconnect --account acme webhooks list --url http://b.example.com/hook',
        '',
        '1 error and 1 warning found in 3 subscriptions.',
        '3 subscriptions at 3 URLs: 2 active, 1 disabled, 0 retrying; 0 managed, 3 foreign; 0 duplicates.',
      ].join('\n'),
    )
  })

  test('renderAudit() lets no control character through', () => {
    // oxlint-disable-next-line no-control-regex -- control characters are exactly what is looked for
    expect(renderAudit([hostile], FILE_VIEW)).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
  })

  test('renderAudit() shortens a long fix in a terminal only, and says so', () => {
    const all = Array.from({ length: 20 }, (_, n) => aSubscription(`id-${n}`, { createdAt: `2026-11-01T00:00:${10 + n}Z` }))
    const document = auditDocument(all, { memberships: MEMBERS })
    expect(renderAudit([document], { ...FILE_VIEW, columns: 80 })).toContain('… 18 more URIs …')
    expect(renderAudit([document], { ...FILE_VIEW, columns: 80 })).toContain('Long fixes are shortened here')
    expect(renderAudit([document], FILE_VIEW)).toContain(String(document.result.findings[0]?.fix))
  })
})

describe('audit words', () => {
  test('barLine() is as high as each total, twice as wide for a few points, and merges what does not fit', () => {
    const points = (totals: readonly number[]) => totals.map((total) => ({ date: '2026-01-01', created: 0, total }))
    expect(barLine(points([0, 1, 4, 8]), 80)).toBe('  ▁▁▄▄██')
    expect(barLine(points(Array.from({ length: 100 }, (_, n) => n + 1)), 50)).toHaveLength(50)
    expect(barLine(points([1, 2, 3, 4]), 2)).toBe('▄█')
    expect(barLine([], 80)).toBe('')
  })

  test('unitOf() reads day, week and month off the history', () => {
    const at = (...dates: string[]) => dates.map((date) => ({ date, created: 0, total: 0 }))
    expect(
      [at('2026-01-01'), at('2026-01-01', '2026-01-02'), at('2026-01-05', '2026-01-12'), at('2026-02-01', '2026-03-01')].map(unitOf),
    ).toEqual(['day', 'day', 'week', 'month'])
  })

  test('notes() names every scope and code that was left out', () => {
    const document = auditDocument([], {
      known: null,
      desired: null,
      account: null,
      scopes: [
        { scope: 'organization', leftOut: 'role' },
        { scope: 'user', leftOut: null },
        { scope: 'group', leftOut: 'oauth_scope' },
      ],
    })
    expect(notes(document)).toEqual([
      'Subscriptions of organization scope were not audited: only an owner or admin may list them',
      'Subscriptions of group scope were not audited: the token lacks the OAuth scope groups:read',
      "CREATOR_GONE was not judged: this caller may not list the organization's members",
      'KEY_UNKNOWN, CONTESTED, DRIFT and MISSING do not apply with CALENDLY_TOKEN alone: there is no stored connection to compare with',
    ])
    expect([verdict(document), summaryLine(document), verdict(mixed)]).toEqual([
      'Nothing found in 0 subscriptions',
      'No subscriptions',
      '1 error and 1 warning found in 3 subscriptions',
    ])
  })
})
