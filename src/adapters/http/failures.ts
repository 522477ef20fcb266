// Turns what undici, TLS and DNS throw into our errors: by code, never by text.

import { CalreconnectError } from '../../core/errors/errors.ts'

const TIMEOUT_CODES = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT'])

/** OpenSSL's verification results as Node names them, beside those that start like TLS codes. */
const CERTIFICATE_CODES = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'CERT_CHAIN_TOO_LONG',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'UNABLE_TO_GET_CRL',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_DECRYPT_CERT_SIGNATURE',
  'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
  'EPROTO',
])

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name cannot be resolved',
  EAI_AGAIN: 'its name cannot be resolved for now',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed while sending',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'the network is unreachable',
  UND_ERR_SOCKET: 'the connection was closed before the answer was complete',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the answer was cut short',
}

/**
 * Our error for a request that got no whole answer. @param requestSent whether any byte of it may have left
 */
export function translateFailure(thrown: unknown, url: URL, requestSent: boolean): CalreconnectError {
  if (thrown instanceof CalreconnectError) return thrown
  const code = codeOf(thrown)
  const context = { cause: thrown, requestSent }
  if (code === null) return new CalreconnectError('NETWORK', `Cannot reach ${url.host}: ${nameOf(thrown)}`, context)
  if (TIMEOUT_CODES.has(code)) return new CalreconnectError('TIMEOUT', `${url.host} did not answer in time (${code})`, context)
  if (isTlsCode(code)) return new CalreconnectError('TLS', `Cannot trust the TLS connection to ${url.host} (${code})`, context)
  if (code.startsWith('HPE_') || code === 'UND_ERR_HEADERS_OVERFLOW') {
    return new CalreconnectError('UNEXPECTED_ANSWER', `${url.host} did not answer with valid HTTP (${code})`, context)
  }
  const reason = REASONS[code]
  return new CalreconnectError('NETWORK', `Cannot reach ${url.host}: ${reason === undefined ? code : `${reason} (${code})`}`, context)
}

function isTlsCode(code: string): boolean {
  return CERTIFICATE_CODES.has(code) || code.startsWith('ERR_TLS_') || code.startsWith('ERR_SSL_')
}

/** The code of the error or of the first cause that has one: a proxy's failure wraps the real one. */
function codeOf(thrown: unknown): string | null {
  let error: unknown = thrown
  for (let depth = 0; depth < 5 && error instanceof Error; depth += 1) {
    const code: unknown = Reflect.get(error, 'code')
    if (typeof code === 'string') return code
    // The one class of undici's that leaves its code out for some parser states.
    if (error.name === 'HTTPParserError') return 'HPE_INVALID'
    error = error.cause
  }
  return null
}

function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : String(thrown)
}
