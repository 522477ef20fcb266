import { expect, test } from 'vitest'

import { fleetingHost, flagsFor, hostOf, isEphemeralHost, isInsecureUrl } from '../../../src/core/calendly/callback-host.ts'

// Written down here by hand: a domain that falls out of the list is noticed.
const EPHEMERAL = [
  'ngrok.io ngrok.app ngrok.dev ngrok-free.app ngrok-free.dev ngrok.pizza trycloudflare.com loca.lt localtunnel.me localhost.run lhr.life',
  'lhr.rocks serveo.net serveousercontent.com tunnelmole.com tunnelmole.net devtunnels.ms tunnels.api.visualstudio.com app.github.dev',
  'pinggy.io pinggy.link bore.pub share.zrok.io localxpose.io loclx.io telebit.io expose.dev sharedwithexpose.com instatunnel.my',
  'webhook.site requestbin.com requestbin.net requestcatcher.com hookbin.com beeceptor.com typedwebhook.tools smee.io m.pipedream.net',
].flatMap((line) => line.split(' '))

test.each(EPHEMERAL)('isEphemeralHost() knows %s and what is below it, and no other name that ends like it', (domain) => {
  const urls = [`https://${domain}/`, `https://a.b.${domain}:8443/hook`, `https://my${domain}/`, `https://${domain}.example.com/`]
  expect(urls.map(isEphemeralHost)).toEqual([true, true, false, false])
})

test.each([
  ['http://localhost:3000/hook', true],
  ['https://app.localhost/', true],
  ['http://127.0.0.1/', true],
  ['http://127.8.90.255:8080/', true],
  ['http://2130706433/', true],
  ['http://[::1]:3000/', true],
  ['http://[0:0:0:0:0:0:0:1]/', true],
  ['https://localhost./', true],
  ['https://app.localhost.:8443/', true],
  ['https://x.ngrok.io./hook', true],
  ['https://localhost.example.com/', false],
  ['https://mylocalhost/', false],
  ['https://127.0.0.1.example.com/', false],
  ['http://10.127.0.0/', false],
  ['http://128.0.0.1/', false],
  ['http://[::2]/', false],
  ['https://hooks.example.com/?next=https://x.ngrok.io', false],
  ['localhost', false],
])('isEphemeralHost() of %s: %s', (url, isEphemeral) => {
  expect(isEphemeralHost(url)).toBe(isEphemeral)
})

test.each([
  ['https://Hooks.Example.com/hook', 'hooks.example.com', false],
  ['https://hooks.example.com:443/', 'hooks.example.com', false],
  ['http://hooks.example.com:8080/', 'hooks.example.com:8080', true],
  ['hooks.example.com', null, true],
])('hostOf() and isInsecureUrl() of %s: %s, %s', (url, host, isInsecure) => {
  expect([hostOf(url), isInsecureUrl(url)]).toEqual([host, isInsecure])
})

test.each([
  ['https://7f3a.ngrok-free.app/', 'tunnel'],
  ['https://localhost/', 'loopback'],
  ['https://127.0.0.2/', 'loopback'],
  ['https://localhost./', 'loopback'],
  ['https://7f3a.ngrok-free.app./', 'tunnel'],
  ['https://printer./', 'private'],
  ['https://printer.lan./', 'private'],
  ['https://hooks.example.com./', null],
  ['https://0.0.0.0/', 'private'],
  ['https://10.0.0.1/', 'private'],
  ['https://167772161/', 'private'],
  ['https://100.64.0.1/', 'private'],
  ['https://100.127.255.255/', 'private'],
  ['https://100.63.0.1/', null],
  ['https://100.128.0.1/', null],
  ['https://169.254.169.254/', 'private'],
  ['https://169.253.0.1/', null],
  ['https://172.16.0.1/', 'private'],
  ['https://172.31.255.255/', 'private'],
  ['https://172.15.0.1/', null],
  ['https://172.32.0.1/', null],
  ['https://192.168.0.1/', 'private'],
  ['https://192.169.0.1/', null],
  ['https://11.0.0.1/', null],
  ['https://[::]/', 'private'],
  ['https://[fc00::1]/', 'private'],
  ['https://[fdab::1]/', 'private'],
  ['https://[fe80::1]/', 'private'],
  ['https://[febf::1]/', 'private'],
  ['https://[fec0::1]/', null],
  ['https://[::ffff:10.0.0.1]/', 'private'],
  ['https://[::ffff:192.168.0.1]/', 'private'],
  ['https://[::ffff:172.20.0.1]/', 'private'],
  ['https://[::ffff:169.254.0.1]/', 'private'],
  ['https://[::ffff:127.0.0.1]/', 'private'],
  ['https://[::ffff:8.8.8.8]/', null],
  ['https://[2606:4700::1]/', null],
  ['https://receiver/', 'private'],
  ['https://receiver.local/', 'private'],
  ['https://db.corp/', 'private'],
  ['https://nas.home.arpa/', 'private'],
  ['https://svc.internal./', 'private'],
  ['https://local.example.com/', null],
  ['https://hooks.example.com/', null],
  ['no url', null],
])('fleetingHost() of %s: %s', (url, why) => {
  expect(fleetingHost(url)).toBe(why)
})

test('flagsFor() names what a command needs to take a callback URL', () => {
  expect(['https://a.example/', 'http://a.example/', 'https://x.ngrok.io/', 'http://localhost/'].map(flagsFor)).toEqual([
    [],
    ['--allow-http'],
    ['--allow-ephemeral-host'],
    ['--allow-http', '--allow-ephemeral-host'],
  ])
})
