// What a terminal shows in the end, of all that was written to it: lines are drawn over, erased and moved back to.

// oxlint-disable-next-line no-control-regex -- escape sequences begin with a control character
const PIECE = /\u001B\[([\d;?]*)([ -/]*[@-~])|\u001B[^[]|\r|\n|\u0008|[^\u001B\r\n\u0008]/gu

/** As wide as it need be: no line is wrapped. */
export function screenOf(written: string): string {
  const lines: (string[] | undefined)[] = [[]]
  let [row, column] = [0, 0]
  const line = (): string[] => (lines[row] ??= [])
  for (const [piece, parameters, letter] of written.matchAll(PIECE)) {
    const count = Number.parseInt(parameters ?? '', 10) || 1
    if (piece === '\r') column = 0
    else if (piece === '\n') row += 1
    else if (piece === '\b') column = Math.max(0, column - 1)
    else if (letter === 'A') row = Math.max(0, row - count)
    else if (letter === 'B') row += count
    else if (letter === 'C') column += count
    else if (letter === 'D') column = Math.max(0, column - count)
    else if (letter === 'G') column = count - 1
    else if (letter === 'K') line().length = parameters === '2' ? 0 : Math.min(line().length, column)
    else if (letter === 'J') {
      line().length = Math.min(line().length, column)
      lines.length = row + 1
    } else if (letter === undefined && !piece.startsWith('\u001B')) {
      while (line().length < column) line().push(' ')
      line()[column] = piece
      column += 1
    }
  }
  return Array.from(lines, (characters) => (characters ?? []).join('').trimEnd())
    .join('\n')
    .trim()
}
