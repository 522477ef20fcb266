// What a person sees between the app and Calendly: the consent form, and an error. Knows nothing of how it is answered.
import type { App, User } from '../entities.ts'
import { escapeHtml as escape, htmlPage } from '../html.ts'
import type { Answer } from '../refusals.ts'

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
  return htmlPage({ status: 200, title: `Allow ${asked.app.name}?`, content, formAction: `'self' ${redirectSource(asked.redirectUri)}` })
}

/** An error that must not be sent to the app. */
export function errorPage(status: number, problem: string): Answer {
  const content = `<h1>An error has occurred</h1>\n<p>${escape(problem)}</p>`
  return htmlPage({ status, title: 'Authorization error', content, formAction: `'none'` })
}

function redirectSource(redirectUri: string): string {
  const { protocol, origin } = new URL(redirectUri)
  return protocol === 'http:' || protocol === 'https:' ? origin : protocol
}
