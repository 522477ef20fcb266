// Certificates for tests only, good for a hundred years from 2026.

import { fileURLToPath } from 'node:url'

/** Self-signed, for localhost, 127.0.0.1 and ::1. */
export const CERT_FILE = fileURLToPath(new URL('tls/localhost.crt', import.meta.url))
export const KEY_FILE = fileURLToPath(new URL('tls/localhost.key', import.meta.url))

/** The authority of a company that looks into TLS, and what it shows instead of Calendly's own certificate (and for its proxy's). */
export const CORPORATE_CA_FILE = fileURLToPath(new URL('tls/corporate-ca.crt', import.meta.url))
export const INSPECTED_CERT_FILE = fileURLToPath(new URL('tls/inspected.crt', import.meta.url))
export const INSPECTED_KEY_FILE = fileURLToPath(new URL('tls/inspected.key', import.meta.url))
