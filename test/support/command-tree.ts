// Every command of the program, as the program itself declares them.

import type { Command } from 'commander'
import type { Context } from '../../src/cli/context.ts'
import { buildProgram, commandPath, declareCommand } from '../../src/cli/program.ts'
import type { Host } from '../../src/cli/output/streams.ts'

export interface Declared {
  /** `webhooks keys list` */
  readonly path: string
  readonly command: Command
  /** Has subcommands, and does nothing itself. */
  readonly isGroup: boolean
}

/** Declaring a command opens nothing: whatever it touched here would be an error. */
const untouched = new Proxy(
  {},
  {
    get(_, property) {
      throw new Error(`declaring commands must not use ${String(property)}`)
    },
  },
)

export async function declaredCommands(): Promise<readonly Declared[]> {
  const host = { argv: [], env: {}, stdout: process.stdout } as unknown as Host
  const program = await buildProgram(host, () => untouched as Context)
  const found: Declared[] = []
  const walk = (command: Command): void => {
    found.push({ path: commandPath(command), command, isGroup: command.commands.length > 0 })
    for (const below of command.commands) walk(below)
  }
  for (const { name } of program.commands.map((command) => ({ name: command.name() }))) {
    const command = await declareCommand(program, untouched as Context, name)
    if (command === null) throw new Error(`${name} is not declared`)
    walk(command)
  }
  return found
}
