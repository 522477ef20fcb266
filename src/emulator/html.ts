// The frame of every page that the emulator shows to a person: without script, for phones too, light and dark, everything escaped.
// Knows nothing of what is on it.
import { createHash } from 'node:crypto'
import type { Answer } from './refusals.ts'

const STYLE = `
:root { color-scheme: light dark; --text: #1a1f36; --muted: #556076; --card: #fff; --page: #f2f4f8; --line: #d5dae3; --main: #0b57d0; --on-main: #fff; --bad: #a3251d; --good: #1b6e3c }
@media (prefers-color-scheme: dark) { :root { --text: #eceff6; --muted: #a9b4c8; --card: #1b2130; --page: #10141d; --line: #3a4358; --main: #8ab4ff; --on-main: #0b1a33; --bad: #ffaaa3; --good: #8fdcae } }
* { box-sizing: border-box }
body { margin: 0; padding: 4vh 1rem; background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, sans-serif }
main { max-width: 28rem; margin: 0 auto; padding: 1.75rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem }
main.wide { max-width: 64rem; padding: 0; background: transparent; border: 0 }
h1 { margin: 0 0 .25rem; font-size: 1.35rem; line-height: 1.3; overflow-wrap: anywhere; text-wrap: balance }
h2 { margin: 2rem 0 .5rem; font-size: 1.1rem; line-height: 1.3 }
p { margin: .25rem 0 1rem; color: var(--muted); overflow-wrap: anywhere }
p:last-child { margin-bottom: 0 }
a { color: var(--main) }
strong { color: var(--text) }
label, legend { font-weight: 600 }
legend { padding: 0 }
fieldset { margin: 1.25rem 0; padding: 0; border: 0 }
select { display: block; width: 100%; margin-top: .25rem; padding: .6rem; font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: .4rem }
.scope { display: flex; gap: .6rem; align-items: center; min-height: 2rem; font-weight: 400; font-family: ui-monospace, monospace; font-size: .9rem }
.scope input { margin: 0; width: 1.1rem; height: 1.1rem; accent-color: var(--main) }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.5rem }
button { flex: 1; min-height: 2.75rem; padding: 0 1rem; font: inherit; font-weight: 600; color: inherit; background: transparent; border: 1px solid var(--line); border-radius: .4rem; cursor: pointer }
button.main { color: var(--on-main); background: var(--main); border-color: var(--main) }
:focus-visible { outline: 3px solid var(--main); outline-offset: 2px }
footer { max-width: 28rem; margin: 1rem auto 0; color: var(--muted); font-size: .85rem; text-align: center }
ul.cards { margin: 0; padding: 0; list-style: none; display: grid; gap: .5rem }
ul.cards > li { padding: .75rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; overflow-wrap: anywhere; min-width: 0 }
ul.cards p { margin: 0; font-size: .9rem }
.row { display: flex; flex-wrap: wrap; gap: .25rem 1rem; justify-content: space-between; align-items: center }
.row form, .side form { display: flex; flex-wrap: wrap; gap: .5rem }
.row button { white-space: nowrap }
.side { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end }
.side > form { flex: 1 1 16rem; align-items: end }
.side > form > div { flex: 2 1 14rem }
.side button { flex: 1 1 auto }
.bad { color: var(--bad) }
.good { color: var(--good) }
.notice { padding: .75rem 1rem; color: var(--text); background: var(--card); border: 1px solid var(--main); border-radius: .5rem }
details { margin-top: .25rem; font-size: .9rem }
summary { cursor: pointer; min-height: 1.75rem }
pre { margin: .5rem 0 0; font: .8rem/1.45 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere }
ol { margin: .25rem 0 0; padding-left: 1.25rem; color: var(--muted) }
`

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

/** What a page is made of. `content` is HTML; whoever makes it escapes what is not theirs. */
export interface Page {
  readonly status: number
  readonly title: string
  readonly content: string
  /** Where its forms may lead (Content-Security-Policy). */
  readonly formAction: string
  readonly wide?: true
  /** Forms of our own tell where they come from; a consent form tells the app nothing. */
  readonly referrer?: 'same-origin'
}

/** The whole document with the headers that keep it to itself. */
export function htmlPage({ status, title, content, formAction, wide, referrer }: Page): Answer {
  const html = `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><main${wide === true ? ' class="wide"' : ''}>
${content}
</main><footer>calreconnect emulator: a local stand-in for Calendly</footer></body>
</html>
`
  const policy = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action ${formAction}; frame-ancestors 'none'; base-uri 'none'`
  const headers = {
    'content-security-policy': policy,
    'referrer-policy': referrer ?? 'no-referrer',
    'cache-control': 'no-store',
    'x-frame-options': 'DENY',
  }
  return { status, html, headers }
}

/** Text as it may stand between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;')
}
