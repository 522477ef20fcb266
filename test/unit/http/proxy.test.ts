import { describe, expect, test } from 'vitest'
import { proxiesOf, proxyPasswords } from '../../../src/adapters/http/proxy.ts'
import { CalreconnectError } from '../../../src/core/errors/errors.ts'

type Env = Readonly<Record<string, string>>

const API = 'https://api.calendly.com/users/me'

function proxyFor(env: Env, url = API): string | null {
  const proxy = proxiesOf(env).proxyFor(new URL(url))
  return proxy === null ? null : `${proxy.variable} ${proxy.origin}`
}

describe('proxiesOf()', () => {
  test.each<[string, Env, string | null]>([
    ['nothing set', {}, null],
    ['upper case', { HTTPS_PROXY: 'http://proxy.example:3128' }, 'HTTPS_PROXY http://proxy.example:3128'],
    ['lower case before upper case', { HTTPS_PROXY: 'http://a:1', https_proxy: 'http://b:2' }, 'https_proxy http://b:2'],
    ['lower case set to nothing', { HTTPS_PROXY: 'http://a:1', https_proxy: '' }, null],
    ['the http proxy for https where it is the only one', { HTTP_PROXY: 'http://a:1' }, 'HTTP_PROXY http://a:1'],
    ['the https proxy before the http proxy', { HTTP_PROXY: 'http://a:1', HTTPS_PROXY: 'http://b:2' }, 'HTTPS_PROXY http://b:2'],
    ['no scheme', { HTTPS_PROXY: 'proxy.example:3128' }, 'HTTPS_PROXY http://proxy.example:3128'],
    ['a proxy over TLS', { HTTPS_PROXY: 'https://proxy.example' }, 'HTTPS_PROXY https://proxy.example'],
    ['space around it', { HTTPS_PROXY: '  http://proxy.example:3128\n' }, 'HTTPS_PROXY http://proxy.example:3128'],
    ['a final slash', { HTTPS_PROXY: 'http://proxy.example:3128/' }, 'HTTPS_PROXY http://proxy.example:3128'],
    ['an address of IPv6', { HTTPS_PROXY: 'http://[2001:db8::1]:3128' }, 'HTTPS_PROXY http://[2001:db8::1]:3128'],
  ])('proxiesOf() with %s', (_, env, expected) => {
    expect(proxyFor(env)).toBe(expected)
  })

  test.each<[string, boolean]>([
    ['', true],
    ['*', false],
    ['example.com, *', false],
    ['api.calendly.com', false],
    ['API.Calendly.COM', false],
    ['calendly.com', false],
    ['.calendly.com', false],
    ['*.calendly.com', false],
    ['api.calendly.com.', false],
    ['lendly.com', true],
    ['auth.calendly.com', true],
    ['api.calendly.com:443', false],
    ['.calendly.com:443', false],
    ['api.calendly.com:8443', true],
    ['other.example,calendly.com', false],
    ['other.example calendly.com', false],
    [' , ,', true],
    ['10.0.0.0/8', true],
  ])('proxiesOf() with NO_PROXY “%s” goes through the proxy: %s', (list, through) => {
    for (const name of ['NO_PROXY', 'no_proxy']) expect(proxyFor({ HTTPS_PROXY: 'http://a:1', [name]: list }) !== null).toBe(through)
  })

  test.each<[string, string, boolean]>([
    ['10.1.2.3', 'https://10.1.2.3/', false],
    ['10.0.0.0/8', 'https://10.1.2.3/', false],
    ['10.0.0.0/8', 'https://11.1.2.3/', true],
    ['10.0.0.0/33', 'https://10.1.2.3/', true],
    ['2001:db8::/32', 'https://[2001:db8::5]:8443/', false],
    ['[2001:db8::]/32', 'https://[2001:db8::5]/', false],
    ['[2001:db8::5]', 'https://[2001:db8::5]/', false],
    ['2001:db8::5', 'https://[2001:db8::5]/', false],
    ['[2001:db8::5]:443', 'https://[2001:db8::5]/', false],
    ['[2001:db8::5]:444', 'https://[2001:db8::5]/', true],
  ])('proxiesOf() with NO_PROXY “%s” asks %s through the proxy: %s', (list, url, through) => {
    expect(proxyFor({ HTTPS_PROXY: 'http://a:1', NO_PROXY: list }, url) !== null).toBe(through)
  })

  test.each(['http://127.0.0.1:8919/', 'http://localhost:8919/', 'http://[::1]:8919/', 'https://api.localhost/'])(
    'proxiesOf() asks this machine (%s) through a proxy of this machine only',
    (url) => {
      expect([proxyFor({ HTTP_PROXY: 'http://proxy.example:1' }, url), proxyFor({ HTTP_PROXY: 'http://127.0.0.1:1' }, url)]).toEqual([
        null,
        'HTTP_PROXY http://127.0.0.1:1',
      ])
    },
  )

  test.each([
    ['http://ada:pass%20word@a:1', 'ada:pass word'],
    ['http://ada@a:1', 'ada:'],
    ['http://:secret@a:1', ':secret'],
    ['http://ada:p@ss@a:1', 'ada:p@ss'],
    ['ada:secret@a:1', 'ada:secret'],
    ['http://ada:100%25%C3%A9@a:1', 'ada:100%é'],
  ])('proxiesOf() reads the credentials of %s', (text, credentials) => {
    const proxy = proxiesOf({ HTTPS_PROXY: text }).proxyFor(new URL(API))
    expect(Buffer.from((proxy?.authorization ?? '').replace('Basic ', ''), 'base64').toString('utf8')).toBe(credentials)
  })

  test.each([
    ['socks5h://127.0.0.1:1080', 'a proxy is reached by http:// or https://, not socks5h:// (socks5h://127.0.0.1:1080)'],
    ['socks5://ada:hunter2@127.0.0.1:1080', 'a proxy is reached by http:// or https://, not socks5:// (socks5://***@127.0.0.1:1080)'],
    ['http://my proxy:3128', 'there is a space in it (http://my proxy:3128)'],
    ['http://ada:hunter2 @a:1', 'there is a space in it (http://***@a:1)'],
    ['http://ada:hunter2#x@a:1', 'its password is not percent-encoded, or it is no URL (http://***@a:1)'],
    ['http://ada:1/hunter2@a:1', 'its password is not percent-encoded, or it is no URL (http://***@a:1)'],
    ['http://ada:1?hunter2@a:1', 'its password is not percent-encoded, or it is no URL (http://***@a:1)'],
    ['ada:hunter2/@a:1', 'its password is not percent-encoded, or it is no URL (***@a:1)'],
    ['http://ada:100%hunter2@a:1', 'a % in its user name or password is not percent-encoded as %25 (http://***@a:1)'],
    ['http://a:99999', 'it is no URL of a proxy (http://a:99999)'],
    ['http://', 'it is no URL of a proxy (http://)'],
    ['http://a:1/path', 'it is no URL of a proxy (http://a:1/path)'],
  ])('proxiesOf() refuses %s, naming the variable and no password', (text, why) => {
    for (const name of ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy']) {
      const refuse = (): unknown => proxiesOf({ [name]: text })
      expect(refuse).toThrow(CalreconnectError)
      expect(refuse).toThrow(`${name} cannot be used: ${why}`)
      expect(refuse).not.toThrow('hunter2')
    }
  })
})

test('proxyPasswords() has each password as written and as sent', () => {
  expect(proxyPasswords({ HTTPS_PROXY: 'ada:correct%20horse@a:1', http_proxy: 'http://b:2' })).toEqual(['correct%20horse', 'correct horse'])
})
