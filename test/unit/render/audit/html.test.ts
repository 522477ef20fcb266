import { describe, expect, test } from 'vitest'
import { renderHtml } from '../../../../src/cli/render/audit/html.ts'
import { accumulationPlot } from '../../../../src/cli/render/audit/html-plot.ts'
import { html } from '../../../../src/cli/render/audit/html-text.ts'
import { auditDocument, FILE_VIEW, MEMBERS } from '../../../support/audit.ts'
import { aSubscription } from '../../../support/builders.ts'

interface Bar {
  readonly date: string
  readonly value: number
  /** Of the plot's full height. */
  readonly share: number
}

const PLOT_HEIGHT = 220

/** The bars of one kind as they are drawn. */
function bars(svg: string, kind: 'total' | 'created'): { readonly top: number; readonly bars: Bar[] } {
  const found = svg.matchAll(new RegExp(`<rect class="${kind}" data-date="([^"]+)" data-value="(\\d+)"[^>]* height="([^"]+)"`, 'g'))
  return {
    top: Number(/data-top="(\d+)"/.exec(svg)?.[1]),
    bars: [...found].map(([, date = '', value, height]) => ({ date, value: Number(value), share: Number(height) / PLOT_HEIGHT })),
  }
}

describe('html()', () => {
  test.each([
    ['<script>alert("x")</script>', '&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;'],
    [`' & "`, '&#39; &amp; &quot;'],
    ['a\u0000\u001b\ud800b', 'a\ufffd\ufffd\ufffdb'],
  ])('html() makes %j safe', (plain, escaped) => {
    expect(html(plain)).toBe(escaped)
  })
})

describe('accumulationPlot()', () => {
  test.each([
    ['a few', [1, 2, 2, 5]],
    ['many', Array.from({ length: 60 }, (_, n) => n * 17)],
    ['none', [0]],
    ['falling', [200, 137, 137, 1, 0]],
  ])('accumulationPlot() of %s draws a bar for each point, as high as its count', (_, totals) => {
    const history = totals.map((total, n) => ({ date: `2026-01-${n}`, created: Math.min(n, total), total }))
    const svg = accumulationPlot(history, 'day')
    const drawn = bars(svg, 'total')
    expect(drawn.bars.map(({ date, value }) => ({ date, value }))).toEqual(history.map(({ date, total }) => ({ date, value: total })))
    for (const { value, share } of drawn.bars) expect(share).toBeCloseTo(value / drawn.top, 4)
    const fresh = bars(svg, 'created')
    expect(fresh.bars.map(({ value }) => value)).toEqual(history.map(({ created }) => created).filter((created) => created > 0))
    for (const { value, share } of fresh.bars) expect(share).toBeCloseTo(value / drawn.top, 4)
  })

  test('accumulationPlot() labels its axis in whole, round steps up to the highest bar or just above', () => {
    const ticksOf = (total: number) =>
      [...accumulationPlot([{ date: '2026-01-01', created: 0, total }], 'day').matchAll(/text-anchor="end">([\d,]+)</g)].map(
        ([, tick]) => tick,
      )
    expect([0, 1, 3, 7, 137, 5000].map(ticksOf)).toEqual([
      ['0', '1'],
      ['0', '1'],
      ['0', '1', '2', '3'],
      ['0', '2', '4', '6', '8'],
      ['0', '50', '100', '150'],
      ['0', '1,000', '2,000', '3,000', '4,000', '5,000'],
    ])
  })
})

describe('the dates of accumulationPlot()', () => {
  test.each([1, 2, 3, 4, 5, 7, 9, 10, 12, 31, 200])(
    'the first and the last of %i bars are dated, and no dates touch on a phone',
    (points) => {
      const history = Array.from({ length: points }, (_, n) => ({ date: `2026-01-${n + 1}`, created: 1, total: n + 1 }))
      const dates = accumulationPlot(history, 'day').matchAll(/ x="([\d.]+)%"[^>]*>(\d+) Jan</g)
      const found = [...dates].map(([, x, day]) => ({ x: Number(x), day: Number(day) }))
      const [first, last] = [found[0]?.day, found.at(-1)?.day]
      const isWideEnough = points === 1 || found.length > 1
      // Some 60 of a phone's 300 pixels.
      const gaps = found.slice(1).map(({ x }, at) => x - (found[at]?.x ?? 0))
      expect([first, points > 3 ? last : points, isWideEnough || points <= 3, gaps.filter((gap) => gap < 20)]).toEqual([
        1,
        points,
        true,
        [],
      ])
    },
  )
})

describe('renderHtml()', () => {
  const hostile = 'https://x.example.com/"><img src=x onerror=alert(1)><script>alert(1)</script>'
  const document = auditDocument(
    [
      aSubscription('a', { callbackUrl: hostile, state: 'disabled' }),
      aSubscription('b', { callbackUrl: 'https://x.example.com/b' }),
      aSubscription('c', { callbackUrl: 'http://y.example.com/', scope: 'user', user: 'https://api.calendly.com/users/U' }),
    ],
    { memberships: MEMBERS },
  )
  const page = renderHtml([document], FILE_VIEW)

  test('renderHtml() has no script, no reference to anything outside, and nobody else’s markup', () => {
    expect(page).not.toMatch(/<(script|img|link|iframe|a|base)\b|<[^>]*\s(src|href|on\w+)=|url\(|@import/i)
    expect(page).toContain("default-src 'none'")
    expect(page).toContain(html(hostile))
  })

  test('renderHtml() groups subscriptions by host, the fullest first, each with its findings', () => {
    const hosts = [...page.matchAll(/<th colspan="4" scope="rowgroup">([^<]+)<span class="small">([^<]+)</g)].map(([, host, count]) => [
      host,
      count,
    ])
    expect(hosts).toEqual([
      ['x.example.com', '2 subscriptions'],
      ['y.example.com', '1 subscription'],
    ])
    expect(page.match(/<span class="badge \w+">\w+<\/span>/g)).toEqual([
      '<span class="badge error">DISABLED</span>',
      '<span class="badge warning">INSECURE_URL</span>',
      '<span class="badge error">DISABLED</span>',
      '<span class="badge warning">INSECURE_URL</span>',
    ])
  })

  test('renderHtml() gives every finding with its fix', () => {
    const fixes = [...page.matchAll(/<code class="fix">([^<]+)</g)].map(([, fix]) => fix)
    expect(fixes).toEqual(document.result.findings.map(({ fix }) => html(fix)))
  })

  test('renderHtml() of nothing says so', () => {
    const empty = renderHtml([auditDocument([], { memberships: MEMBERS })], FILE_VIEW)
    expect(empty).toContain('<p>None.</p>')
    expect(empty).toContain('<p>There are none.</p>')
  })
})
