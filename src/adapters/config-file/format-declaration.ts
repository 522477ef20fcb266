// Writes a calreconnect.yaml from what exists (`webhooks plan --init`). What is not managed here is listed as comments.

import { stringify } from 'yaml'
import { withoutTokens } from '../../core/secrets/visible.ts'
import type { AccountToDeclare } from '../../core/ports/files.ts'

const HEADER = `# What should be at Calendly, for each connected account.
#   calreconnect webhooks plan     shows what would change
#   calreconnect webhooks apply    changes it
# Webhooks of these accounts that are managed by calreconnect and not listed here are deleted.
# Webhooks that others made stay, unless they are in the place of a listed one.
version: 1
`

const MASKED = `# A URL below has a token in it that is masked: write it in before the file is used, or make the file with --show-secrets.
`

/**
 * The file's text, with a newline at the end.
 * @param options.secrets false: tokens in URLs are masked, and a note says so; such a file is refused until they are written in
 */
export function formatDeclaration(accounts: readonly AccountToDeclare[], { secrets }: { readonly secrets: boolean }): string {
  if (accounts.length === 0) return `${HEADER}accounts: {}\n`
  const body = accounts.map(formatAccount).join('')
  const shown = secrets ? body : withoutTokens(body)
  return `${shown === body ? '' : MASKED}${HEADER}accounts:\n${shown}`
}

function formatAccount({ name, webhooks, foreign }: AccountToDeclare): string {
  const listed = webhooks.map(({ callbackUrl, events, scope, group }) => {
    return { callback_url: callbackUrl, events: [...events], scope, ...(group === null ? {} : { group }) }
  })
  // lineWidth 0: a long URL stays on its line.
  const body = indented(stringify({ [name]: { webhooks: listed } }, { lineWidth: 0 }), '  ')
  if (foreign.length === 0) return body
  const lines = foreign.map((one) => `      # - ${oneLine(one.callbackUrl)}  ${one.scope}, ${one.state}: ${oneLine(one.events.join(', '))}`)
  return `${body}      # Made elsewhere, left alone:\n${lines.join('\n')}\n`
}

function indented(text: string, by: string): string {
  return text.replaceAll(/^(?=.)/gm, by)
}

/** Somebody else's text must not end the comment. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Control}\u2028\u2029]/gu, ' ')
}
