// What newer versions of Node have and the types of the oldest supported one do not know.

import 'node:tls'

declare module 'tls' {
  /** From Node 22.15 on. */
  const getCACertificates: ((type: 'default') => string[]) | undefined
}
