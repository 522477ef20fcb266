// Shows a URL to the person: their BROWSER program, else the system's browser. Never through a shell.

import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import type { Browser } from '../core/ports/desk.ts'
import { withoutSecrets } from '../core/secrets/own-secrets.ts'

type Env = Readonly<Record<string, string | undefined>>

export type Remote = 'ssh' | 'container' | 'wsl' | 'no_display'

export interface BrowserOptions {
  readonly env: Env
  /** Default: this one's. */
  readonly platform?: NodeJS.Platform
  /** Default: this file system's. For tests of what a container looks like. */
  readonly remote?: (env: Env, platform: NodeJS.Platform) => Remote | null
  /** Told when the BROWSER program cannot be started or fails at once. */
  readonly onCommandFailed?: (command: string, reason: string) => void
}

/** How long a BROWSER program may take to fail before it counts as started. */
const START_GRACE_MS = 300

/** `open` resolves with false where no browser can be expected to come back to this machine's loopback port. */
export function openBrowser(options: BrowserOptions): Browser {
  const platform = options.platform ?? process.platform
  return {
    async open(url) {
      const command = options.env['BROWSER']
      if (command !== undefined && command !== '') {
        const failure = await start(command, url, options.env)
        if (failure === null) return true
        options.onCommandFailed?.(command, failure)
        return false
      }
      const remote = (options.remote ?? remoteOf)(options.env, platform)
      if (remote !== null && remote !== 'wsl') return false
      try {
        const { default: openInSystem } = await import('open')
        const child = await openInSystem(url, { wait: false })
        return await new Promise<boolean>((resolve) => {
          child.once('error', () => resolve(false))
          setTimeout(() => resolve(true), START_GRACE_MS)
        })
      } catch {
        // No opener on this system: the URL is printed instead.
        return false
      }
    },
  }
}

/** Null: a desktop. Else why a browser started here would be of no use, or cannot be. */
export function remoteOf(env: Env, platform: NodeJS.Platform = process.platform): Remote | null {
  if (isSet(env['SSH_CONNECTION']) || isSet(env['SSH_TTY']) || isSet(env['SSH_CLIENT'])) return 'ssh'
  if (platform !== 'linux') return null
  if (existsSync('/.dockerenv') || existsSync('/run/.containerenv') || isSet(env['KUBERNETES_SERVICE_HOST'])) return 'container'
  if (isSet(env['WSL_DISTRO_NAME']) || kernelIsWsl()) return 'wsl'
  return isSet(env['DISPLAY']) || isSet(env['WAYLAND_DISPLAY']) ? null : 'no_display'
}

/**
 * What to do when the browser is on another machine than the loopback port: lines for stderr, none on a desktop.
 * @param way the redirect URI's port, and whether the person can paste where the browser ended
 */
export function describeRemote(
  env: Env,
  way: { readonly port: number; readonly canPaste: boolean },
  remote: (env: Env) => Remote | null = remoteOf,
): readonly string[] {
  const { port } = way
  const paste = way.canPaste
    ? 'Or open the page anywhere, and paste the full address that the browser ends at here.'
    : 'Or run calreconnect connect --start, open its page anywhere, then calreconnect connect --complete ADDRESS with where the browser ended.'
  switch (remote(env)) {
    case 'ssh': {
      const [, , server = 'this-host'] = (env['SSH_CONNECTION'] ?? '').split(' ')
      const user = isSet(env['USER']) ? `${env['USER']}@` : ''
      return [
        'This is an SSH session: your browser is on the other side. For its way back, run this over there:',
        `  ssh -L ${port}:localhost:${port} ${user}${server === '' ? 'this-host' : server}`,
        paste,
      ]
    }
    case 'container':
      return [
        // Publishing the port would not do: that reaches the container's network, not its loopback.
        `This is a container: your browser does not reach its localhost:${port}, unless it runs with --network host or your editor forwards the port.`,
        paste,
      ]
    case 'wsl':
      return [
        `This is WSL: Windows forwards localhost:${port} to it. If the last page cannot be reached, run wsl --shutdown and try again.`,
        paste,
      ]
    case 'no_display':
      return ['There is no display to open a browser on.', paste]
    case null:
    default:
      return []
  }
}

/** Null when it runs (or has ended well), else the reason. The URL is its only argument; of what is ours it inherits the environment alone, without its secrets. */
function start(command: string, url: string, env: Env): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(command, [url], { detached: true, stdio: 'ignore', shell: false, env: withoutSecrets(env) })
    const timer = setTimeout(() => resolve(null), START_GRACE_MS)
    const end = (reason: string | null): void => {
      clearTimeout(timer)
      resolve(reason)
    }
    child.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message))
    child.once('exit', (code, signal) => end(code === 0 ? null : signal === null ? `exit code ${String(code)}` : signal))
    // It may outlive this process, and must not keep it.
    child.unref()
  })
}

function kernelIsWsl(): boolean {
  try {
    return readFileSync('/proc/version', 'utf8').toLowerCase().includes('microsoft')
  } catch {
    // No /proc: not WSL.
    return false
  }
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== ''
}
