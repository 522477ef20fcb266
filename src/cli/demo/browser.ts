// Plays the person in front of the browser: opens the consent page, presses Allow, follows the redirect.

const FIELD = /<input\b[^>]*>/g
const BUTTON = /<button\b[^>]*\bname="([^"]+)"[^>]*\bvalue="([^"]+)"[^>]*>\s*Allow\s*<\/button>/

/** Resolves when the page behind the redirect has been shown. */
export async function allowInBrowser(authorizeUrl: string): Promise<void> {
  const page = await fetch(authorizeUrl)
  const html = await page.text()
  if (!page.ok) throw new Error(`The consent page answered ${page.status}`)
  const action = unescapeHtml(/<form\b[^>]*\baction="([^"]*)"/.exec(html)?.[1] ?? '')
  const form = new URLSearchParams()
  for (const [field] of html.matchAll(FIELD)) {
    const type = attribute(field, 'type')
    const name = attribute(field, 'name')
    const chosen = (type !== 'checkbox' && type !== 'radio') || /\bchecked\b/.test(field)
    if (name !== null && type !== 'submit' && chosen) form.append(name, attribute(field, 'value') ?? 'on')
  }
  const [, name, value] = BUTTON.exec(html) ?? []
  if (name === undefined || value === undefined) throw new Error('The consent page has no Allow button')
  form.append(name, unescapeHtml(value))
  const answer = await fetch(new URL(action, authorizeUrl), { method: 'POST', body: form, redirect: 'manual' })
  const location = answer.headers.get('location')
  if (location === null) throw new Error(`The consent form answered ${answer.status} without a redirect`)
  await (await fetch(location)).text()
}

function attribute(tag: string, name: string): string | null {
  const found = new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1]
  return found === undefined ? null : unescapeHtml(found)
}

function unescapeHtml(text: string): string {
  return text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}
