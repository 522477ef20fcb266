// What is around the person: browser, terminal, the loopback page, files that are named on the command line, other programs.

import type { OAuth } from '../../core/ports/oauth.ts'
import type { Context } from '../context.ts'
import type { Wiring } from './parts.ts'
import { readAll } from './stdin.ts'

type Desk = Pick<
  Context,
  'runProgram' | 'listen' | 'browser' | 'remoteAdvice' | 'prompts' | 'readStdin' | 'captureFiles' | 'declarativeFiles'
>

export function openDesk({ host, say }: Wiring, oauth: () => Promise<OAuth>): Desk {
  return {
    async runProgram(command, args, env) {
      const { runChild } = await import('../../adapters/child.ts')
      return runChild({ command, args, env, takeSignals: host.takeSignals })
    },
    async listen(options) {
      const { listenForRedirect } = await import('../../adapters/oauth/redirect-listener.ts')
      return listenForRedirect({ ...options, issuer: (await oauth()).issuer })
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
        stderr: host.stderr,
        interruption: host.interruption,
      })
    },
    readStdin: () => readAll(host),
    async captureFiles() {
      const [{ readCaptures, readHeaders }, { inflate }] = await Promise.all([
        import('../../adapters/captures/captures.ts'),
        import('../../adapters/captures/inflate.ts'),
      ])
      return { read: (input) => readCaptures({ ...input, stdin: host.stdin }), signatureHeader: readHeaders, inflate }
    },
    async declarativeFiles() {
      const [{ readDeclaration }, { formatDeclaration }, { readPlanFile, writeNewFile, writePlanFile }] = await Promise.all([
        import('../../adapters/config-file/declaration.ts'),
        import('../../adapters/config-file/format-declaration.ts'),
        import('../../adapters/config-file/plan-file.ts'),
      ])
      return { readDeclaration, formatDeclaration, readPlan: readPlanFile, writePlan: writePlanFile, writeNew: writeNewFile }
    },
  }
}
