// One run of the program: declare, parse, act, report what ended it, close what was opened.

import type { Command } from 'commander'
import { EXIT_CODES } from '../core/errors/exit-codes.ts'
import type { Host } from './output/streams.ts'

export interface Ended {
  readonly exitCode: number
  /** Work may still be under way: a second Ctrl-C did not wait for it. */
  readonly givenUp: boolean
}

/** Never throws. */
export async function runProgram(host: Host): Promise<Ended> {
  if (host.argv[0] === '__complete') {
    await (await import('./completion/answer.ts')).answerCompletion(host)
    return ended(0)
  }
  const { valueOf } = await import('./output/invocation.ts')
  const expression = valueOf(beforeDashes(host.argv), ['--jq'])
  return expression === null ? runOn(host) : runFiltered(host, expression)
}

async function runFiltered(host: Host, expression: string): Promise<Ended> {
  const { filtered } = await import('./output/jq.ts')
  try {
    const through = await filtered(host, expression)
    const result = await runOn(through.host)
    const problem = through.problem()
    if (problem === null) return result
    const failure = await reportFailure(withoutJson(host), problem, '')
    return { ...result, exitCode: result.exitCode || failure }
  } catch (thrown) {
    return ended(await reportFailure(withoutJson(host), thrown, ''))
  }
}

/** There is no document to put a failure of the filter into. */
function withoutJson({ argv, env, stdout, stderr, platform }: Host): Parameters<typeof reportFailure>[0] {
  return { argv: argv.filter((word) => word !== '--json'), env, stdout, stderr, platform }
}

async function runOn(host: Host): Promise<Ended> {
  const [{ buildProgram, commandPath }, { buildContext }, { readGlobals }, { machine }] = await Promise.all([
    import('./program.ts'),
    import('./context/build.ts'),
    import('./input/globals.ts'),
    import('./world/machine.ts'),
  ])
  const { clock, random } = await machine()
  let close = async (): Promise<void> => {}
  let clear = (): void => {}
  let exitCode = (): number => 0
  let command = ''
  let givenUp = false
  const later = host.interruption.givenUp.catch((error: unknown) => {
    givenUp = true
    throw error
  })
  const orGivenUp = <T>(work: Promise<T>): Promise<T> => Promise.race([work, later])
  later.catch(() => {})
  try {
    const program = await buildProgram(host, (root) => {
      let globals: ReturnType<typeof readGlobals> | null = null
      const context = buildContext({
        host,
        clock,
        random,
        globals: () => (globals ??= readGlobals(root, host.env)),
        noColor: () => root.opts<{ color?: boolean }>().color === false,
      })
      root.hook('preAction', (_, action) => context.begin(commandPath(action), action.opts()))
      close = () => context.close()
      clear = () => context.clear()
      exitCode = () => context.exitCode
      return context
    })
    // Known before its options are parsed: an error in them is reported as this command's.
    onSubcommand(program, (meant) => (command = commandPath(meant)))
    if (host.argv.length === 0) {
      program.outputHelp()
      return ended(0)
    }
    await orGivenUp(program.parseAsync([...host.argv], { from: 'user' }).then(async () => close()))
    return ended(exitCode() || (host.interruption.asked ? EXIT_CODES.interrupted : 0))
  } catch (thrown) {
    clear()
    const failure = await reportFailure(host, thrown, command)
    if (givenUp) return { exitCode: failure, givenUp }
    return await orGivenUp(close()).then(
      () => ended(failure),
      async (second: unknown) => ({ exitCode: givenUp ? failure : failure || (await reportFailure(host, second, command)), givenUp }),
    )
  }
}

function ended(exitCode: number): Ended {
  return { exitCode, givenUp: false }
}

/** Prints what ended the run, as text or as JSON, and gives its exit code. */
export async function reportFailure(
  host: Pick<Host, 'argv' | 'env' | 'stdout' | 'stderr' | 'platform'>,
  thrown: unknown,
  command: string,
): Promise<number> {
  const [{ asOurError, bugStack, envelope, errorText, exitCodeOf, isDone }, { paintOf }, { invocationOf }] = await Promise.all([
    import('./exit.ts'),
    import('./output/paint.ts'),
    import('./output/invocation.ts'),
  ])
  if (isDone(thrown, has(host.argv, '--json'))) return 0
  const error = asOurError(await withWhatWasMeant(thrown, command), command)
  if (has(host.argv, '--json')) {
    host.stdout.write(envelope(command, null, error, invocationOf(host)))
    if (error.code === 'BUG') host.stderr.write(`${bugStack(error)}\n`)
  } else {
    const paint = await paintOf(host, host.stderr, has(host.argv, '--no-color'))
    const debug = has(host.argv, '--debug') || !['', '0', 'false', undefined].includes(host.env['CALRECONNECT_DEBUG'])
    host.stderr.write(errorText(error, { paint, debug, invocation: invocationOf(host) }))
  }
  return exitCodeOf(error)
}

/** Of a word that is no subcommand, the error that says which command may have been meant. */
async function withWhatWasMeant(thrown: unknown, command: string): Promise<unknown> {
  const isUnknown = thrown instanceof Error && 'code' in thrown && thrown.code === 'commander.unknownCommand'
  const word = isUnknown ? /unknown command '(.*?)'/.exec(thrown.message)?.[1] : undefined
  return word === undefined ? thrown : (await import('./program.ts')).unknown(word, command)
}

/** An option of ours, not one behind `--`. Parsing may have failed, so commander cannot be asked. */
function has(argv: readonly string[], option: string): boolean {
  return beforeDashes(argv).includes(option)
}

function beforeDashes(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--')
  return end === -1 ? argv : argv.slice(0, end)
}

/** Tells of each command that parsing reaches, the innermost last. */
function onSubcommand(command: Command, tell: (meant: Command) => void): void {
  if (command.commands.length === 0) return
  command.hook('preSubcommand', (_, meant) => tell(meant))
  for (const child of command.commands) onSubcommand(child, tell)
}
