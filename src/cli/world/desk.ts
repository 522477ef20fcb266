// What is around the person: browser, terminal, the loopback page, files that are named on the command line, other programs.

import type { DeclarativeFiles } from '../../core/ports/files.ts'
import type { Context } from '../context.ts'
import { authUrl } from '../input/settings.ts'
import type { Wiring } from './parts.ts'

/** No delivery or token is larger. */
const STDIN_BYTES_MAX = 64 * 1024 * 1024

type Desk = Pick<
  Context,
  | 'runProgram'
  | 'listen'
  | 'browser'
  | 'remoteAdvice'
  | 'prompts'
  | 'readStdin'
  | 'readFile'
  | 'captureFiles'
  | 'deliveries'
  | 'declarativeFiles'
  | 'reportFiles'
>

export function openDesk({ host, globals, clock, say }: Wiring): Desk {
  return {
    async runProgram(command, args, env) {
      const { runChild } = await import('../../adapters/child.ts')
      return runChild({ command, args, env, takeSignals: host.takeSignals })
    },
    async listen(options) {
      const { listenForRedirect } = await import('../../adapters/oauth/redirect-listener.ts')
      return listenForRedirect({ ...options, issuer: authUrl(host.env).href.replace(/\/$/, ''), signal: host.interruption.signal })
    },
    async browser() {
      const onCommandFailed = (command: string, reason: string): void => {
        say(`Warning: BROWSER (${command}) cannot be run: ${reason}`)
      }
      return (await import('../../adapters/browser.ts')).openBrowser({ env: host.env, onCommandFailed })
    },
    async remoteAdvice(way) {
      return (await import('../../adapters/browser.ts')).describeRemote(host.env, way)
    },
    async prompts() {
      return (await import('../../adapters/prompts.ts')).openPrompts({
        stdin: host.stdin,
        stderr: host.stderr.terminal,
        interruption: host.interruption,
      })
    },
    async readStdin() {
      const { readStream } = await import('../../adapters/given-file.ts')
      return readStream('standard input', host.stdin, STDIN_BYTES_MAX, host.interruption.signal)
    },
    async readFile(file, bytesMax) {
      const { readGiven } = await import('../../adapters/given-file.ts')
      return readGiven(file, bytesMax, host.interruption.signal)
    },
    async captureFiles() {
      const [{ readCaptures, readHeaders, readRawBody }, { inflate }] = await Promise.all([
        import('../../adapters/captures/captures.ts'),
        import('../../adapters/captures/inflate.ts'),
      ])
      return {
        read: (input) => readCaptures({ ...input, stdin: host.stdin, signal: host.interruption.signal }),
        signatureHeader: (file) => readHeaders(file, host.interruption.signal),
        inflate,
        readBody: (file) => readRawBody(file, host.stdin, host.interruption.signal),
        async *readRecorded(file) {
          const { readRecorded } = await import('../../adapters/captures/recorded.ts')
          yield* readRecorded(file, host.stdin, host.interruption.signal)
        },
      }
    },
    async deliveries() {
      return (await import('../../adapters/deliveries/open.ts')).openDeliveries({ env: host.env, caFile: globals().cacert }, clock)
    },
    async reportFiles() {
      return (await import('../../adapters/files/report-file.ts')).reportFiles
    },
    declarativeFiles: () => openDeclarativeFiles(() => host.interruption.signal),
  }
}

/** Their names are given by the person, so reading may wait: a FIFO, a device. */
async function openDeclarativeFiles(signal: () => AbortSignal | undefined): Promise<DeclarativeFiles> {
  const [{ readDeclaration }, { formatDeclaration }, { readPlanFile, writeNewFile, writePlanFile }] = await Promise.all([
    import('../../adapters/config-file/declaration.ts'),
    import('../../adapters/config-file/format-declaration.ts'),
    import('../../adapters/config-file/plan-file.ts'),
  ])
  return {
    readDeclaration: (file) => readDeclaration(file, signal()),
    formatDeclaration,
    readPlan: (file) => readPlanFile(file, signal()),
    writePlan: writePlanFile,
    writeNew: writeNewFile,
  }
}
