import { describe, expect, it } from 'vitest'

import { redactBody, redactHeaders, redactText, redactUrl } from '../../../src/core/secrets/redact.ts'
import { SecretRegistry } from '../../../src/core/secrets/registry.ts'
import { encodingsOf } from '../../support/encodings.ts'

const CANARY = 'cAnaRy/0123+456_789-~abc"\\&<\'zé'
const PLAIN = 'c4n4ry5ecretValue0123456789abcdef'

describe('SecretRegistry.redact', () => {
  const bytes = (text: string): Buffer => Buffer.from(text, 'utf8')
  it.each([
    ['raw', (s: string) => s],
    ['URL-encoded', encodeURIComponent],
    ['URL-encoded in lower case', (s: string) => encodeURIComponent(s).replaceAll(/%../g, (escape) => escape.toLowerCase())],
    ['URL-encoded twice', (s: string) => encodeURIComponent(encodeURIComponent(s))],
    ['form-encoded', (s: string) => new URLSearchParams({ s }).toString().slice(2)],
    ['every byte escaped', (s: string) => [...bytes(s)].map((byte) => `%${byte.toString(16).toUpperCase()}`).join('')],
    ['base64', (s: string) => bytes(s).toString('base64')],
    ['base64url', (s: string) => bytes(s).toString('base64url')],
    ['base64 after one byte', (s: string) => bytes(`:${s}`).toString('base64')],
    ['base64 after two bytes', (s: string) => bytes(`a:${s}`).toString('base64')],
    ['base64 amid a text', (s: string) => bytes(`client:${s}:more`).toString('base64')],
    ['base64, URL-encoded', (s: string) => encodeURIComponent(bytes(s).toString('base64'))],
    ['hex', (s: string) => bytes(s).toString('hex')],
    ['hex in upper case', (s: string) => bytes(s).toString('hex').toUpperCase()],
    ['JSON-escaped', (s: string) => JSON.stringify({ s })],
    ['JSON within JSON', (s: string) => JSON.stringify(JSON.stringify({ s }))],
    ['JSON with escaped slashes', (s: string) => JSON.stringify({ s }).replaceAll('/', String.raw`\/`)],
    ['HTML-escaped', (s: string) => s.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;')],
  ])('SecretRegistry.redact masks a secret that is %s', (_name, encode) => {
    for (const secret of [CANARY, PLAIN]) {
      const encoded = encode(secret)
      const shown = new SecretRegistry([secret]).redact(`before ${encoded} after`)
      expect(shown).toContain('[secret]')
      expect(encodingsOf(secret).filter((form) => shown.toLowerCase().includes(form.toLowerCase()))).toEqual([])
      expect(shown.startsWith('before ') && shown.endsWith(' after')).toBe(true)
    }
  })

  it('SecretRegistry.redact masks JSON unicode escapes', () => {
    const escaped = Array.from({ length: PLAIN.length }, (_, index) => String.raw`\u00` + PLAIN.charCodeAt(index).toString(16)).join('')
    expect(new SecretRegistry([PLAIN]).redact(`"${escaped}"`)).toBe('"[secret]"')
  })

  it('SecretRegistry.redact masks a secret that is cut off at the end', () => {
    expect(new SecretRegistry([PLAIN]).redact(`body: ${PLAIN.slice(0, 20)}`)).toBe('body: [secret]')
  })

  it('SecretRegistry.redact leaves short values and other text alone', () => {
    const registry = new SecretRegistry(['abc', '', PLAIN])
    expect(registry.redact('abc and nothing else')).toBe('abc and nothing else')
  })

  it('SecretRegistry.redact masks the longer of two secrets where one begins with the other', () => {
    expect(new SecretRegistry([PLAIN, `${PLAIN}-and-more`]).redact(`<${PLAIN}-and-more>`)).toBe('<[secret]>')
  })

  it('SecretRegistry.redact masks two secrets that overlap, and all of both', () => {
    expect(new SecretRegistry(['abcdefghij', 'ghijklmnop']).redact('<abcdefghijklmnop>')).toBe('<[secret]>')
  })

  it.each(['%2', '%25', String.raw`\u00`, '&#4', '\\'])(
    'SecretRegistry.redact masks a secret that is cut off within the escape %s',
    (escape) => {
      expect(new SecretRegistry([`${PLAIN}+${PLAIN}`]).redact(`body: ${PLAIN}${escape}`)).toBe('body: [secret]')
    },
  )

  it.each(['%', String.raw`\u`, String.raw`\\u`, '%25'])(
    'SecretRegistry.redact masks a secret whose first digits an escape in front of it would take: %s',
    (sign) => {
      const hex = Buffer.from(PLAIN, 'utf8').toString('hex')
      for (const secret of [hex, '53ab-0123456789-secret']) {
        const shown = new SecretRegistry([PLAIN, secret]).redact(`at 100${sign}${secret} it is`)
        expect(shown).not.toContain(secret)
        expect(shown).toMatch(/^at 100.*\[secret\] it is$/)
      }
    },
  )

  it('SecretRegistry.add never makes it forget what it was opened with, and of the others the one not seen for longest', () => {
    const registry = new SecretRegistry([PLAIN])
    registry.add('first-secret', 'second-secret')
    for (let index = 0; index < 62; index += 1) registry.add(`passing-secret-${index}`, 'first-secret')
    registry.add('passing-secret-62')
    expect(registry.redact(`${PLAIN} first-secret second-secret passing-secret-62`)).toBe('[secret] [secret] second-secret [secret]')
  })

  it('SecretRegistry.redact masks all of a long secret, of which it compares the beginning', () => {
    const long = `${PLAIN}.${'aB3-_'.repeat(200)}`
    expect(
      new SecretRegistry([long]).redact(`{"t":"${long}"} ${encodeURIComponent(long)} ${Buffer.from(long).toString('base64')} end`),
    ).toBe('{"t":"[secret]"} [secret] [secret] end')
  })
})

describe('redactHeaders', () => {
  it('redactHeaders masks by name and keeps the scheme of an authorization', () => {
    expect(
      redactHeaders({
        Authorization: 'Bearer eyJhbGciOi.J9.x',
        'proxy-authorization': 'Basic dXNlcjpwYXNz',
        cookie: 'session=abc',
        'set-cookie': '__cf_bm=abcdefghijkl; path=/',
        'x-ratelimit-key': 'oauth:CLIENT_ID:2a238737-6f8e-47cc-a81a-05970799ff8f',
        'x-request-id': 'c413f2ab-8fe3-4a82-a10a-e39349d29e8e',
        'user-agent': 'calreconnect/1.0.0',
        location: 'https://a.example/cb?code=abc123def&x=1',
      }),
    ).toEqual({
      authorization: 'Bearer [secret]',
      'proxy-authorization': 'Basic [secret]',
      cookie: '[secret]',
      'set-cookie': '[secret]',
      'x-ratelimit-key': '[secret]',
      'x-request-id': 'c413f2ab-8fe3-4a82-a10a-e39349d29e8e',
      'user-agent': 'calreconnect/1.0.0',
      location: 'https://a.example/cb?code=[secret]&x=1',
    })
  })
})

describe('redactHeaders of URLs', () => {
  it.each([
    ['location', 'https://a.example/cb?email=ada%40b.example', 'https://a.example/cb?email=[personal]'],
    ['Referer', 'https://a.example/cb?name=Ada', 'https://a.example/cb?name=[personal]'],
    ['x-original-url', 'https://a.example/cb?email=ada%40b.example', 'https://a.example/cb?email=ada%40b.example'],
    ['authorization', '', ' [secret]'],
  ])('redactHeaders masks %s as what it is', (name, value, shown) => {
    expect(redactHeaders({ [name]: value })).toEqual({ [name.toLowerCase()]: shown })
  })

  it('redactHeaders masks what is known wherever it stands', () => {
    const registry = new SecretRegistry([PLAIN])
    expect(redactHeaders({ location: `/x?y=${PLAIN}`, 'x-y': `a ${PLAIN}` }, registry)).toEqual({
      location: '/x?y=[secret]',
      'x-y': 'a [secret]',
    })
  })
})

describe('redactUrl', () => {
  it.each([
    ['https://a.example/cb?code=abc&state=def&x=1', 'https://a.example/cb?code=[secret]&state=[secret]&x=1'],
    ['https://a.example/cb#access_token=abc&x=1', 'https://a.example/cb#access_token=[secret]&x=1'],
    ['https://a.example/x?code_verifier=abc&code_challenge=def', 'https://a.example/x?code_verifier=[secret]&code_challenge=[secret]'],
    ['https://user:pass@proxy.example/', 'https://[secret]@proxy.example/'],
    ['https://a.example/x?email=a%40b.example&count=100', 'https://a.example/x?email=[personal]&count=100'],
    ['https://a.example/x?page_token=abcdefgh&count=100', 'https://a.example/x?page_token=abcdefgh&count=100'],
    ['https://a.example/x?%63ode=abc', 'https://a.example/x?%63ode=[secret]'],
    ['https://a.example/x?bad%=1', 'https://a.example/x?bad%=1'],
    ['https://a.example/x?code&state=&x', 'https://a.example/x?code&state=&x'],
    ['https://a.example/x?a=b=c&code=d=e', 'https://a.example/x?a=b=c&code=[secret]'],
    ['https://a.example/x?first+name=Ada&first_name=Ada', 'https://a.example/x?first+name=Ada&first_name=[personal]'],
    ['https://a.example/x?CODE=abc', 'https://a.example/x?CODE=[secret]'],
    ['/cb?code=abc?state=def', '/cb?code=[secret]'],
  ])('redactUrl of %s', (url, shown) => {
    expect(redactUrl(url)).toBe(shown)
  })
})

describe('redactBody', () => {
  it('redactBody masks secrets of a token answer and keeps the rest', () => {
    const body = JSON.stringify({
      token_type: 'Bearer',
      expires_in: 7200,
      access_token: 'a',
      refresh_token: 'b',
      scope: 'default',
      owner: 'https://api.calendly.com/users/A',
    })
    expect(JSON.parse(redactBody(body, 'application/json'))).toEqual({
      token_type: 'Bearer',
      expires_in: 7200,
      access_token: '[secret]',
      refresh_token: '[secret]',
      scope: 'default',
      owner: 'https://api.calendly.com/users/A',
    })
  })

  it('redactBody masks the signing key of a creation and keeps what identifies it', () => {
    const body = JSON.stringify({ url: 'https://a.example/h', events: ['invitee.created'], scope: 'user', signing_key: 'k' })
    expect(JSON.parse(redactBody(body, 'application/json'))).toEqual({
      url: 'https://a.example/h',
      events: ['invitee.created'],
      scope: 'user',
      signing_key: '[secret]',
    })
  })

  it('redactBody keeps the state of a subscription and the code of an error detail', () => {
    const body = { resource: { state: 'disabled' }, details: [{ code: 'invalid', message: 'is missing', parameter: 'url' }] }
    expect(JSON.parse(redactBody(JSON.stringify(body), 'application/json'))).toEqual(body)
  })

  it('redactBody masks an authorization code and a state in JSON', () => {
    const opaque = 'f'.repeat(64)
    expect(JSON.parse(redactBody(JSON.stringify({ code: opaque, state: opaque }), null))).toEqual({ code: '[secret]', state: '[secret]' })
  })

  it('redactBody masks personal data of a payload wherever it is nested', () => {
    const payload = {
      payload: {
        email: 'ada@example.com',
        name: 'Ada Lovelace',
        text_reminder_number: '+1 555 0100',
        questions_and_answers: [{ question: 'Why?', answer: 'Because of ada@example.com', position: 0 }],
        scheduled_event: { event_guests: [{ email: 'b@example.com' }], start_time: '2026-11-22T12:00:00Z' },
        cancel_url: 'https://calendly.com/cancellations/1',
      },
    }
    expect(JSON.parse(redactBody(JSON.stringify(payload), 'application/json'))).toEqual({
      payload: {
        email: '[personal]',
        name: '[personal]',
        text_reminder_number: '[personal]',
        questions_and_answers: [{ question: 'Why?', answer: '[personal]', position: 0 }],
        scheduled_event: { event_guests: [{ email: '[personal]' }], start_time: '2026-11-22T12:00:00Z' },
        cancel_url: '[personal]',
      },
    })
  })

  it('redactBody masks what is nested deeper than any stack', () => {
    const nest = (value: string): string => '{"a":['.repeat(20_000) + `{"token":"${value}"}` + ']}'.repeat(20_000)
    expect(redactBody(nest(PLAIN), 'application/json')).toBe(nest('[secret]'))
  })

  it('redactBody masks a number, an array and each of two members of one name, and leaves null', () => {
    expect(redactBody('{"token":5,"token":["a",{"x":"b","secret":"c"},"d"],"password":null,"x":[1,"e"]}', null)).toBe(
      '{"token":"[secret]","token":["[secret]",{"x":"b","secret":"[secret]"},"[secret]"],"password":null,"x":[1,"e"]}',
    )
  })

  it('redactBody masks the fields of a form', () => {
    const form =
      'grant_type=authorization_code&code=abc&redirect_uri=http%3A%2F%2Flocalhost%3A8917%2Fcallback&code_verifier=def&client_secret=ghi'
    expect(redactBody(form, 'application/x-www-form-urlencoded;charset=UTF-8')).toBe(
      'grant_type=authorization_code&code=[secret]&redirect_uri=http%3A%2F%2Flocalhost%3A8917%2Fcallback&code_verifier=[secret]&client_secret=[secret]',
    )
  })

  it.each([
    ['half a JSON', '{"access_token":"abc.def", "refresh_token":"ghi', '{"access_token":[secret], "refresh_token":[secret]'],
    ['HTML with an echo', '<p>refresh_token=abcdef0123</p>', '<p>refresh_token=[secret]</p>'],
    ['an empty body', '', ''],
  ])('redactBody masks %s as text', (_name, body, shown) => {
    expect(redactBody(body, 'text/html')).toBe(shown)
  })
})

describe('redactBody by what a body is', () => {
  it.each<[string, string, string | null, string]>([
    ['a JSON array', '[{"token":"a"}]', null, '[{"token":"[secret]"}]'],
    ['JSON behind blanks', ' \n{"token":"a"}', 'text/plain', ' \n{"token":"[secret]"}'],
    ['JSON behind a byte order mark, which goes', '\u{FEFF}{"token":"a"}', null, '{"token":"[secret]"}'],
    ['JSON with a byte order mark at its end, which is none', '{"name":"a"}\u{FEFF}', null, '{"name":"a"}\u{FEFF}'],
    ['blanks', ' \n ', null, ' \n '],
    ['a form that its type tells', 'email=a&x=1', 'application/x-www-form-urlencoded', 'email=[personal]&x=1'],
    ['the same text without a type', 'email=a&x=1', null, 'email=a&x=1'],
    ['the same text of another type', 'email=a&x=1', 'text/plain', 'email=a&x=1'],
    ['a form whose fields lack values', 'code&email&x=ada@b.example', 'application/x-www-form-urlencoded', 'code&email&x=[personal]'],
    ['a form with = in a value', 'code=a=b&x=y=z', 'application/x-www-form-urlencoded', 'code=[secret]&x=y=z'],
    ['a form whose names are escaped', '%43ODE=a&bad%=1', 'application/x-www-form-urlencoded', '%43ODE=[secret]&bad%=1'],
  ])('redactBody masks %s', (_what, body, type, shown) => {
    expect(redactBody(body, type)).toBe(shown)
  })

  it('redactBody takes a code or a state of 20 characters without meaning for a secret, and no other one', () => {
    const [opaque, shorter] = ['f'.repeat(20), 'f'.repeat(19)]
    const given = {
      code: opaque,
      state: shorter,
      a: { code: `${opaque}!` },
      b: { code: `! ${opaque}` },
      c: { state: 9_007_199_254_740_991 },
      d: opaque,
    }
    expect(JSON.parse(redactBody(JSON.stringify(given), null))).toEqual({ ...given, code: '[secret]' })
  })

  it('redactBody masks values by what they look like where their name says nothing, and what is known', () => {
    const body = JSON.stringify({ message: 'for ada@b.example', list: ['Bearer abcdef0123', PLAIN], top: true })
    expect(JSON.parse(redactBody(body, null, new SecretRegistry([PLAIN])))).toEqual({
      message: 'for [personal]',
      list: ['Bearer [secret]', '[secret]'],
      top: true,
    })
    expect(redactBody('"ada@b.example"', null)).toBe('"[personal]"')
    expect(redactBody('["ada@b.example"]', null)).toBe('["[personal]"]')
  })

  it('redactBody leaves the very text of what needs no mask', () => {
    const body = '{ "a" : [ 1 , -2.5e3 , null , "\\u00e9\\n" , {} , [] ] , "name" : null , "email" : {"x": "y"} }'
    expect(redactBody(body, null)).toBe(body)
  })

  it('redactBody knows which field a value belongs to behind containers, in arrays of arrays and in escaped names', () => {
    expect(redactBody('{"token":[{"a":1},["b"],"c"],"x":"d","y":[[]],"z":"e","t\\u006fken":"f","last":{"g":{}},"h":"i"}', null)).toBe(
      '{"token":[{"a":1},["[secret]"],"[secret]"],"x":"d","y":[[]],"z":"e","t\\u006fken":"[secret]","last":{"g":{}},"h":"i"}',
    )
    expect(redactBody('{"token":{"a":"b"},"c":"d"}', null)).toBe('{"token":{"a":"b"},"c":"d"}')
    expect(redactBody('[{"token":"a"},"b",["c",{"d":"token"}]]', null)).toBe('[{"token":"[secret]"},"b",["c",{"d":"token"}]]')
    expect(redactBody('{"token":[[1,true],{}],"a":2}', null)).toBe('{"token":[["[secret]","[secret]"],{}],"a":2}')
  })
})

describe('redactText', () => {
  it.each([
    ['Authorization: Bearer abcdef0123456', 'Authorization: [secret]'],
    ['token eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJ4In0.abc_def', 'token [secret]'],
    ['client_secret=abc, more', 'client_secret=[secret], more'],
    ['at http://localhost:8917/callback?code=abc&state=def now', 'at http://localhost:8917/callback?code=[secret]&state=[secret] now'],
    ['mail ada@example.com', 'mail [personal]'],
    ['Basic dXNlcjpwYXNz', 'Basic [secret]'],
    ['x-eyJhbGci.eyJpc3Mi.abc.def', 'x-[secret].def'],
    ['postgres://me:p@ss@db.example/x', 'postgres://[secret]@db.example/x'],
    [String.raw`password=\"a \"b`, 'password=[secret]'],
    [String.raw`password="a\\" b`, 'password=[secret] b'],
    ['a@b@c.example, @x, x@', 'a@[personal], @x, x@'],
    ['nothing here', 'nothing here'],
    // What is odd, or cut off.
    ["password='it is' on", 'password=[secret] on'],
    ["password='it is", 'password=[secret]'],
    ['password=, x', 'password=, x'],
    ['password=', 'password='],
    ['password="a", token', 'password=[secret], token'],
    ['a password=b; c cookie: d, e', 'a password=[secret]; c cookie: [secret], e'],
    [String.raw`"password": "a\\\"b" c`, '"password": [secret] c'],
    ['authorization: basic   abc d', 'authorization: [secret] d'],
    ['authorization: bearer & x', 'authorization: [secret] & x'],
    [String.raw`password=\n`, 'password=[secret]'],
    ['eyJhbGci', 'eyJhbGci'],
    ['eyJhbGci.', 'eyJhbGci.'],
    ['eyJhbGci..x', 'eyJhbGci..x'],
    ['eyJ.abc.def', 'eyJ.abc.def'],
    ['aeyJhbGci.abc.def', 'aeyJhbGci.abc.def'],
    ['a.eyJhbGci.abc', 'a.[secret]'],
    ['eyJhbGci.a.b.c eyJhbGci.a.b', '[secret].c [secret]'],
    ['a@b.c.d and e@f.g, h@i', '[personal] and [personal], h@i'],
    ['a@b.c@d.e', '[personal]@d.e'],
    ['x@y.z', '[personal]'],
    ['password=a"b c" d', 'password=[secret] c" d'],
    [String.raw`password=\x"a b" c`, 'password=[secret] b" c'],
    ["password=a'b c", 'password=[secret] c'],
  ])('redactText of %s', (text, shown) => {
    expect(redactText(text)).toBe(shown)
  })
})
