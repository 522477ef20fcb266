// A line that moves while one waits, written over again and again. It owns nothing: no signal, no exit, no stream of others, and the
// cursor stays visible, so that nothing is left to be put back however the process ends.

import stringWidth from 'fast-string-width'
import type { Paint } from '../render/view.ts'
import { printable } from '../../core/secrets/visible.ts'
import type { Screen } from './screen.ts'

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const
const FRAME_MS = 80
const COLUMNS = 80
const TO_LINE_START = '\r\u001B[K'

export class Spinner {
  readonly #screen: Pick<Screen, 'write' | 'control' | 'columns'>
  readonly #paint: Paint
  #text: string | null = null
  #frame = 0
  #timer: NodeJS.Timeout | null = null

  constructor(screen: Pick<Screen, 'write' | 'control' | 'columns'>, paint: Paint) {
    this.#screen = screen
    this.#paint = paint
  }

  /** Shows `text` from now on. */
  show(text: string): void {
    this.#text = printable(text)
    this.#draw()
    this.#timer ??= setInterval(() => this.#turn(), FRAME_MS).unref()
  }

  /** Takes the line away while `write` writes lines of its own. */
  aside(write: () => void): void {
    if (this.#text !== null) this.#screen.control(TO_LINE_START)
    write()
    this.#draw()
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    if (this.#text !== null) this.#screen.control(TO_LINE_START)
    this.#timer = null
    this.#text = null
  }

  #turn(): void {
    this.#frame = (this.#frame + 1) % FRAMES.length
    this.#draw()
  }

  #draw(): void {
    if (this.#text === null) return
    const text = cut(this.#text, (this.#screen.columns || COLUMNS) - 3)
    this.#screen.control(TO_LINE_START)
    this.#screen.write(`${this.#paint.cyan(FRAMES[this.#frame] ?? '')} ${text}`)
  }
}

/** A line that is longer than the terminal is wide could not be written over. */
function cut(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text
  let shown = ''
  for (const character of text) {
    if (stringWidth(`${shown}${character}…`) > columns) break
    shown += character
  }
  return `${shown}…`
}
