// The emulator's page at / in a real browser: what it shows, and that its buttons do what they say. Light and dark, wide to phone.

import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startEmulator, type Emulator } from '../../../src/emulator/server.ts'
import { axeViolations, overflowOf } from '../../support/axe.ts'
import { chromiumPath, launchChromium } from '../../support/chromium.ts'
import { type HttpServer, startHttpServer } from '../../support/http-server.ts'

const executable = chromiumPath()
const WIDTHS = [390, 768, 1280]

describe.skipIf(executable === null)('the page of the emulator', () => {
  let browser: Browser
  let page: Page
  let receiver: HttpServer
  let emulator: Emulator
  let status: number

  beforeAll(async () => {
    browser = await launchChromium(executable ?? '')
  })
  afterAll(async () => browser.close())
  beforeEach(async () => {
    status = 200
    receiver = await startHttpServer((_request, response) => void response.writeHead(status).end())
    emulator = await startEmulator({
      seed: {
        organizations: [{ name: 'Acme <script>alert(1)</script>' }],
        users: [
          { email: 'ada@example.com', name: 'Ada "Owner" & co' },
          { email: 'bo@example.com', name: 'Bo' },
        ],
        subscriptions: [
          { callback_url: receiver.url.href },
          { callback_url: `https://example.com/${'a-long-path-without-a-break'.repeat(8)}`, state: 'disabled' },
        ],
      },
    })
    page = await browser.newPage()
  })
  afterEach(async () => {
    await page.close()
    await emulator.close()
    await receiver.close()
  })

  const card = (section: string) => page.locator(`section[aria-labelledby=${section}] li`)
  const press = (name: string | RegExp) => page.getByRole('button', { name }).first().click()

  test('books with whom is chosen, reschedules, cancels, and shows each delivery with its attempts and body', async () => {
    await page.goto(emulator.url)
    await page.getByLabel('Meeting with').selectOption({ label: 'Bo (bo@example.com)' })
    await press('Book a meeting')
    expect(await page.getByRole('status').textContent()).toBe('Booked a meeting.')
    expect(emulator.control.deliveries().map(({ event }) => event)).toEqual(['invitee.created'])
    await press(/^Reschedule 30 Minute Meeting with John Doe/)
    await press(/^Cancel 30 Minute Meeting with John Doe/)
    expect(await card('deliveries').locator('> strong').allTextContents()).toEqual([
      'invitee.canceled',
      'invitee.created',
      'invitee.canceled',
      'invitee.created',
    ])
    expect(await card('deliveries').first().textContent()).toMatch(/delivered.*answered 200/s)
    await page.getByText('Body of this invitee.canceled').first().click()
    expect(await page.locator('pre').first().textContent()).toContain('"event": "invitee.canceled"')
    expect(await card('meetings').allTextContents()).toEqual([expect.stringContaining('canceled'), expect.stringContaining('rescheduled')])
    expect(receiver.requests).toHaveLength(4)
  })

  test('shows a receiver that fails: the answer, the next try, since when it is retried', async () => {
    status = 500
    await page.goto(emulator.url)
    await press('Book a meeting')
    expect(await card('deliveries').first().textContent()).toMatch(/pending.*answered 500.*Next try at/s)
    expect(await card('subscriptions').first().textContent()).toContain('retrying since')
  })

  test('expires access tokens', async () => {
    const { accessToken } = emulator.control.issueTokens({ clientId: emulator.info.clientId })
    await page.goto(emulator.url)
    await press('Expire access tokens (1 live)')
    expect(await page.getByRole('button', { name: 'Expire access tokens (0 live)' }).count()).toBe(1)
    const answer = await fetch(`${emulator.url}/users/me`, { headers: { authorization: `Bearer ${accessToken}` } })
    expect(answer.status).toBe(401)
  })

  test.each(WIDTHS.flatMap((width) => (['light', 'dark'] as const).map((scheme) => ({ width, scheme }))))(
    'can be used by everybody and fits: $width px, $scheme',
    async ({ width, scheme }) => {
      await emulator.control.bookMeeting()
      await emulator.control.cancelMeeting((await emulator.control.bookMeeting()).meeting.uri, {})
      await page.setViewportSize({ width, height: 844 })
      await page.emulateMedia({ colorScheme: scheme })
      const response = await page.goto(`${emulator.url}/?done=cancel`)
      expect(response?.headers()['content-security-policy']).toMatch(
        /^default-src 'none'; style-src 'sha256-[\w+/=]+'; form-action 'self'; /,
      )
      expect([await page.locator('script').count(), await page.locator('h1').count()]).toEqual([0, 1])
      expect(await overflowOf(page)).toBeLessThanOrEqual(0)
      await page.locator('details').first().click()
      expect(await overflowOf(page)).toBeLessThanOrEqual(0)
      expect(await axeViolations(page)).toEqual([])
    },
  )

  test('takes no form from another site', async () => {
    const other = await startHttpServer((_request, response) => {
      response.setHeader('content-type', 'text/html')
      response.end(`<form method="post" action="${emulator.url}/"><input name="action" value="expire"><button>Win a prize</button></form>`)
    })
    const { accessToken } = emulator.control.issueTokens({ clientId: emulator.info.clientId })
    await page.goto(other.url.href)
    const [answer] = await Promise.all([page.waitForResponse((response) => response.url().startsWith(emulator.url)), press('Win a prize')])
    await other.close()
    expect(answer.status()).toBe(403)
    const still = await fetch(`${emulator.url}/users/me`, { headers: { authorization: `Bearer ${accessToken}` } })
    expect(still.status).toBe(200)
  })
})
