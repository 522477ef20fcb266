// Turns what undici, TLS and DNS throw into our errors: by code, never by text.

import { advise, again, type Hint } from '../../core/errors/advice.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import { type ShownCertificate, untrustedCertificate } from './certificates.ts'

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
  if (isTlsCode(code)) {
    const told = aboutCertificate(code, untrustedCertificate(thrown), url)
    const { what, hint } = told ?? { what: '', hint: null }
    const message = `Cannot trust the TLS connection to ${url.host} (${code})${what}`
    return new CalreconnectError('TLS', message, { ...context, ...(hint !== null && { hint }) })
  }
  if (code.startsWith('HPE_') || code === 'UND_ERR_HEADERS_OVERFLOW') {
    return new CalreconnectError('UNEXPECTED_ANSWER', `${url.host} did not answer with valid HTTP (${code})`, context)
  }
  const reason = REASONS[code]
  return new CalreconnectError('NETWORK', `Cannot reach ${url.host}: ${reason === undefined ? code : `${reason} (${code})`}`, context)
}

/** Which certificate it was, and what can be done about it. Null when it is not for that that the connection ended. */
function aboutCertificate(
  code: string,
  certificate: ShownCertificate | null,
  url: URL,
): { readonly what: string; readonly hint: Hint } | null {
  if (certificate === null) return null
  const { subject, issuer, validFrom, validTo, hosts } = certificate
  const whose = `: its certificate is for “${subject}”, issued by ${issuer === subject ? 'itself' : `“${issuer}”`}`
  if (code === 'CERT_HAS_EXPIRED') return { what: `${whose}, and expired on ${dayOf(validTo)}`, hint: clockHint(url) }
  if (code === 'CERT_NOT_YET_VALID') return { what: `${whose}, and not valid before ${dayOf(validFrom)}`, hint: clockHint(url) }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH') {
    return {
      what: `${whose}, for the hosts ${hosts.join(', ') || 'of none'}`,
      hint: `Something else answers for ${url.hostname}: check DNS and HTTPS_PROXY, and whether this network wants a sign-in page visited first`,
    }
  }
  const until = `, valid from ${dayOf(validFrom)} to ${dayOf(validTo)}`
  return {
    what: `${whose}${until}`,
    hint: advise`If that issuer is your company's (a TLS-inspecting proxy), save its certificate as FILE and run ${again({ add: ['--cacert', 'FILE'] })}, or set NODE_EXTRA_CA_CERTS=FILE for every run`,
  }
}

function clockHint(url: URL): Hint {
  return advise`Check this machine's clock: it says ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC. If it is right, ${url.hostname} must renew its certificate`
}

function dayOf(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'a day that cannot be read' : date.toISOString().slice(0, 10)
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
