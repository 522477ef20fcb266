// `help exit-codes` and `help environment`: made from what the program itself goes by.

import { EXIT_CODES, EXIT_MEANINGS, type ExitName } from '../../core/errors/exit-codes.ts'
import { alignedTable } from '../render/table/table.ts'
import { PLAIN } from '../render/view.ts'

const ENVIRONMENT: readonly (readonly [name: string, meaning: string])[] = [
  ['CALENDLY_CLIENT_ID', 'the OAuth app to connect with; wins over what app set keeps'],
  ['CALENDLY_CLIENT_SECRET', 'its secret: with it HTTP Basic, without it a native client (PKCE only)'],
  ['CALENDLY_TOKEN', 'a personal access token: used directly, stored nowhere, no connection needed (CI)'],
  ['CALENDLY_WEBHOOK_SIGNING_KEY', "the OAuth app's webhook signing key, one more candidate for verify"],
  ['CALENDLY_AUTH_URL', 'base URL of the OAuth server (default https://auth.calendly.com)'],
  ['CALENDLY_API_URL', 'base URL of the API (default https://api.calendly.com)'],
  ['CALRECONNECT_ACCOUNT', 'as --account'],
  ['CALRECONNECT_CALLBACK_URL', 'for --callback-url where a connection remembers none yet'],
  ['CALRECONNECT_REDIRECT_URI', 'default for --redirect-uri (else http://localhost:8917/callback)'],
  ['CALRECONNECT_DB', 'as --db'],
  ['PGHOST, PGPASSWORD, PGSERVICE …', 'what a postgres:// URL leaves out, as psql reads it; ~/.pgpass too'],
  ['CALRECONNECT_KEY', '32 bytes, base64: the key that encrypts secrets in the store; NEW,OLD to rotate it'],
  ['CALRECONNECT_CONFIG_DIR', "where the generated key file lives (default: the platform's config folder)"],
  ['CALRECONNECT_DEBUG', '1: as --debug'],
  ['CALRECONNECT_HAR', 'as --har'],
  ['BROWSER', 'a program that is run with the authorize URL as its only argument'],
  ['CI', 'true: as --no-input'],
  ['GITHUB_STEP_SUMMARY', 'where `webhooks audit --format github` adds its table'],
  ['NO_COLOR, FORCE_COLOR', 'colour off, or on without a terminal'],
  ['HTTPS_PROXY, HTTP_PROXY, NO_PROXY', 'proxies, honoured by every request'],
  ['NODE_EXTRA_CA_CERTS', 'additional certificate authorities, as Node.js reads them; --cacert for one run'],
]

export function exitCodesTopic(): string {
  const names = Object.keys(EXIT_CODES).filter((name): name is ExitName => name in EXIT_CODES)
  return alignedTable(
    { columns: Number.POSITIVE_INFINITY, nowMs: 0, paint: PLAIN },
    [
      { header: 'code', cell: (name) => String(EXIT_CODES[name]), align: 'right' },
      { header: 'name', cell: (name) => name },
      { header: 'when', cell: (name) => EXIT_MEANINGS[name] },
    ],
    names,
  )
}

export function environmentTopic(): string {
  return alignedTable(
    { columns: Number.POSITIVE_INFINITY, nowMs: 0, paint: PLAIN },
    [
      { header: 'variable', cell: ([name]) => name },
      { header: 'meaning', cell: ([, meaning]) => meaning },
    ],
    ENVIRONMENT,
  )
}
