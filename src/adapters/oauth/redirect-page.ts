// The pages that the browser shows at the redirect URI. Pure; no script, nothing from elsewhere, every text escaped.

import { createHash } from 'node:crypto'

const STYLE = `
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#14181f;--soft:#5b6472;--line:#e3e6eb;--good:#0f7b46;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--bg:#0f1216;--card:#181c22;--ink:#eef1f5;--soft:#a3acb9;--line:#2a3038;--good:#5fd39a;--bad:#ff9a91}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px;background:var(--bg);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{width:100%;max-width:440px;padding:40px 32px;background:var(--card);border:1px solid var(--line);border-radius:16px;text-align:center}
.mark{width:56px;height:56px;margin:0 auto 20px;color:var(--good)}
.bad .mark{color:var(--bad)}
h1{margin:0 0 8px;font-size:1.375rem;line-height:1.3;text-wrap:balance}
p{margin:0;overflow-wrap:anywhere;text-wrap:balance}
p+p{margin-top:12px;color:var(--soft)}
footer{margin-top:28px;padding-top:20px;border-top:1px solid var(--line);font-size:.875rem;color:var(--soft)}
`

const CHECK = '<path d="M8 12.5l2.7 2.7L16.2 9.5"/>'
const CROSS = '<path d="M9 9l6 6M15 9l-6 6"/>'

export interface Page {
  readonly good: boolean
  readonly title: string
  readonly lines: readonly string[]
}

/** The whole document. */
export function renderPage({ good, title, lines }: Page): string {
  const icon = `<svg class="mark" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><circle cx="12" cy="12" r="10"/>${good ? CHECK : CROSS}</svg>`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)} · calreconnect</title>
<style>${STYLE}</style>
</head>
<body>
<main class="${good ? 'good' : 'bad'}">
${icon}
<h1>${escapeHtml(title)}</h1>
${lines.map((line) => `<p>${escapeHtml(line)}</p>`).join('\n')}
<footer>calreconnect</footer>
</main>
</body>
</html>
`
}

/** Sent with every page: nothing is loaded, cached, framed or told to others. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  connection: 'close',
}

export function connectedPage(account: string): Page {
  return { good: true, title: 'Connected to Calendly', lines: [account, 'You can close this page and go back to the terminal.'] }
}

export function failedPage(reason: string): Page {
  return { good: false, title: 'Not connected', lines: [reason, 'The terminal says what to do next. You can close this page.'] }
}

export function rejectedPage(reason: string): Page {
  return {
    good: false,
    title: 'Not the answer that was awaited',
    lines: [reason, 'Nothing came of it. To connect an account, go on with the page that the terminal names.'],
  }
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;')
}
