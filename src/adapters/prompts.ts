// Questions on the terminal, whose words may be others': the library writes past our own door, so they are made fit to be seen here. Everything is written to stderr: stdout carries results only. The prompts set the terminal's mode while they
// are shown and put it back when they end, answered or not; what ends them is the program's signal, and never the library's doing.

import { checkbox, confirm, input, password } from '@inquirer/prompts'
import { CalreconnectError } from '../core/errors/errors.ts'
import type { Interruption, Prompts } from '../core/ports/desk.ts'
import { Secret } from '../core/secrets/secret.ts'
import { printable, visible } from '../core/secrets/visible.ts'

/** @throws INTERRUPTED on Ctrl-C at a question */
async function answered<T>(question: Promise<T>): Promise<T> {
  try {
    return await question
  } catch (error) {
    const name = error instanceof Error ? error.name : ''
    if (name === 'ExitPromptError' || name === 'AbortPromptError') {
      throw new CalreconnectError('INTERRUPTED', 'Interrupted at the question; nothing was changed', { cause: error })
    }
    throw error
  }
}

/** The chosen ones are counted when the question is answered: all of them in one paragraph would hide what comes next. */
const CHECKBOX_THEME = { style: { renderSelectedChoices: (chosen: readonly unknown[]) => `${chosen.length} chosen` } }

export function openPrompts(parts: {
  readonly stdin: NodeJS.ReadableStream
  readonly stderr: NodeJS.WritableStream
  readonly interruption: Pick<Interruption, 'signal'>
}): Prompts {
  const { stdin, stderr, interruption } = parts
  const context = () => {
    const { signal } = interruption
    return { input: stdin, output: stderr, ...(signal === undefined ? {} : { signal }) }
  }
  return {
    confirm: (message, byDefault) => answered(confirm({ message: visible(message), default: byDefault }, context())),
    checkbox: (message, choices) =>
      answered(
        checkbox(
          {
            message: visible(message),
            choices: choices.map((choice) => ({ ...choice, name: printable(choice.name) })),
            pageSize: 15,
            loop: false,
            theme: CHECKBOX_THEME,
          },
          context(),
        ),
      ),
    secret: async (message) => new Secret(await answered(password({ message: visible(message), mask: '*' }, context()))),
    line: (message, signal) => answered(input({ message: visible(message) }, signal === undefined ? context() : { ...context(), signal })),
  }
}
