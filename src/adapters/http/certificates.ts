// Whom TLS connections are trusted by (--cacert beside Node's own authorities), and which certificate it was that could not be trusted.

import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
// Whole: what a version of Node has not got cannot be imported by name.
import tls, { type Certificate, type PeerCertificate, type SecureContext } from 'node:tls'
import type { buildConnector } from 'undici'

import { CalreconnectError } from '../../core/errors/errors.ts'

/** No bundle of authorities is larger. */
const FILE_BYTES_MAX = 4 * 1024 * 1024
const PEM = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]*-----END (?:TRUSTED )?CERTIFICATE-----/g
const NAME_LENGTH_MAX = 80
const HOSTS_SHOWN_MAX = 3

/** What was shown in a handshake that failed. Names are the other side's word. */
export interface ShownCertificate {
  readonly subject: string
  readonly issuer: string
  readonly validFrom: Date
  readonly validTo: Date
  /** DNS names and addresses that it is for, at most a few of them. */
  readonly hosts: readonly string[]
}

/** OpenSSL gives the certificate along with no error but one, so each is kept by the error that ended its connection. */
const shownBefore = new WeakMap<Error, PeerCertificate>()

/** Connects as `connect` does; of one that ends in an error, `untrustedCertificate` tells what was shown. */
export function rememberingCertificates(connect: buildConnector.connector): buildConnector.connector {
  return (options, callback) => {
    let shown: PeerCertificate | undefined
    // undici gives the socket back, which its types leave out.
    const socket: unknown = connect(options, (...outcome) => {
      if (outcome[0] !== null && shown !== undefined) shownBefore.set(outcome[0], shown)
      callback(...outcome)
    })
    // Before Node's own listener, which judges the certificate and destroys the connection with it. Asked as that one asks: after
    // getPeerX509Certificate() Node 20 finds no names in it any more.
    if (socket instanceof tls.TLSSocket) {
      socket.prependOnceListener('secure', () => {
        const certificate = socket.getPeerCertificate(true)
        // Empty where the handshake went without one.
        if ('subject' in certificate) shown = certificate
      })
    }
  }
}

/** Null when the error, or what caused it, is not about a certificate that was shown. */
export function untrustedCertificate(thrown: unknown): ShownCertificate | null {
  let error: unknown = thrown
  for (let depth = 0; depth < 5 && error instanceof Error; depth += 1) {
    const shown = shownBefore.get(error)
    if (shown !== undefined) return describe(shown)
    error = error.cause
  }
  return null
}

/**
 * Node's authorities, those of NODE_EXTRA_CA_CERTS and those of `caFile`.
 * @throws FILE_UNREADABLE for a file without certificates
 */
export function trusting(caFile: string, extraCaFile: string | null): SecureContext {
  return tls.createSecureContext({ ca: [...authorities(extraCaFile), ...certificatesIn(caFile, '--cacert')] })
}

function authorities(extraCaFile: string | null): readonly string[] {
  // Node 20 cannot be asked what it trusts by default.
  if (tls.getCACertificates !== undefined) return tls.getCACertificates('default')
  return [...tls.rootCertificates, ...(extraCaFile === null ? [] : certificatesIn(extraCaFile, 'NODE_EXTRA_CA_CERTS'))]
}

/** The certificates of a file, PEM or DER, as PEM. @throws FILE_UNREADABLE, which says who named it */
function certificatesIn(file: string, namedBy: string): readonly string[] {
  try {
    const bytes = readFileSync(file)
    if (bytes.length > FILE_BYTES_MAX) throw new Error(`it has more than ${FILE_BYTES_MAX} bytes`)
    const blocks = bytes.toString('latin1').match(PEM)
    return (blocks ?? [bytes]).map((block) => new X509Certificate(block).toString())
  } catch (cause) {
    throw new CalreconnectError('FILE_UNREADABLE', `${namedBy} ${file} cannot be used: ${reasonOf(cause)}`, {
      hint: `${namedBy} takes a file with the authority's certificate, PEM or DER`,
      cause,
    })
  }
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  // OpenSSL's own words are about ASN.1.
  return 'library' in cause || cause.message.startsWith('error:') ? 'it holds no X.509 certificate' : cause.message
}

function describe({ subject, issuer, subjectaltname, valid_from: validFrom, valid_to: validTo }: PeerCertificate): ShownCertificate {
  const names = subjectaltname?.split(', ').map((entry) => entry.replace(/^(?:DNS|IP Address):/, '')) ?? []
  const more = names.length - HOSTS_SHOWN_MAX
  return {
    subject: nameOf(subject),
    issuer: nameOf(issuer),
    validFrom: new Date(validFrom),
    validTo: new Date(validTo),
    hosts: [...names.slice(0, HOSTS_SHOWN_MAX).map(bounded), ...(more > 0 ? [`${more} more`] : [])],
  }
}

/** What people know it by. Any part may be there more than once, or not at all. */
function nameOf({ CN, O, OU }: Partial<Certificate>): string {
  return bounded([CN, O, OU].flat().find((part) => part !== undefined && part !== '') ?? 'nobody by name')
}

function bounded(name: string): string {
  return name.length <= NAME_LENGTH_MAX ? name : `${name.slice(0, NAME_LENGTH_MAX - 1)}…`
}
