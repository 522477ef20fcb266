import { expect, test } from 'vitest'

import { BODY_CHANGES } from '../../../src/core/signature/body-changes.ts'

const BOM = '\u00ef\u00bb\u00bf'
const latin1 = (text: string) => Buffer.from(text, 'utf8').toString('latin1')

test.each<[string, string, string]>([
  ['A trailing newline was added', '\n{}\n\r\n', '\n{}'],
  ['A trailing newline was added', '\r\n', ''],
  ['A trailing newline was added', '{} ', '{} '],
  ['One of the trailing newlines was added', '{}\n\n', '{}\n'],
  ['One of the trailing newlines was added', '{}\n\r\n', '{}\n'],
  ['One of the trailing newlines was added', '\n{}', '\n{}'],
  ['A BOM was added', `${BOM}{}${BOM}`, `{}${BOM}`],
  ['A BOM was added', `{}${BOM}`, `{}${BOM}`],
  ['A BOM and a trailing newline were added', `${BOM}{}\n`, '{}'],
  ['White space was added around it', '\0 \t\n{ }\r\n \0', '{ }'],
  ['White space was added around it', ' \n ', ''],
  ['White space was added around it', '!{}!', '!{}!'],
  ['A BOM and white space were added around it', `${BOM} {} \n`, '{}'],
  ['A trailing newline was lost', '{}', '{}\n'],
  ['A trailing CRLF was lost', '{}', '{}\r\n'],
  ['Line ends were turned into CRLF', '{\r\n\r}\r\n', '{\n\r}\n'],
  ['Line ends were turned into CRLF and one was added', '{\r\n}\r\n', '{\n}'],
  ['CRLF line ends were turned into LF', '{\n\r\n}', '{\r\n\r\n}'],
  ['The BOM was lost', '{}', `${BOM}{}`],
  ['The BOM was lost', `${BOM}{}`, `${BOM}{}`],
  [String.raw`A shell's echo turned \n into line ends`, '{"a\n\r\t\b\f\\"}\n', String.raw`{"a\n\r\t\b\f\"}`],
  [
    String.raw`A shell's echo turned \\ and \n into what they stand for`,
    String.raw`{"a\b\\":"\"` + '\n"}\n',
    String.raw`{"a\\b\\\":"\"\n"}`,
  ],
  ['Characters were composed (Unicode NFC)', latin1('é'), latin1('e\u0301')],
  ['Characters were decomposed (Unicode NFD), as macOS does', latin1('e\u0301'), latin1('é')],
  ['Straight quotes were made typographic', latin1('{“a”:‘b’}'), latin1('{"a":‘b’}')],
  ['No-break spaces took the place of spaces', latin1('{\u00a0\u00a0}'), '{  }'],
])('%s: %j is undone to %j', (says, bytes, undone) => {
  expect(BODY_CHANGES.filter((one) => one.says === says).map(({ undo }) => undo(bytes))).toEqual([undone])
})

test('every change leaves something as it is, so that it is not tried in vain', () => {
  const adding = new Set(['A trailing newline was lost', 'A trailing CRLF was lost', 'The BOM was lost'])
  expect(BODY_CHANGES.filter(({ says, undo }) => !adding.has(says) && undo('{"a":1}') !== '{"a":1}')).toEqual([])
})
