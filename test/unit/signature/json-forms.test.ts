// How one document is written in each of the forms: those that make a difference to it.

import { expect, test } from 'vitest'

import { JSON_FORMS } from '../../../src/core/signature/json-forms.ts'
import { parseJsonTree } from '../../../src/core/signature/json-tree.ts'

/** What each form writes, without those that write what another did before. */
function forms(text: string): Record<string, string> {
  const tree = parseJsonTree(text)
  if (tree === null) throw new Error('It is JSON')
  const written = JSON_FORMS.map(({ says, write }) => [says, write(tree)] as const)
  const seen = new Set<string>()
  return Object.fromEntries(written.flatMap(([says, one]) => (one === null || seen.has(one) ? [] : [[says, (seen.add(one), one)]])))
}

test('every form of a document with all that is written in more than one way', () => {
  expect(forms(String.raw`{ "b": ["é</&>", "\u00EB\/", {}, [ ]], "a":1.0 }`)).toEqual({
    'compact JSON': `{"b":["é</&>","ë/",{},[]],"a":1.0}`,
    'compact JSON with its escapes as they are': String.raw`{"b":["é</&>","\u00EB\/",{},[]],"a":1.0}`,
    'compact JSON with non-ASCII characters escaped': String.raw`{"b":["\u00e9</&>","\u00eb/",{},[]],"a":1.0}`,
    'compact JSON with non-ASCII characters escaped in capitals': String.raw`{"b":["\u00E9</&>","\u00EB/",{},[]],"a":1.0}`,
    'compact JSON with <, > and & escaped': String.raw`{"b":["é\u003c/\u0026\u003e","ë/",{},[]],"a":1.0}`,
    'compact JSON with / escaped': String.raw`{"b":["é<\/&>","ë\/",{},[]],"a":1.0}`,
    'compact JSON with / and non-ASCII characters escaped': String.raw`{"b":["\u00e9<\/&>","\u00eb\/",{},[]],"a":1.0}`,
    "compact JSON with the keys in Calendly's order": `{"a":1.0,"b":["é</&>","ë/",{},[]]}`,
    "compact JSON with its escapes as they are with the keys in Calendly's order": String.raw`{"a":1.0,"b":["é</&>","\u00EB\/",{},[]]}`,
    "compact JSON with non-ASCII characters escaped with the keys in Calendly's order": String.raw`{"a":1.0,"b":["\u00e9</&>","\u00eb/",{},[]]}`,
    "compact JSON with non-ASCII characters escaped in capitals with the keys in Calendly's order": String.raw`{"a":1.0,"b":["\u00E9</&>","\u00EB/",{},[]]}`,
    "compact JSON with <, > and & escaped with the keys in Calendly's order": String.raw`{"a":1.0,"b":["é\u003c/\u0026\u003e","ë/",{},[]]}`,
    "compact JSON with / escaped with the keys in Calendly's order": String.raw`{"a":1.0,"b":["é<\/&>","ë\/",{},[]]}`,
    "compact JSON with / and non-ASCII characters escaped with the keys in Calendly's order": String.raw`{"a":1.0,"b":["\u00e9<\/&>","\u00eb\/",{},[]]}`,
    'JSON pretty-printed with 2 spaces': `{\n  "b": [\n    "é</&>",\n    "ë/",\n    {},\n    []\n  ],\n  "a": 1.0\n}`,
    'JSON pretty-printed with 2 spaces with its escapes as they are': `{\n  "b": [\n    "é</&>",\n    "\\u00EB\\/",\n    {},\n    []\n  ],\n  "a": 1.0\n}`,
    'JSON pretty-printed with 2 spaces with non-ASCII characters escaped': `{\n  "b": [\n    "\\u00e9</&>",\n    "\\u00eb/",\n    {},\n    []\n  ],\n  "a": 1.0\n}`,
    'JSON pretty-printed with 4 spaces': `{\n    "b": [\n        "é</&>",\n        "ë/",\n        {},\n        []\n    ],\n    "a": 1.0\n}`,
    'JSON pretty-printed with 4 spaces with its escapes as they are': `{\n    "b": [\n        "é</&>",\n        "\\u00EB\\/",\n        {},\n        []\n    ],\n    "a": 1.0\n}`,
    'JSON pretty-printed with 4 spaces with non-ASCII characters escaped': `{\n    "b": [\n        "\\u00e9</&>",\n        "\\u00eb/",\n        {},\n        []\n    ],\n    "a": 1.0\n}`,
    'JSON pretty-printed with tabs': `{\n\t"b": [\n\t\t"é</&>",\n\t\t"ë/",\n\t\t{},\n\t\t[]\n\t],\n\t"a": 1.0\n}`,
    'JSON pretty-printed with tabs with its escapes as they are': `{\n\t"b": [\n\t\t"é</&>",\n\t\t"\\u00EB\\/",\n\t\t{},\n\t\t[]\n\t],\n\t"a": 1.0\n}`,
    'JSON pretty-printed with tabs with non-ASCII characters escaped': `{\n\t"b": [\n\t\t"\\u00e9</&>",\n\t\t"\\u00eb/",\n\t\t{},\n\t\t[]\n\t],\n\t"a": 1.0\n}`,
    'JSON with a space after every colon and comma': `{"b": ["é</&>", "ë/", {}, []], "a": 1.0}`,
    'JSON with a space after every colon and comma with its escapes as they are': String.raw`{"b": ["é</&>", "\u00EB\/", {}, []], "a": 1.0}`,
    'JSON with a space after every colon and comma with non-ASCII characters escaped': String.raw`{"b": ["\u00e9</&>", "\u00eb/", {}, []], "a": 1.0}`,
  })
})

const inOrder = (text: string) => forms(text)["compact JSON with the keys in Calendly's order"]

test.each([
  ['{"limit":1,"active":2,"total":3}', '{"total":3,"active":2,"limit":1}'],
  ['{"limit":1,"active":2,"total":3,"x":4}', '{"active":2,"limit":1,"total":3,"x":4}'],
  ['{"total":3,"active":2,"other":1}', '{"active":2,"other":1,"total":3}'],
  [
    '{"salesforce_uuid":1,"utm_term":2,"utm_content":3,"utm_medium":4,"utm_source":5,"utm_campaign":6}',
    '{"utm_campaign":6,"utm_source":5,"utm_medium":4,"utm_content":3,"utm_term":2,"salesforce_uuid":1}',
  ],
  ['{"answer":1,"question_uuid":2,"question":3}', '{"question_uuid":2,"question":3,"answer":1}'],
  [
    '{"amount":1.5,"currency":2,"external_id":3,"provider":4,"successful":5,"terms":6}',
    '{"external_id":3,"provider":4,"amount":1.5,"currency":2,"terms":6,"successful":5}',
  ],
  ['{"b":{"d":1,"c":2},"a":[{"y":1,"x":2}]}', '{"a":[{"x":2,"y":1}],"b":{"c":2,"d":1}}'],
  ['{"b":1,"a":1,"a":2}', '{"a":1,"a":2,"b":1}'],
])("the keys of %s in Calendly's order", (text, ordered) => {
  const written = Object.entries(forms(text))
  expect(written.map(([, one]) => one)).toContain(ordered)
})

test("keys that stand in Calendly's order already are not written again", () => {
  expect(inOrder('{"a":1,"b":{"total":1,"active":2,"limit":3}}')).toBe(undefined)
})

const WHOLE = 'compact JSON, amounts with a decimal'

test.each([
  ['{"amount":30}', '{"amount":30.0}'],
  ['{"amount":-7,"x":30}', '{"amount":-7.0,"x":30}'],
  ['[{"payment":{"amount":0}}]', '[{"payment":{"amount":0.0}}]'],
  ['{"amount":{"amount":1}}', '{"amount":{"amount":1.0}}'],
  ['{"amount":30.5}', undefined],
  ['{"amount":1e3}', undefined],
  ['{"amount":"30"}', undefined],
  ['{"amount":null}', undefined],
  ['{"amount":[30]}', undefined],
  ['{"x":30}', undefined],
  ['30', undefined],
])('a whole amount in %s', (text, written) => {
  expect(forms(text)[WHOLE]).toBe(written)
})
