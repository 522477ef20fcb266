// The way through a proxy: a CONNECT tunnel for every target, TLS inside it where the target has it. Loaded only where a proxy is set.

import type { Dispatcher } from 'undici'
import buildConnector from 'undici/lib/core/connect.js'
import Agent from 'undici/lib/dispatcher/agent.js'
import Pool from 'undici/lib/dispatcher/pool.js'
import { Socket } from 'node:net'

import { CalreconnectError } from '../../core/errors/errors.ts'
import { rememberingCertificates } from './certificates.ts'
import type { ConnectSettings } from './connections.ts'
import { translateFailure } from './failures.ts'
import type { ProxyServer } from './proxy.ts'

export interface TunnelOptions {
  readonly proxy: ProxyServer
  /** Of the connection to the proxy; its trust is that to the target, too. */
  readonly settings: ConnectSettings
  /** 0 closes each connection after its one answer. */
  readonly pipelining: number
}

export interface TunnelAgent {
  readonly dispatcher: Dispatcher
  destroy(): Promise<void>
}

/** Every failure on the way to the target is one of ours, and says whose it is: the proxy's, or the target's TLS. Nothing was sent then. */
export function openTunnels({ proxy, settings, pipelining }: TunnelOptions): TunnelAgent {
  const toProxy = new Pool(proxy.origin, { connect: rememberingCertificates(buildConnector(settings)) })
  const { timeout, secureContext } = settings
  const connectTls = rememberingCertificates(buildConnector({ timeout, ...(secureContext && { secureContext }) }))
  const dispatcher = new Agent({
    pipelining,
    connect(target, callback) {
      openTunnel(toProxy, proxy, addressOf(target)).then(
        (socket) => {
          if (target.protocol === 'https:') connectTls({ ...target, httpSocket: socket }, callback)
          else callback(null, socket)
        },
        (failure: CalreconnectError) => callback(failure, null),
      )
    },
  })
  return {
    dispatcher,
    async destroy() {
      await Promise.all([dispatcher.destroy(), toProxy.destroy()])
    },
  }
}

function addressOf({ hostname, port, protocol }: { readonly hostname: string; readonly port: string; readonly protocol: string }): string {
  return `${hostname}:${port === '' ? (protocol === 'https:' ? 443 : 80) : port}`
}

/** @throws NETWORK, TLS, TIMEOUT, UNEXPECTED_ANSWER */
function openTunnel(toProxy: Dispatcher, proxy: ProxyServer, address: string): Promise<Socket> {
  const headers = { host: address, ...(proxy.authorization === null ? {} : { 'proxy-authorization': proxy.authorization }) }
  return new Promise((resolve, reject) => {
    toProxy.dispatch(
      { origin: proxy.origin, method: 'CONNECT', path: address, headers },
      {
        onRequestStart() {
          // Its presence tells undici that this is a handler of its present interface.
        },
        onRequestUpgrade(_controller, status, _headers, socket) {
          if (status >= 200 && status <= 299 && socket instanceof Socket) return resolve(socket)
          socket.on('error', () => {}).destroy()
          reject(refusedBy(proxy, address, status))
        },
        onResponseError(_controller, error) {
          const { code, message, hint } = translateFailure(error, new URL(proxy.origin), false)
          reject(
            new CalreconnectError(code, `${message}; it is the proxy that ${proxy.variable} names`, {
              ...(code === 'NETWORK' || hint === null ? { hint: `Check ${proxy.variable}, or unset it` } : { hint }),
              requestSent: false,
              cause: error,
            }),
          )
        },
      },
    )
  })
}

function refusedBy(proxy: ProxyServer, address: string, status: number): CalreconnectError {
  const name = `The proxy ${proxy.host} that ${proxy.variable} names`
  if (status === 407) {
    const [what, hint] =
      proxy.authorization === null
        ? ['asks for a user name and a password', `export ${proxy.variable}=http://USER:PASSWORD@${proxy.host}`]
        : ['does not accept its user name and password', `Check the user name and the password in ${proxy.variable}`]
    return new CalreconnectError('NETWORK', `${name} ${what} (407)`, { hint, requestSent: false })
  }
  return new CalreconnectError('NETWORK', `${name} opens no tunnel to ${address} (${status})`, {
    hint: `Have ${address} allowed there, or name its host in NO_PROXY`,
    requestSent: false,
  })
}
