// What others wrote down, taken apart: where the signature stands among headers, and where a request's body begins and ends.

import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { fromFile, fromHeaders, fromLines, fromList, fromObject } from '../../../src/adapters/captures/header-values.ts'
import { looksLikeHar, looksLikeHttp, readHar, readHttp } from '../../../src/adapters/captures/whole-file.ts'

const NAME = 'Calendly-Webhook-Signature'
const VALUE = 't=1700000000,v1=abcdef'
const OTHER = 't=1700000001,v1=012345'

describe('the signature in an object of headers', () => {
  test.each<[string, object, string | null]>([
    ['in its usual letters', { Host: 'x', [NAME]: VALUE, Accept: '*/*' }, VALUE],
    ['in small letters', { host: 'x', 'calendly-webhook-signature': VALUE }, VALUE],
    ['in capitals, as CGI has it', { HTTP_HOST: 'x', HTTP_CALENDLY_WEBHOOK_SIGNATURE: VALUE }, VALUE],
    ['in a list of one', { [NAME]: [VALUE] }, VALUE],
    ['twice in a list, as HTTP joins them', { [NAME]: [VALUE, OTHER] }, `${VALUE}, ${OTHER}`],
    ['in an empty list', { [NAME]: [] }, null],
    ['in a list of something else', { [NAME]: [VALUE, 1] }, null],
    ['as no text', { [NAME]: 1 }, null],
    ['under a longer name', { [`X-${NAME}`]: VALUE, [`${NAME}-Old`]: VALUE }, null],
    ['under a shorter name', { 'Webhook-Signature': VALUE }, null],
    ['nowhere', { Host: 'x' }, null],
  ])('%s', (_where, headers, found) => {
    expect([fromObject(headers), fromHeaders(headers)]).toEqual([found, found])
  })
})

describe('the signature in a list of headers', () => {
  test.each<[string, readonly unknown[], string | null]>([
    [
      'of pairs',
      [
        ['Host', 'x'],
        [NAME, VALUE],
        ['Accept', '*'],
      ],
      VALUE,
    ],
    ['of pairs whose value is a list', [[NAME, [VALUE, OTHER]]], `${VALUE}, ${OTHER}`],
    [
      'of name and value',
      [
        { name: 'Host', value: 'x' },
        { name: NAME, value: VALUE },
      ],
      VALUE,
    ],
    [
      'of key and value',
      [
        { key: 'Host', value: 'x' },
        { key: NAME, value: VALUE },
      ],
      VALUE,
    ],
    [
      'of Name and Value',
      [
        { Name: 'Host', Value: 'x' },
        { Name: NAME, Value: VALUE },
      ],
      VALUE,
    ],
    ['of names and values in turn', ['Host', 'x', NAME, VALUE, 'Accept', '*'], VALUE],
    ['of lines', ['Host: x', `${NAME}: ${VALUE}`], VALUE],
    ['that ends with its name', ['Host', 'x', NAME], null],
    ['without it', [['Host', 'x'], { name: 'Accept', value: VALUE }, 'X', VALUE, null, 1], null],
  ])('%s', (_of, headers, found) => {
    expect([fromList(headers), fromHeaders(headers)]).toEqual([found, found])
  })
})

describe('the signature in lines of headers', () => {
  test.each<[string, string, string | null]>([
    ['that end as in HTTP', `POST / HTTP/1.1\r\nHost: x\r\n${NAME}: ${VALUE}\r\n`, VALUE],
    ['that end as on Unix', `Host: x\n${NAME}:${VALUE}\nAccept: *`, VALUE],
    ['that end as long ago', `Host: x\r${NAME}: ${VALUE}\rAccept: *`, VALUE],
    ['sent, as curl shows them', `* Connected\n> Host: x\n> ${NAME}: ${VALUE}`, VALUE],
    ['received, as curl shows them', `< ${NAME}: ${VALUE}`, VALUE],
    ['with spaces around', `  ${NAME} :   ${VALUE}  `, VALUE],
    ['with a colon in its value', `${NAME}: t=1:2,v1=a`, 't=1:2,v1=a'],
    ['without a colon', `${NAME} ${VALUE}`, null],
    ['behind a colon', `: ${NAME}: ${VALUE}`, null],
  ])('%s', (_how, lines, found) => {
    expect([fromLines(lines), fromHeaders(lines)]).toEqual([found, found])
  })
})

describe('the signature in a file of headers', () => {
  test.each<[string, string, string | null]>([
    ['that is the value alone', ` ${VALUE}\n`, VALUE],
    ['that is the value alone, in quotes', `"${VALUE}"`, VALUE],
    ['with a byte order mark', `\uFEFF${VALUE}`, VALUE],
    ['that is an object', JSON.stringify({ [NAME]: VALUE }), VALUE],
    ['that is an object with headers in it', JSON.stringify({ method: 'POST', headers: { [NAME]: VALUE } }), VALUE],
    ['that is an object with a list in it', JSON.stringify({ headers: [[NAME, VALUE]] }), VALUE],
    ['that is an object with a list of two in it', JSON.stringify({ headers: { [NAME]: [VALUE, OTHER] } }), `${VALUE}, ${OTHER}`],
    ['that is a list', JSON.stringify([{ name: NAME, value: VALUE }]), VALUE],
    ['of lines', `Host: x\n${NAME}: ${VALUE}`, VALUE],
    ['that was printed by Python', `{'Host': 'x', '${NAME}': '${VALUE}', 'Accept': '*'}`, VALUE],
    ['that was printed by Ruby', `{"Host"=>"x", "${NAME}"=>"${VALUE}"}`, VALUE],
    ['that was printed by Go', `map[Host:[x] ${NAME}:[${VALUE}]]`, VALUE],
    ['of the environment', `HOME=/root\nHTTP_CALENDLY_WEBHOOK_SIGNATURE=${VALUE}\nTERM=x`, VALUE],
    ['that is a table', `Key                         Value\n${NAME}  ${VALUE}`, VALUE],
    ['without it', JSON.stringify({ Host: 'x' }), null],
    ['that is empty', '', null],
  ])('%s', (_what, text, found) => {
    expect(fromFile(text)).toBe(found)
  })
})

describe('a request as it went over the wire', () => {
  const head = (...lines: readonly string[]): string => ['POST /hook HTTP/1.1', `${NAME}: ${VALUE}`, ...lines].join('\r\n')
  const read = (text: string | Buffer) => {
    const { rawBody, header } = readHttp(Buffer.from(text), 'FILE')
    return [rawBody.toString(), header]
  }

  test.each<[string, string | Buffer, string]>([
    ['goes to the end without a length', `${head()}\r\n\r\nbody\n`, 'body\n'],
    ['goes as far as its length', `${head('Content-Length: 4')}\r\n\r\nbody\n`, 'body'],
    ['goes to the end where its length is just that', `${head('content-length: 5')}\r\n\r\nbody\n`, 'body\n'],
    ['goes to the end where its length is more', `${head('Content-Length: 6')}\r\n\r\nbody\n`, 'body\n'],
    ['is empty where its length is 0', `${head('Content-Length: 0')}\r\n\r\nbody\n`, ''],
    ['is empty where nothing comes', `${head()}\r\n\r\n`, ''],
    ['begins after the first empty line, whatever it holds', `${head()}\r\n\r\na\n\nb\r\n\r\nc`, 'a\n\nb\r\n\r\nc'],
    ['begins after the first empty line that is not before all', ` \r\n\r\n${head()}\r\n\r\nbody`, 'body'],
    ['begins after the first empty line, with Unix ends', `${head().replaceAll('\r', '')}\n\na\r\n\r\nb`, 'a\r\n\r\nb'],
    [
      'is no less for what it says of encodings',
      `${head()}\r\n\r\nContent-Length: 1\r\nContent-Encoding: gzip`,
      'Content-Length: 1\r\nContent-Encoding: gzip',
    ],
    ['is unpacked', Buffer.concat([Buffer.from(`${head('Content-Encoding: gzip')}\r\n\r\n`), gzipSync('body')]), 'body'],
    ['is put together from chunks', `${head('Transfer-Encoding: gzip, chunked')}\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n`, 'body'],
  ])('its body %s', (_what, text, body) => {
    expect(read(text)).toEqual([body, VALUE])
  })

  test('needs an empty line after its headers', () => {
    expect(() => read(head())).toThrow('Cannot read FILE: no empty line ends its HTTP headers')
  })

  test.each<[string, boolean]>([
    [`${head()}\r\n`, true],
    ['\r\n \nGET / HTTP/2\nHost: x\n', true],
    [`host: x\r\n${NAME}: ${VALUE}\r\n`, true],
    ['Host: x\r\nAccept: *\r\n', false],
    ['POST /hook\r\nHost: x\r\n', false],
    ['post / HTTP/1.1\r\n', false],
    [`{"a":\n"${NAME}:"}`, false],
  ])('is told by how it begins: %j', (text, is) => {
    expect(looksLikeHttp(text)).toBe(is)
  })
})

describe('a recording of a browser', () => {
  const BODY = '{"created_at":"2026-01-01T00:00:00.000000Z","created_by":"https://api.calendly.com/users/A"}'
  const read = (har: unknown) =>
    readHar(Buffer.from(JSON.stringify(har)), 'FILE').map(({ rawBody, header }) => `${rawBody.toString()} ${header ?? 'unsigned'}`)
  const requests = (...all: readonly unknown[]) => read({ log: { entries: all.map((request) => ({ request })) } })
  const agent = (value: string, name = 'User-Agent') => [{ name, value }]

  test('gives its deliveries in their order, two and more of each kind', () => {
    const signed = (value: string, text: string) => ({
      headers: [
        { name: 'Host', value: 'x' },
        { name: NAME, value },
      ],
      postData: { text },
    })
    expect(
      requests(
        signed(VALUE, 'one'),
        { headers: agent('Mozilla/5.0'), postData: { text: 'page' } },
        { headers: agent('Calendly'), postData: { text: 'two' } },
        signed(OTHER, 'three'),
        { headers: agent('calendly/1.0', 'user-agent'), postData: { text: 'four' } },
        { postData: { text: BODY } },
      ),
    ).toEqual([`one ${VALUE}`, 'two unsigned', `three ${OTHER}`, 'four unsigned', `${BODY} unsigned`])
  })

  test.each<[string, unknown, readonly string[]]>([
    ['text', { text: 'aGk=' }, ['aGk= unsigned']],
    ['base64', { text: 'aGk=', encoding: 'base64' }, ['hi unsigned']],
    ['base64, as Firefox says it', { text: 'aGk=', _encoding: 'base64' }, ['hi unsigned']],
    ['nothing', undefined, [' unsigned']],
    ['no text', { text: 1 }, [' unsigned']],
  ])('gives a body that is %s', (_what, postData, found) => {
    expect(requests({ headers: agent('Calendly'), postData })).toEqual(found)
  })

  test.each<[string, unknown]>([
    ['of an agent that is called otherwise', { headers: agent('calendlyfan/1.0'), postData: { text: '{}' } }],
    ['of an agent that names it later', { headers: agent('like Calendly'), postData: { text: '{}' } }],
    ['whose other header says so', { headers: agent('Calendly', 'Referer'), postData: { text: '{}' } }],
    ['whose body looks like one further in', { headers: [], postData: { text: `{"event":${BODY}}` } }],
    ['without headers', {}],
    ['that is none', 'GET'],
  ])('leaves out a request %s', (_what, request) => {
    expect(requests(request)).toEqual([])
  })

  test.each<[string, string]>([
    ['{"log":', 'it is not JSON'],
    ['{"log":{}}', 'it is not HAR: log.entries is missing'],
    ['{"log":[]}', 'it is not HAR: log.entries is missing'],
    ['[]', 'it is not HAR: log.entries is missing'],
  ])('is refused as %s', (text, reason) => {
    expect(() => readHar(Buffer.from(text), 'FILE')).toThrow(
      expect.objectContaining({ code: 'FILE_UNREADABLE', message: `Cannot read FILE: ${reason}` }),
    )
  })

  test.each<[string, boolean]>([
    ['{"log":{', true],
    [' \n{ "log" : {', true],
    ['{"log":[', false],
    ['{"a":{"log":{', false],
  ])('is told by how it begins: %j', (text, is) => {
    expect(looksLikeHar(text)).toBe(is)
  })
})
