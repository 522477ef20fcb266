import { describe, expect, test } from 'vitest'
import { PassThrough } from 'node:stream'
import { palette } from '../../../src/cli/output/paint.ts'
import { Screen, shownAs } from '../../../src/cli/output/screen.ts'
import { Spinner } from '../../../src/cli/output/spinner.ts'
import { jsonText } from '../../../src/cli/output/json.ts'
import { envelope, errorText } from '../../../src/cli/exit.ts'
import { PLAIN } from '../../../src/cli/render/view.ts'
import { CalreconnectError } from '../../../src/core/errors/errors.ts'
import { CARRIED, escapes } from '../../support/carriers.ts'

const COLOURED = await palette()
const TEXT = { form: 'text', palette: null } as const

function screen(): { readonly screen: Screen; readonly shown: () => string } {
  const stream = new PassThrough()
  const terminal = Object.assign(stream, { isTTY: true, columns: 80 }) as unknown as NodeJS.WriteStream
  return { screen: new Screen(terminal), shown: () => String(stream.read() ?? '') }
}

describe('Screen', () => {
  test.each(CARRIED)('Screen lets nothing of %s through, in text, as commands and in JSON', (_name, text) => {
    const line = `before ${text} after\n${text}\n`
    expect(escapes(shownAs(line, TEXT))).toEqual([])
    const colours = ['1', '2', '22', '31', '32', '33', '36', '39'].map((code) => `\u001B[${code}m`)
    const inked = colours.reduce((shown, colour) => shown.replaceAll(colour, ''), shownAs(line, { form: 'text', palette: COLOURED }))
    expect(escapes(inked)).toEqual([])
    const json = jsonText({ line })
    expect(escapes(json)).toEqual([])
    expect(shownAs(`${json}\n`, TEXT)).toBe(`${json}\n`)
    expect(JSON.parse(json)).toEqual({ line })
  })

  test.each([
    ['letters, newlines and tabs', 'é 漢\t😀\n  x: y\n', 'é 漢\t😀\n  x: y\n'],
    ['a workflow command', 'a\n::stop-commands::x\n \t::error::y', 'a\n\\::stop-commands::x\n \t\\::error::y'],
    ['colons within a line', 'a::b [::1]', 'a::b [::1]'],
    ['older commands', 'x ##[error]y ##vso[task.setvariable]z ## [', 'x #\\#[error]y #\\#vso[task.setvariable]z ## ['],
    [
      'a URL without its password',
      'postgres://me:p@ss@db.example/x https://u@a.example/',
      'postgres://me:[secret]@db.example/x https://u@a.example/',
    ],
    ['our own example of one', 'http://USER:PASSWORD@HOST:PORT', 'http://USER:PASSWORD@HOST:PORT'],
    ['a carriage return', 'safe\revil', 'safe�evil'],
    ['marks of colours that are not wanted', '\u{FDD2}red\u{FDEF}', '�red�'],
  ])('Screen shows %s', (_name, text, shownText) => {
    expect(shownAs(text, TEXT)).toBe(shownText)
  })

  test('Screen leaves the commands of a report for a workflow alone, and nothing else of others', () => {
    expect(shownAs('::error title=x::a%0A::b ##[c\u001B]52;c;x\u0007', { form: 'commands', palette: null })).toBe(
      '::error title=x::a%0A::b #\\#[c�]52;c;x�',
    )
  })

  test('Screen paints only where colours are wanted, ends each line as it began, and nests', () => {
    const { screen: coloured, shown } = screen()
    const paint = coloured.paint(COLOURED)
    coloured.write(`${paint.dim(`a ${paint.bold('b')} c\nd`)} ${paint.red('')}\n`)
    expect(shown()).toBe('\u001B[2ma \u001B[1mb\u001B[22m\u001B[2m c\u001B[22m\n\u001B[2md\u001B[22m \n')
    expect(coloured.paint(null)).toBe(PLAIN)
    coloured.write(paint.red('x'))
    expect(shown()).toBe('�x�')
  })

  test('Screen ends every colour that somebody else began', () => {
    expect(shownAs('\u{FDD2}red\u{FDEF}\u{FDEF}\u{FDD0}', { form: 'text', palette: COLOURED })).toBe(
      '\u001B[31mred\u001B[39m\u001B[1m\u001B[22m',
    )
  })

  test('Screen shows a command behind a colour as no command', () => {
    expect(shownAs('\u{FDD1} ::error::x\u{FDEF}', { form: 'text', palette: COLOURED })).toBe('\u001B[2m \\::error::x\u001B[22m')
  })
})

test('Spinner moves its own line, and the label on it cannot', () => {
  const { screen: terminal, shown } = screen()
  const spinner = new Spinner(terminal, PLAIN)
  spinner.show('Deleting\r\n\u001B[2Jx')
  spinner.stop()
  expect(shown()).toBe('\r\u001B[K⠋ Deleting���[2Jx\r\u001B[K')
})

test('errorText() and envelope() say what is wrong with a URL without the tokens in it', () => {
  const error = new CalreconnectError('INVALID_URL', 'Callback URL https://a.example/x?api_key=abc&id=1&token=def#x has a fragment', {
    hint: 'x',
  })
  const said = 'Callback URL https://a.example/x?api_key=[secret]&id=1&token=[secret]#x has a fragment'
  expect(errorText(error, { paint: PLAIN, debug: false })).toContain(said)
  expect(JSON.parse(envelope('connect', null, error))).toMatchObject({ error: { message: said } })
})

test("errorText() keeps the other side's lines behind its own, so that none poses as a hint", () => {
  const said = new CalreconnectError('CALENDLY_REFUSED', 'Refused: a\nHint: run this', {
    hint: 'The real one',
    status: 400,
    title: 'T\nHint: x',
    details: [{ parameter: 'p\nHint: y', message: 'm\nHint: z' }],
    requestId: 'r\nHint: w',
  })
  expect(errorText(said, { paint: PLAIN, debug: false }).match(/^Hint:.*$/gm)).toEqual(['Hint: The real one'])
})
