// The HTML report as a browser sees it: accessible, self-contained, and drawn to scale.

import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { renderHtml } from '../../../src/cli/render/audit/html.ts'
import { auditDocument, FILE_VIEW, MEMBERS } from '../../support/audit.ts'
import { aSubscription } from '../../support/builders.ts'
import { chromiumPath, launchChromium } from '../../support/chromium.ts'

const HOSTILE = 'https://x.example.com/"><img src="https://evil.example.net/x.png"><script src="https://evil.example.net/x.js"></script>'

const accumulated = Array.from({ length: 137 }, (_, n) =>
  aSubscription(`id-${n}`, {
    callbackUrl: n % 3 === 0 ? `https://t${n}.ngrok-free.app/hook` : `https://app${n % 9}.example.com/hook/${n}`,
    createdAt: new Date(Date.UTC(2025, 10, 3) + n * n * 1_600_000).toISOString(),
    state: n % 23 === 5 ? 'disabled' : 'active',
  }),
)
const DOCUMENTS = {
  accumulated: auditDocument([...accumulated, aSubscription('bad', { callbackUrl: HOSTILE })], { memberships: MEMBERS, totalMax: 50 }),
  clean: auditDocument([aSubscription('one')], { memberships: MEMBERS }),
  empty: auditDocument([], { known: null, desired: null, account: null }),
}
const LOOKS = [
  { colorScheme: 'light', width: 1180 },
  { colorScheme: 'dark', width: 1180 },
  { colorScheme: 'light', width: 390 },
  { colorScheme: 'dark', width: 390 },
] as const

const chromium = chromiumPath()

describe.runIf(chromium !== null)('renderHtml() in Chromium', () => {
  let browser: Browser | null = null
  beforeAll(async () => {
    browser = await launchChromium(chromium ?? '')
  })
  afterAll(async () => {
    await browser?.close()
  })

  /** The report, opened; with the URLs that it asked for. */
  async function open(name: keyof typeof DOCUMENTS, look: (typeof LOOKS)[number]): Promise<{ page: Page; asked: string[] }> {
    if (browser === null) throw new Error('no browser')
    const { colorScheme, width } = look
    // Without it axe could not be run: the page's own policy allows no script at all.
    const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 }, bypassCSP: true })
    const asked: string[] = []
    page.on('request', (request) => void asked.push(request.url()))
    await page.setContent(renderHtml([DOCUMENTS[name]], FILE_VIEW))
    return { page, asked }
  }

  const cases = Object.keys(DOCUMENTS).flatMap((name) => LOOKS.map((look) => ({ name: name as keyof typeof DOCUMENTS, look, ...look })))
  test.each(cases)('renderHtml() of the $name audit has no axe violation: $colorScheme, $width pixels', async ({ name, look }) => {
    const { page, asked } = await open(name, look)
    for (const details of await page.locator('details').all()) await details.evaluate((element) => element.setAttribute('open', ''))
    await page.evaluate(axe.source)
    const violations: unknown = await page.evaluate(
      `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 200))]))`,
    )
    expect(violations).toEqual([])
    expect(asked).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true)
    await page.close()
  })

  test.each(LOOKS)('renderHtml() draws bars as high as the counts: $colorScheme, $width pixels', async (look) => {
    const { page } = await open('accumulated', look)
    const drawn = await page.locator('svg.plot rect.total').evaluateAll((rects) =>
      rects.map((rect) => ({
        date: rect.getAttribute('data-date'),
        total: Number(rect.getAttribute('data-value')),
        height: rect.getBoundingClientRect().height,
      })),
    )
    const { history } = DOCUMENTS.accumulated.result
    expect(drawn.map(({ date, total }) => ({ date, total }))).toEqual(history.map(({ date, total }) => ({ date, total })))
    const pixelsEach = (drawn.at(-1)?.height ?? 0) / (history.at(-1)?.total ?? 1)
    expect(pixelsEach).toBeGreaterThan(1)
    for (const { total, height } of drawn) expect(Math.abs(height - total * pixelsEach)).toBeLessThan(0.1)
    await page.close()
  })
})
