// The exit table: part of the contract with scripts.

export const EXIT_CODES = {
  ok: 0,
  bug: 1,
  usage: 2,
  findings: 3,
  auth: 4,
  refused: 5,
  unreachable: 6,
  rate_limited: 7,
  partial: 8,
  store: 9,
  interrupted: 130,
} as const

export type ExitName = keyof typeof EXIT_CODES

/** One line each, for `help exit-codes`. */
export const EXIT_MEANINGS: Record<ExitName, string> = {
  ok: 'done, or nothing to do',
  bug: 'an unexpected error in this tool',
  usage: 'bad flag or value, missing setting, or input needed but --no-input',
  findings: '`audit` found something at or above --fail-on; `verify` says invalid; `plan --detailed-exitcode` has changes',
  auth: 'no such connection, authorization revoked or refused, wrong client, insufficient scope',
  refused: 'Calendly refused for another reason (400, 403, 404, 409, 422)',
  unreachable: "network, TLS, timeout, 5xx, or an answer that is not Calendly's",
  rate_limited: '429 and the wait would exceed --max-wait (default 60 s)',
  partial: 'some steps were done and others failed; running again continues',
  store: 'the store is locked, full, read-only, damaged, newer than this tool, or encrypted with another key',
  interrupted: 'SIGINT or SIGTERM',
}
