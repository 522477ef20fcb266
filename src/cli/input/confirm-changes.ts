// Shows what would be changed and asks; where nobody can be asked, --yes is needed.

import type { Hint } from '../../core/errors/advice.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Context } from '../context.ts'
import type { View } from '../render/view.ts'
import { PLAIN } from '../render/view.ts'

export interface Changes {
  /** How many; with none nobody is asked. */
  readonly count: number
  /** `webhooks apply would make 3 changes`: what the error says without --yes. */
  readonly sentence: string
  readonly question: string
  /** The command that shows them and changes nothing. */
  readonly look: Hint
  readonly show: (view: View) => string
}

/** @throws INPUT_REQUIRED where nobody can be asked, INTERRUPTED for a no */
export async function confirmChanges(ctx: Context, changes: Changes, flags: { readonly yes?: boolean }): Promise<void> {
  if (changes.count === 0 || flags.yes === true) return
  if (!ctx.canPrompt) {
    throw new CalreconnectError('INPUT_REQUIRED', `${changes.sentence}: pass --yes to do so without being asked`, {
      hint: changes.look,
    })
  }
  ctx.say(changes.show({ columns: ctx.host.stderr.columns, nowMs: ctx.clock.nowMs(), paint: PLAIN }))
  const yes = await (await ctx.prompts()).confirm(changes.question, false)
  if (!yes) throw new CalreconnectError('INTERRUPTED', 'Nothing was changed')
}
