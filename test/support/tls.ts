// Certificates for tests only, good for a hundred years from 2026.

import { fileURLToPath } from 'node:url'

/** Self-signed, for localhost, 127.0.0.1 and ::1. */
export const CERT_FILE = fileURLToPath(new URL('tls/localhost.crt', import.meta.url))
export const KEY_FILE = fileURLToPath(new URL('tls/localhost.key', import.meta.url))

/** The authority of a company that looks into TLS, and what it shows instead of Calendly's own certificate (and for its proxy's). */
export const CORPORATE_CA_FILE = fileURLToPath(new URL('tls/corporate-ca.crt', import.meta.url))
export const INSPECTED_CERT_FILE = fileURLToPath(new URL('tls/inspected.crt', import.meta.url))
export const INSPECTED_KEY_FILE = fileURLToPath(new URL('tls/inspected.key', import.meta.url))

/** An authority that nobody has heard of, and what it signed for localhost (too long ago, too early) and for other hosts. */
export const SMALL_CA_FILE = fileURLToPath(new URL('tls/small-ca.crt', import.meta.url))
export const SMALL_CA_SIGNED = {
  expired: signed('expired'),
  future: signed('future'),
  elsewhere: signed('elsewhere'),
} as const

function signed(name: string): { readonly certFile: string; readonly keyFile: string } {
  return {
    certFile: fileURLToPath(new URL(`tls/${name}.crt`, import.meta.url)),
    keyFile: fileURLToPath(new URL(`tls/${name}.key`, import.meta.url)),
  }
}
