// The door that every text leaves by: stdout and stderr. Whatever is written is made fit to be seen here, so that no renderer, warning or
// error need think of it. Only two things get through beside letters: our own colours, which Paint marks with code points that are no
// characters, and what `control` sends, which moves our own line.

import { visible } from '../../core/secrets/visible.ts'
import { PLAIN, type Paint } from '../render/view.ts'
import type { Output } from './streams.ts'

/** `commands`: lines that begin with `::` are ours, for the runner of a GitHub workflow, and foreign text in them is escaped. */
export type Form = 'text' | 'commands'

export const COLOURS = ['bold', 'dim', 'red', 'green', 'yellow', 'cyan'] as const
export type Colour = (typeof COLOURS)[number]
/** What begins and ends each colour on a terminal. */
export type Palette = Readonly<Record<Colour, { readonly begin: string; readonly end: string }>>
const FIRST_MARK = 0xfdd0
const END = '\u{FDEF}'
const MARK = /^[\u{FDD0}-\u{FDD5}\u{FDEF}]$/u
const MARK_OR_LINE = /[\u{FDD0}-\u{FDD5}\u{FDEF}\n]/gu

/** A runner takes a line for a command from `::` on, blanks before it ignored. */
const COMMAND = /^((?:[^\S\n\r\u2028\u2029]|[\u{FDD0}-\u{FDD5}\u{FDEF}])*)::/gmu

export class Screen implements Output {
  /** For prompts, which draw by themselves. */
  readonly terminal: NodeJS.WriteStream
  #palette: Palette | null = null

  constructor(terminal: NodeJS.WriteStream) {
    this.terminal = terminal
  }

  get isTTY(): boolean {
    return this.terminal.isTTY
  }

  get columns(): number {
    return this.terminal.columns
  }

  get rows(): number {
    return this.terminal.rows
  }

  write(text: string, form: Form = 'text'): void {
    this.terminal.write(this.shown(text, form))
  }

  /** What `write` would write: for a pager, which does it instead. */
  shown(text: string, form: Form = 'text'): string {
    return shownAs(text, { form, palette: this.#palette })
  }

  /** Our own sequence that moves the cursor. Never anything of others. */
  control(sequence: string): void {
    this.terminal.write(sequence)
  }

  /** The colours of this screen from now on. @param palette null: none */
  paint(palette: Palette | null): Paint {
    this.#palette = palette
    return palette === null ? PLAIN : INK
  }
}

/** What a screen shows of `text`. */
export function shownAs(text: string, how: { readonly form: Form; readonly palette: Palette | null }): string {
  const seen = visible(text, how.palette === null ? null : MARK)
  const harmless = how.form === 'commands' ? seen : seen.replaceAll(COMMAND, String.raw`$1\::`)
  return how.palette === null ? harmless : coloured(harmless, how.palette)
}

/** Marks become sequences: each line ends as it began, and so does the whole, whatever is missing. */
function coloured(text: string, palette: Palette): string {
  const open: Colour[] = []
  const begin = (names: typeof open): string => names.map((name) => palette[name].begin).join('')
  const end = (names: typeof open): string => names.map((name) => palette[name].end).join('')
  const painted = text.replaceAll(MARK_OR_LINE, (mark) => {
    if (mark === '\n') return `${end(open)}\n${begin(open)}`
    if (mark === END) {
      const name = open.pop()
      return name === undefined ? '' : end([name]) + begin(open)
    }
    const name = COLOURS[mark.charCodeAt(0) - FIRST_MARK]
    if (name === undefined) return ''
    open.push(name)
    return begin([name])
  })
  return painted + end(open)
}

function ink(name: Colour): (text: string) => string {
  const mark = String.fromCharCode(FIRST_MARK + COLOURS.indexOf(name))
  return (text) => (text === '' ? '' : `${mark}${text}${END}`)
}

const INK: Paint = {
  bold: ink('bold'),
  dim: ink('dim'),
  red: ink('red'),
  green: ink('green'),
  yellow: ink('yellow'),
  cyan: ink('cyan'),
}
