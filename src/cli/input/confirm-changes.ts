// The one question before something is changed: shows what, and asks; where nobody can be asked, --yes is needed.

import { advise, again, type Hint } from '../../core/errors/advice.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Context } from '../context.ts'
import { PLAIN, type View } from '../render/view.ts'

export interface Changes {
  /** How many; with none nobody is asked. */
  readonly count: number
  readonly command: string
  /** Completes “… would …” and begins the question: `delete 12 subscriptions`. */
  readonly what: string
  /** Ends the question: `of robin (robin@acme.example), 2 made elsewhere`. */
  readonly whose?: string
  /** The command that shows them and changes nothing; default: this one with --dry-run. */
  readonly look?: Hint
  /** From so many on not all are shown, and the person types how many there are. */
  readonly countFrom?: number
  /** Only asked for where there is somebody to show it to. */
  readonly show: (view: View) => string | Promise<string>
}

/** Of a terminal that does not tell its width. */
const COLUMNS = 80

/** @throws INPUT_REQUIRED where nobody can be asked, INTERRUPTED for a no */
export async function confirmChanges(ctx: Context, changes: Changes, flags: { readonly yes?: boolean }): Promise<void> {
  const { command, what } = changes
  if (changes.count === 0 || flags.yes === true) return
  if (!ctx.canPrompt) {
    throw new CalreconnectError('INPUT_REQUIRED', `${command} would ${what}: pass --yes to do so without being asked`, {
      hint: changes.look ?? advise`${again({ add: ['--dry-run'] })} shows them; ${again({ add: ['--yes'] })} does it`,
    })
  }
  ctx.say(await changes.show({ columns: ctx.host.stderr.columns || COLUMNS, nowMs: ctx.clock.nowMs(), paint: PLAIN }))
  const prompts = await ctx.prompts()
  const asked = changes.whose === undefined ? what : `${what} ${changes.whose}`
  const question = `${asked.charAt(0).toUpperCase()}${asked.slice(1)}?`
  const yes =
    changes.count >= (changes.countFrom ?? Number.POSITIVE_INFINITY)
      ? (await prompts.line(`${question} Type how many (${changes.count}):`)).trim() === String(changes.count)
      : await prompts.confirm(question, false)
  if (!yes) throw new CalreconnectError('INTERRUPTED', 'Nothing was changed')
}
