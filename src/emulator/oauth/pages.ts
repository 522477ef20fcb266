// The two pages that a person sees: the consent form and an error. Without script, for phones too, light and dark, everything escaped.
import { createHash } from 'node:crypto'
import type { App, User } from '../entities.ts'
import type { Answer } from '../refusals.ts'

const STYLE = `
:root { color-scheme: light dark; --text: #1a1f36; --muted: #556076; --card: #fff; --page: #f2f4f8; --line: #d5dae3; --main: #0b57d0; --on-main: #fff }
@media (prefers-color-scheme: dark) { :root { --text: #eceff6; --muted: #a9b4c8; --card: #1b2130; --page: #10141d; --line: #3a4358; --main: #8ab4ff; --on-main: #0b1a33 } }
* { box-sizing: border-box }
body { margin: 0; padding: 4vh 1rem; background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, sans-serif }
main { max-width: 28rem; margin: 0 auto; padding: 1.75rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem }
h1 { margin: 0 0 .25rem; font-size: 1.35rem; line-height: 1.3; overflow-wrap: anywhere; text-wrap: balance }
p { margin: .25rem 0 1rem; color: var(--muted); overflow-wrap: anywhere }
p:last-child { margin-bottom: 0 }
strong { color: var(--text) }
label, legend { font-weight: 600 }
legend { padding: 0 }
fieldset { margin: 1.25rem 0; padding: 0; border: 0 }
select { display: block; width: 100%; margin-top: .25rem; padding: .6rem; font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: .4rem }
.scope { display: flex; gap: .6rem; align-items: center; min-height: 2rem; font-weight: 400; font-family: ui-monospace, monospace; font-size: .9rem }
.scope input { margin: 0; width: 1.1rem; height: 1.1rem; accent-color: var(--main) }
.actions { display: flex; gap: .75rem; margin-top: 1.5rem }
button { flex: 1; min-height: 2.75rem; font: inherit; font-weight: 600; color: inherit; background: transparent; border: 1px solid var(--line); border-radius: .4rem; cursor: pointer }
button.main { color: var(--on-main); background: var(--main); border-color: var(--main) }
:focus-visible { outline: 3px solid var(--main); outline-offset: 2px }
footer { max-width: 28rem; margin: 1rem auto 0; color: var(--muted); font-size: .85rem; text-align: center }
`

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

/** The form on which a user allows or denies an app. Scopes can be declined one by one, as at Calendly. */
export function consentPage(asked: {
  app: App
  scopes: readonly string[]
  redirectUri: string
  users: readonly User[]
  hidden: readonly (readonly [string, string])[]
}): Answer {
  const hidden = asked.hidden.map(([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`)
  const options = asked.users.map((user) => `<option value="${escape(user.uri)}">${escape(`${user.name} (${user.email})`)}</option>`)
  const scopes = asked.scopes.map(
    (scope) =>
      `<label class="scope"><input type="checkbox" name="granted_scope" value="${escape(scope)}" checked> ${escape(scope)}</label>`,
  )
  const account =
    asked.users.length === 1
      ? `<p>Signed in as <strong>${escape(asked.users[0]?.email ?? '')}</strong></p><input type="hidden" name="user" value="${escape(asked.users[0]?.uri ?? '')}">`
      : `<label for="user">Account</label><select id="user" name="user">${options.join('')}</select>`
  const content = `<h1>${escape(asked.app.name)} wants to use your Calendly account</h1>
<p>You will be sent to ${escape(new URL(asked.redirectUri).host || asked.redirectUri)}</p>
<form method="post" action="/oauth/authorize">
${hidden.join('\n')}
${account}
${scopes.length === 0 ? '<p>It asks for no permissions.</p>' : `<fieldset><legend>Permissions</legend>${scopes.join('\n')}</fieldset>`}
<div class="actions"><button name="decision" value="deny">Deny</button><button class="main" name="decision" value="allow">Allow</button></div>
</form>`
  // Browsers hold the redirect after a form to form-action too, so it must name where the answer goes.
  return page(200, `Allow ${asked.app.name}?`, content, `'self' ${redirectSource(asked.redirectUri)}`)
}

/** An error that must not be sent to the app. */
export function errorPage(status: number, problem: string): Answer {
  return page(status, 'Authorization error', `<h1>An error has occurred</h1>\n<p>${escape(problem)}</p>`, `'none'`)
}

function page(status: number, title: string, content: string, formAction: string): Answer {
  const html = `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escape(title)}</title><style>${STYLE}</style></head>
<body><main>
${content}
</main><footer>calreconnect emulator: a local stand-in for Calendly</footer></body>
</html>
`
  const policy = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action ${formAction}; frame-ancestors 'none'; base-uri 'none'`
  const headers = {
    'content-security-policy': policy,
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    'x-frame-options': 'DENY',
  }
  return { status, html, headers }
}

function redirectSource(redirectUri: string): string {
  const { protocol, origin } = new URL(redirectUri)
  return protocol === 'http:' || protocol === 'https:' ? origin : protocol
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;')
}
