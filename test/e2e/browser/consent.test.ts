// `connect` through a real browser: the emulator's consent form, the redirect, the page that ends it. Light and dark, wide and phone.

import type { Browser, Page, Response } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startEmulator } from '../../../src/emulator/server.ts'
import { type AccountCli, accountCli } from '../../support/account-cli.ts'
import { freePort } from '../../support/http-server.ts'
import { axeViolations, overflowOf } from '../../support/axe.ts'
import { type BrowserProgram, browserProgram } from '../../support/browser-program.ts'
import { chromiumPath, launchChromium } from '../../support/chromium.ts'
import type { Running } from '../../support/cli.ts'
import { CERT_FILE, KEY_FILE } from '../../support/tls.ts'

const executable = chromiumPath()
const CSP = /^default-src 'none'; style-src 'sha256-[\w+/=]+'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/
const SIZES = [
  ['wide', { width: 1280, height: 800 }],
  ['phone', { width: 390, height: 844 }],
] as const
const SCHEMES = ['light', 'dark'] as const

let browser: Browser
let cli: AccountCli
let program: BrowserProgram

/** Begins `connect`; the page comes through the product's own BROWSER path. */
async function begin(...args: readonly string[]): Promise<{ readonly running: Running; readonly page: string }> {
  const running = cli.start(['connect', ...args], { env: { BROWSER: program.path } })
  const ended = running.done.then((result) => Promise.reject(new Error(`connect ended early: ${result.stderr}`)))
  return { running, page: await Promise.race([program.opened(), ended]) }
}

/** What must be so of every page that is shown. */
async function checkPage(page: Page, response: Response | null, policy: RegExp): Promise<void> {
  const headers = response?.headers() ?? {}
  expect(headers['content-security-policy']).toMatch(policy)
  expect({ referrer: headers['referrer-policy'], cache: headers['cache-control'], scripts: await page.locator('script').count() }).toEqual({
    referrer: 'no-referrer',
    cache: 'no-store',
    scripts: 0,
  })
  expect(await overflowOf(page)).toBeLessThanOrEqual(0)
  expect(await axeViolations(page)).toEqual([])
}

/** Presses a button of the form and gives the page that this ends at. */
async function decide(page: Page, decision: 'allow' | 'deny'): Promise<Response> {
  const last = page.waitForResponse((response) => response.url().startsWith(cli.redirectUri) && response.status() !== 302)
  await page.click(`button[value=${decision}]`)
  const response = await last
  await page.waitForLoadState('load')
  return response
}

describe.skipIf(executable === null)('connect in a browser', () => {
  beforeAll(async () => {
    browser = await launchChromium(executable ?? '')
  })
  afterAll(() => browser.close())
  beforeEach(async () => {
    cli = await accountCli()
    program = browserProgram(cli.folder)
  })
  afterEach(() => cli.close())

  for (const [size, viewport] of SIZES)
    for (const colorScheme of SCHEMES) {
      test(`connect shows a consent form and then success: ${size}, ${colorScheme}`, async () => {
        const page = await browser.newPage({ viewport, colorScheme })
        const { running, page: url } = await begin('--callback-url', 'https://hooks.example.com/a')
        await checkPage(page, await page.goto(url), /^default-src 'none'; style-src 'sha256-/)
        expect(await page.locator('h1').innerText()).toBe('calreconnect wants to use your Calendly account')
        const response = await decide(page, 'allow')
        await checkPage(page, response, CSP)
        expect({ status: response.status(), title: await page.title(), shown: await page.locator('main').innerText() }).toEqual({
          status: 200,
          title: 'Connected to Calendly · calreconnect',
          shown: 'Connected to Calendly\n\nowner@example.com\n\nYou can close this page and go back to the terminal.\n\ncalreconnect',
        })
        const { code, stdout } = await running.done
        expect({ code, first: stdout.split('\n')[0] }).toEqual({ code: 0, first: '✓ Connected owner@example.com (owner)' })
        await page.close()
      })

      test(`connect shows why it was denied, on the page and on stderr: ${size}, ${colorScheme}`, async () => {
        const page = await browser.newPage({ viewport, colorScheme })
        const { running, page: url } = await begin()
        await page.goto(url)
        const response = await decide(page, 'deny')
        await checkPage(page, response, CSP)
        expect(response.status()).toBe(400)
        expect(await page.locator('main').innerText()).toMatch(/^Not connected\n\n.*access_denied.*\n\nThe terminal says what to do next\./)
        const { code, stdout, stderr } = await running.done
        expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
        expect(stderr).toMatch(/^Error: .*denied[^\n]*\nHint: calreconnect connect$/m)
        await page.close()
      })

      test(`connect refuses a forged redirect with a page and waits for the right one: ${size}, ${colorScheme}`, async () => {
        const page = await browser.newPage({ viewport, colorScheme })
        const { running, page: url } = await begin()
        const forged = await page.goto(`${cli.redirectUri}?state=forged&code=c`)
        await checkPage(page, forged, CSP)
        expect({ status: forged?.status(), title: await page.locator('h1').innerText() }).toEqual({
          status: 400,
          title: 'Not the answer that was awaited',
        })
        await page.goto(url)
        await decide(page, 'allow')
        const { code, stderr } = await running.done
        expect({ code, warnings: stderr.split('\n').filter((line) => line.startsWith('Warning:')).length }).toEqual({
          code: 0,
          warnings: 1,
        })
        await page.close()
      })
    }

  test('connect takes the account that is chosen on the form, and warns of permissions that were declined', async () => {
    cli.emulator.control.add({ users: [{ name: 'Grace Hopper', email: 'grace@example.com' }] })
    const page = await browser.newPage()
    const { running, page: url } = await begin()
    await page.goto(url)
    expect(await axeViolations(page)).toEqual([])
    const grace = await page.locator('option', { hasText: 'grace@example.com' }).getAttribute('value')
    await page.selectOption('select[name=user]', grace)
    await page.uncheck('input[value="webhooks:write"]')
    await decide(page, 'allow')
    expect(await page.locator('main').innerText()).toContain('grace@example.com')
    const { code, stdout, stderr } = await running.done
    expect({ code, stdout: stdout.split('\n')[0] }).toMatchObject({ code: 0, stdout: expect.stringContaining('grace@example.com') })
    expect(stderr).toContain('Warning: These OAuth scopes were asked for and not granted: webhooks:write')
    await page.close()
  })

  test('connect shows a failed exchange on the page, without the code or any token in it', async () => {
    const page = await browser.newPage()
    const { running, page: url } = await begin()
    cli.emulator.control.addFaults([{ path: '/oauth/token', action: 'status', status: 500, times: null }])
    await page.goto(url)
    const response = await decide(page, 'allow')
    expect(response.status()).toBe(400)
    const shown = await page.locator('main').innerText()
    expect(shown.startsWith('Not connected')).toBe(true)
    expect(shown).not.toContain(new URL(response.url()).searchParams.get('code'))
    expect((await running.done).code).toBe(6)
    await page.close()
  })

  test('connect over https at localhost, with a production app that allows nothing else', async () => {
    const redirectUri = `https://localhost:${await freePort()}/callback`
    const seed = { apps: [{ kind: 'web', environment: 'production', redirect_uris: [redirectUri] }, { kind: 'native' }] }
    const emulator = await startEmulator({ seed })
    const env = {
      BROWSER: program.path,
      CALENDLY_AUTH_URL: emulator.url,
      CALENDLY_API_URL: emulator.url,
      CALENDLY_CLIENT_ID: emulator.info.clientId,
      CALENDLY_CLIENT_SECRET: emulator.info.clientSecret,
    }
    const tls = ['--redirect-uri', redirectUri, '--tls-cert', CERT_FILE, '--tls-key', KEY_FILE]
    const running = cli.start(['connect', ...tls], { env })
    const context = await browser.newContext({ ignoreHTTPSErrors: true })
    const page = await context.newPage()
    await page.goto(await program.opened())
    await page.click('button[value=allow]')
    await page.waitForURL(/^https:\/\/localhost/)
    expect(await page.locator('h1').innerText()).toBe('Connected to Calendly')
    expect((await running.done).code).toBe(0)
    await context.close()
    await emulator.close()
  })
})
