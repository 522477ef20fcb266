// A self-signed certificate for localhost, 127.0.0.1 and ::1, for tests only; good for a hundred years from 2026.

import { fileURLToPath } from 'node:url'

export const CERT_FILE = fileURLToPath(new URL('tls/localhost.crt', import.meta.url))
export const KEY_FILE = fileURLToPath(new URL('tls/localhost.key', import.meta.url))
