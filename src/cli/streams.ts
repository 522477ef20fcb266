// The process as the command line sees it: given in, so that a test can be one.

export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/** Everything that `main` is given by its process. */
export interface Host {
  /** Arguments after the program's name. */
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly platform: NodeJS.Platform
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal
}
