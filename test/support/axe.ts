// Whether people can use a page: what axe finds, and whether it is wider than its window.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** The rules that a page breaks; none for a good one. */
export async function axeViolations(page: Page): Promise<readonly string[]> {
  // Over the debugging protocol: the page's own policy allows no script, and stays as it is.
  const found: unknown = await page.evaluate(
    `(() => { ${AXE}; return axe.run(document) })().then((result) => result.violations.map((one) => one.id))`,
  )
  return Array.isArray(found) ? found.map(String) : ['axe gave no answer']
}

/** By how many pixels a page is wider than its window. */
export async function overflowOf(page: Page): Promise<number> {
  // In words of the page, because the tests' own types know no document.
  return Number(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth'))
}
