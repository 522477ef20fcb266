// The system's Chromium for tests that must see a page. Says why where there is none.

import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const found = PLACES.find((path) => existsSync(path))

/** Null, with a line on stderr, where no Chromium is installed. */
export function chromiumPath(): string | null {
  if (found === undefined) process.stderr.write(`No Chromium at ${PLACES.join(', ')}: browser tests are skipped\n`)
  return found ?? null
}

export function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: ARGS, headless: true })
}
