import { expect, test } from 'vitest'

import { malformedHint, parseSignature, pastedSignature } from '../../../src/core/signature/header.ts'

const DIGEST = '05e2'.repeat(16)
const OTHER = 'ab'.repeat(32)

test.each<[string, string, readonly string[]]>([
  ['both', `t=1700000000,v1=${DIGEST}`, [DIGEST]],
  ['two digests', `t=1700000000,v1=${DIGEST},v1=${OTHER}`, [DIGEST, OTHER]],
  ['unknown schemes, one of them empty', `v0=x,t=1700000000,v2=,v1=${DIGEST}`, [DIGEST]],
  ['8,192 characters', `t=1700000000,v1=${DIGEST},x=${'x'.repeat(8_192 - 83)}`, [DIGEST]],
])('parseSignature reads %s', (_what, header, digests) => {
  expect(header.length).toBeLessThanOrEqual(8_192)
  const parsed = parseSignature(header)
  expect({ ...parsed, digests: parsed?.digests.map((one) => Buffer.from(one).toString('hex')) }).toEqual({
    timestamp: '1700000000',
    seconds: 1_700_000_000,
    digests,
  })
})

test.each([
  ['8,193 characters', `t=1700000000,v1=${DIGEST},x=${'x'.repeat(8_193 - 83)}`],
  ['a part without a name', `t=1700000000,=x,v1=${DIGEST}`],
  ['a sign before t', `t=-1,v1=${DIGEST}`],
  ['something after the digits of t', `t=1s,v1=${DIGEST}`],
  ['something before the digits of v1', `t=1,v1=x${DIGEST.slice(1)}`],
  ['something after the digits of v1', `t=1,v1=${DIGEST.slice(1)}x`],
  ['a t that no number holds exactly', `t=9007199254740992,v1=${DIGEST}`],
  ['two t', `t=1,t=1,v1=${DIGEST}`],
])('parseSignature refuses a header with %s', (_what, header) => {
  expect(parseSignature(header)).toBe(null)
})

test.each([
  ['Calendly_Webhook_Signature=t=1', 't=1'],
  ['HTTP-Calendly-Webhook-Signature : t=1', 't=1'],
  ["-H'Calendly-Webhook-Signature: t=1'", 't=1'],
  ['-H "Calendly-Webhook-Signature: t=1"', 't=1'],
  ['<  Calendly-Webhook-Signature: t=1', 't=1'],
  ['`t=1`', 't=1'],
  ['"t=1', 't=1'],
  ["t=1'", 't=1'],
  ['" t=1 "', 't=1'],
  [`"t=1'`, 't=1'],
  ['t=1,  ', 't=1'],
  ['\uFEFFt=\u200b1\t', 't=1'],
  ['Calendly-Webhook-Signature:', ''],
  ['X-Calendly-Webhook-Signature: t=1', 'X-Calendly-Webhook-Signature: t=1'],
  ['t=1; Calendly-Webhook-Signature: t=2', 't=1; Calendly-Webhook-Signature: t=2'],
  ['"', ''],
  ['', ''],
])('pastedSignature of %j is %j', (pasted, value) => {
  expect(pastedSignature(pasted)).toBe(value)
})

const FORM = 'the header must read t=<unix seconds>,v1=<64 lower-case hex digits>, exactly as it was received'
const CUT = 'It is cut off'
const OTHERWISE = 'It is malformed'

test.each([
  ['x'.repeat(8_193), 'It is longer than any signature'],
  ['x'.repeat(8_192), 'It is no signature; was the signing key passed in its place?'],
  [`t=1,v1=${DIGEST.slice(0, 8)}...`, 'It was shortened where it was copied from'],
  [`t=1,v1=05e2…`, 'It was shortened where it was copied from'],
  [`t=1,v1=${DIGEST.toUpperCase()}`, 'Its hex digits were turned to capitals'],
  [`t=1,v1=${DIGEST.toUpperCase()},v1=${DIGEST}`, OTHERWISE],
  ['t=17', CUT],
  ['v0=a, t=17 ', CUT],
  ['xt=17', OTHERWISE],
  ['t=17;', OTHERWISE],
  ['t=x', OTHERWISE],
  ['t=1,v1=', CUT],
  ['t=1,v1=05e2 ', CUT],
  ['t=1,v1=05e2!', OTHERWISE],
  [`t=1,v1=${DIGEST}0`, OTHERWISE],
  [`v1=${DIGEST}`, 'Its beginning, t=…, is missing'],
  [`  v1=${DIGEST}  `, 'Its beginning, t=…, is missing'],
  [`x v1=${DIGEST}`, OTHERWISE],
  [`v1=${DIGEST},x=1`, OTHERWISE],
  [DIGEST, 'It is a digest alone, without t= and v1='],
  [`  ${DIGEST.toUpperCase()}  `, 'It is a digest alone, without t= and v1='],
  [`${DIGEST}0`, 'It is no signature; was the signing key passed in its place?'],
  [`t=1,v1=${DIGEST}, t=2,v1=${OTHER}`, 'It holds two signatures, as if two headers were joined'],
  ['t=1,t=x,', OTHERWISE],
  ['a=b', OTHERWISE],
])('malformedHint of %j', (header, what) => {
  expect(malformedHint(header)).toBe(`${what}: ${FORM}`)
})
