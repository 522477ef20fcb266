import { expect, test } from 'vitest'
import { setting, textOf } from '../../../src/cli/input/environment.ts'
import { checkPath } from '../../../src/cli/input/paths.ts'

const env = { HOME: '/home/jane', DATA: '/srv/data', EMPTY: '' }

test.each(['x.db', './x.db', '/var/lib/x.db', 'C:\\data\\x.db', 'c:/data/x.db', 'a b/x.db', 'a~b', 'it$is', 'x:y', 'ünï.db', './-x'])(
  'checkPath takes %s as it is',
  (text) => {
    expect(checkPath({ by: '--db', text }, env)).toBe(text)
  },
)

test.each([
  ['~', '/home/jane'],
  ['~/x.db', '/home/jane/x.db'],
  ['~bob/x.db', null],
  ['"/srv/x.db"', '/srv/x.db'],
  ["'~/x.db'", '/home/jane/x.db'],
  ['"/srv/x.db', '/srv/x.db'],
  ['$HOME/x.db', '/home/jane/x.db'],
  ['${DATA}/x.db', '/srv/data/x.db'],
  ['%DATA%\\x.db', '/srv/data\\x.db'],
  ['$EMPTY/x.db', null],
  ['$NONE/x.db', null],
  ['file:///srv/x.db', '/srv/x.db'],
  ['file://localhost/srv/a%20b.db', '/srv/a b.db'],
  ['file:x.db?mode=ro', 'x.db'],
  ['file:///C:/data/x.db', 'C:/data/x.db'],
  ['sqlite:///srv/x.db', '/srv/x.db'],
  ['sqlite3://x.db', 'x.db'],
  ['sqlite:x.db', 'x.db'],
  ['mysql://root@localhost/x', null],
  ['mongodb+srv://cluster/x', null],
  ['https://example.com/x.db', null],
  ['libsql://x.turso.io', null],
  [':memory:', null],
  ['--json', './--json'],
  ['-x', './-x'],
  ['', null],
  ['  ', null],
  ['x\ny', null],
  ['x\u0000', null],
])('checkPath refuses %j and says what to write', (text, instead) => {
  const hint = instead === null ? 'Give --db the path of a file' : `Write --db ${/[ \\]/.test(instead) ? `'${instead}'` : instead}`
  expect(() => checkPath({ by: '--db', text }, env)).toThrow(expect.objectContaining({ code: 'USAGE', hint }))
})

test('checkPath names the variable that gave the path', () => {
  expect(() => checkPath({ by: 'CALRECONNECT_DB', text: '~/x.db' }, env)).toThrow(
    expect.objectContaining({
      message: 'CALRECONNECT_DB begins with ~, which only a shell replaces, and none did: "~/x.db"',
      hint: 'Write CALRECONNECT_DB=/home/jane/x.db',
    }),
  )
})

test.each([
  ['value', 'value'],
  [' value\r\n', 'value'],
  ['\uFEFFvalue', 'value'],
  ['\t', null],
  ['', null],
  [undefined, null],
])('setting trims %j', (text, value) => {
  expect(setting({ NAME: text }, 'NAME')).toBe(value)
})

test.each(['"value"', " 'value'\n"])('setting refuses the quoted %j, and does not show it', (text) => {
  const refused = expect.objectContaining({ code: 'USAGE', message: expect.not.stringContaining('value') })
  expect(() => setting({ NAME: text }, 'NAME')).toThrow(refused)
})

test.each([
  ['UTF-8', Buffer.from(' value\r\n')],
  ['UTF-8 with a byte order mark', Buffer.from('\uFEFFvalue\n')],
  ['UTF-16, little endian', Buffer.from('\uFEFFvalue\r\n', 'utf16le')],
  ['UTF-16, big endian', Buffer.from('\uFEFFvalue\r\n', 'utf16le').swap16()],
])('textOf reads %s', (_, bytes) => {
  expect(textOf(bytes)).toBe('value')
})
