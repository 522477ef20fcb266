// What `doctor` looks at that no other command needs to know: modes, file systems, the way to a host.

/** The way to a host, milliseconds each. Behind a proxy only `totalMs` can be told. */
export interface Reached {
  readonly status: number
  /** Variable and origin of the proxy that was asked; null: straight there. */
  readonly proxy: string | null
  readonly dnsMs: number | null
  readonly tcpMs: number | null
  readonly tlsMs: number | null
  readonly totalMs: number
  /** The other side's clock less ours, milliseconds; null without a Date. */
  readonly skewMs: number | null
}

export interface ReceiverAnswer {
  readonly status: number
  readonly durationMs: number
}

export interface Probes {
  readonly nodeVersion: string
  /** Mode of a file, `0600`; null where there is none, or modes mean nothing. */
  mode(path: string): Promise<string | null>
  /** What kind of network file system `path` is on; null for a local one, or one that nobody can tell. */
  networkFileSystem(path: string): Promise<string | null>
  /** Null where the file can be read, else why not. */
  unreadable(path: string): Promise<string | null>
  /** The proxy for a host. @throws USAGE for a setting that cannot be used */
  proxyFor(url: URL): Promise<string | null>
  /**
   * Asks a host without credentials. @param expected `calendly`: the answer must be the API's refusal
   * @throws NETWORK, TLS, TIMEOUT, UNEXPECTED_ANSWER
   */
  reach(url: URL, expected: 'calendly' | 'anything'): Promise<Reached>
  /** Opens the redirect URI's port and closes it. False: it is on another machine. @throws PORT_TAKEN, SETTING_MISSING … */
  canListen(redirectUri: URL): Promise<boolean>
  /** An OPTIONS without credentials to a receiver of deliveries, whatever it answers. @throws NETWORK, TLS, TIMEOUT, INTERRUPTED */
  askReceiver(url: URL): Promise<ReceiverAnswer>
}
