// Writes a calreconnect.yaml from what exists (`webhooks plan --init`). What is not managed here is listed as comments.

import { stringify } from 'yaml'
import type { AccountToDeclare } from '../../core/ports/files.ts'

const HEADER = `# What should be at Calendly, for each connected account.
#   calreconnect webhooks plan     shows what would change
#   calreconnect webhooks apply    changes it
# Webhooks of these accounts that are managed by calreconnect and not listed here are deleted.
# Webhooks that others made stay, unless they are in the place of a listed one.
version: 1
`

/** The file's text, with a newline at the end. */
export function formatDeclaration(accounts: readonly AccountToDeclare[]): string {
  if (accounts.length === 0) return `${HEADER}accounts: {}\n`
  return `${HEADER}accounts:\n${accounts.map(formatAccount).join('')}`
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
